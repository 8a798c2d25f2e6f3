"""Changes of the type of a petition: what it was and became, why, and who decided.

A table of its own, because the change is public with its reason, and one that gives more time waits for a second
person. A part remembers the due date that had passed before, so that a change of type never takes the mark away.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reclassifications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('from_type', sa.String(length=40), nullable=False),
    sa.Column('to_type', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'in_force', 'refused', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decided_by_id'], ['people.id'], name=op.f('fk_reclassifications_decided_by_id_people')),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_reclassifications_institution_id_institutions')),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_reclassifications_petition_id_petitions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['people.id'], name=op.f('fk_reclassifications_proposed_by_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reclassifications'))
    )
    op.create_index(op.f('ix_reclassifications_petition_id_id'), 'reclassifications', ['petition_id', 'id'])
    waiting = sa.text("state = 'waiting'")
    op.create_index('uq_reclassifications_waiting', 'reclassifications', ['petition_id'], unique=True,
                    sqlite_where=waiting, postgresql_where=waiting)
    op.add_column('assignments', sa.Column('late_since', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('assignments') as batch_op:
        batch_op.drop_column('late_since')
    op.drop_table('reclassifications')
