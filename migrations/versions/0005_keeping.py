"""Keeping the portal: switches, legal holds, and the log of what went.

A row is one time during which a part of the portal was off; people were told its reason and its expected end, so both
stay. One function is off once at a time, which the partial index keeps. A legal hold outlives what it was on, so it
names that by kind and number. Petitions remember that they were made anonymous, so that each turn of retention finds
only what is left, and the log of turns says how much of what went under which version of the schedule.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
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
    op.create_table('legal_holds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('petition', 'person', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_holds'))
    )
    op.create_index('uq_legal_holds_running', 'legal_holds', ['kind', 'subject_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('retention_runs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_runs'))
    )
    op.create_index(op.f('ix_retention_runs_period'), 'retention_runs', ['period'])
    op.add_column('petitions', sa.Column('anonymised_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('petitions', 'anonymised_at')
    op.drop_table('retention_runs')
    op.drop_table('legal_holds')
    op.drop_table('switches')
