"""Notes that officials of one institution write each other about a matter.

A table of its own beside additions and answers, so that no query, export or mail of what citizens read can meet one.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('matter_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_matter_notes_author_id_people')),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_matter_notes_institution_id_institutions')),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_matter_notes_petition_id_petitions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matter_notes'))
    )
    op.create_index(op.f('ix_matter_notes_petition_id_institution_id'), 'matter_notes', ['petition_id', 'institution_id'])


def downgrade() -> None:
    op.drop_table('matter_notes')
