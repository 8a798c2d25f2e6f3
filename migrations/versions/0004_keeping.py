"""Keeping the portal: what was switched off, when and why.

A row is one time during which a part of the portal was off; people were told its reason and its expected end, so both
stay. One function is off once at a time, which the partial index keeps.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('switches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('function', sa.Enum('changes', 'filing', 'voting', 'publishing', 'mail', name='function', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason_ko', sa.Text(), nullable=False),
    sa.Column('reason_en', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expected_end', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('expected_end > since', name=op.f('ck_switches_expected_end')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_switches'))
    )
    op.create_index('uq_switches_off', 'switches', ['function'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))


def downgrade() -> None:
    op.drop_table('switches')
