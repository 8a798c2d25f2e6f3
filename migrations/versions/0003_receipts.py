"""Receipts of filings: what the portal signed for each author, kept apart from the petition.

A table of its own, because its content goes with the account while the petition stays, and because it is what was
signed and never what the petition became. Petitions remember when they were brought back from a receipt. The acts of
the public record wait in a table of their own, so that no filing waits for the log, and they outlive their petition.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('filing_receipts',
    sa.Column('petition_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_filing_receipts_petition_id_petitions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('petition_id', name=op.f('pk_filing_receipts'))
    )
    op.create_table('record_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=True),
    sa.Column('act', sa.Enum('filed', 'restored', 'transferred', 'answered', 'published', 'removed', name='act', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('index', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_record_entries_petition_id_petitions'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_entries')),
    sa.UniqueConstraint('index', name=op.f('uq_record_entries_index'))
    )
    op.create_index(op.f('ix_record_entries_petition_id'), 'record_entries', ['petition_id'])
    op.create_index('ix_record_entries_waiting', 'record_entries', ['id'], sqlite_where=sa.text('"index" IS NULL'), postgresql_where=sa.text('"index" IS NULL'))
    op.add_column('petitions', sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('petitions', 'restored_at')
    op.drop_table('record_entries')
    op.drop_table('filing_receipts')
