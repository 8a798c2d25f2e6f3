"""After a disaster: votes that a restored database must not go on with, and breaks of a public log.

A vote whose log lacks what outsiders hold is interrupted, and one that came back without a loss says as of when, so
both are columns of the box that every page and every ballot reads anyway. A log that cannot go on is followed by
another; why, and what the one before had shown, is told for good in a table of its own.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('boxes', sa.Column('interrupted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('boxes', sa.Column('restored_to', sa.DateTime(timezone=True), nullable=True))
    op.create_table('log_breaks',
    sa.Column('log_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('former_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('carried', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['former_id'], ['logs.id'], name=op.f('fk_log_breaks_former_id_logs')),
    sa.ForeignKeyConstraint(['log_id'], ['logs.id'], name=op.f('fk_log_breaks_log_id_logs')),
    sa.PrimaryKeyConstraint('log_id', name=op.f('pk_log_breaks')),
    sa.UniqueConstraint('former_id', name=op.f('uq_log_breaks_former_id'))
    )


def downgrade() -> None:
    op.drop_table('log_breaks')
    with op.batch_alter_table('boxes') as batch:
        batch.drop_column('restored_to')
        batch.drop_column('interrupted_at')
