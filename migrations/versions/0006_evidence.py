"""What comes to a petition after its filing: additions, representatives, and filings that officers enter.

An addition is a record of its own, so nothing that was filed is ever overwritten; its files belong to the petition and
to the addition; each file knows what the virus scanner said and how often a copy was tried. A representative is an appointment with a state. A petition knows by which channel it came and when an
officer entered it, and what a photo says of time and place where the author wanted that. Files may arrive in pieces, which wait in a table of their own. Invitations are mailed tokens of a new purpose, and additions are acts of the public record.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

OLD_PURPOSES = ('register', 'confirm_filing', 'sign_in_code', 'reset', 'change_address', 'identity', 'delete_account')
OLD_ACTS = ('filed', 'restored', 'transferred', 'answered', 'published', 'removed')
CHANNELS = ('online', 'counter', 'telephone', 'post', 'fax')


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    """Widen or narrow what a column may hold."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f'ck_{table}_{column}'), type_='check')
        batch_op.create_check_constraint(op.f(f'ck_{table}_{column}'), sa.column(column).in_(values))


def upgrade() -> None:
    for table in ('mail_tokens', 'address_requests'):
        _allow(table, 'purpose', (*OLD_PURPOSES, 'represent'))
    _allow('record_entries', 'act', (*OLD_ACTS, 'added'))
    op.create_table('representatives',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('state', _enum('state', 'invited', 'active', 'ended'), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_representatives_person_id_people'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_representatives_petition_id_petitions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_representatives'))
    )
    op.create_index(op.f('ix_representatives_petition_id'), 'representatives', ['petition_id'])
    op.create_index(op.f('ix_representatives_person_id_state'), 'representatives', ['person_id', 'state'])
    op.create_table('additions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('representative_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_additions_petition_id_petitions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['representative_id'], ['representatives.id'], name=op.f('fk_additions_representative_id_representatives'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_additions')),
    sa.UniqueConstraint('petition_id', 'number', name=op.f('uq_additions_petition_id_number'))
    )
    op.create_table('pending_uploads',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.Uuid(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('offset', sa.Integer(), nullable=False),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_pending_uploads_draft_id_drafts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pending_uploads')),
    sa.UniqueConstraint('public_id', name=op.f('uq_pending_uploads_public_id'))
    )
    op.create_index(op.f('ix_pending_uploads_draft_id'), 'pending_uploads', ['draft_id'])
    op.create_index(op.f('ix_pending_uploads_updated_at'), 'pending_uploads', ['updated_at'])
    with op.batch_alter_table('petition_files') as batch_op:
        batch_op.add_column(sa.Column('addition_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('preview_tries', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('scan', _enum('scan', 'not_scanned', 'clean', 'infected'), nullable=False, server_default='not_scanned'))
        batch_op.create_index(op.f('ix_petition_files_scan'), ['scan'])
        batch_op.create_foreign_key(op.f('fk_petition_files_addition_id_additions'), 'additions', ['addition_id'], ['id'], ondelete='CASCADE')
        batch_op.create_index(op.f('ix_petition_files_addition_id'), ['addition_id'])
    op.add_column('drafts', sa.Column('photo_facts', sa.JSON(), nullable=True))
    with op.batch_alter_table('petitions') as batch_op:
        batch_op.add_column(sa.Column('photo_facts', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('channel', _enum('channel', *CHANNELS), nullable=False, server_default='online'))
        batch_op.add_column(sa.Column('entered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('entry_key', sa.String(length=32), nullable=True))
        batch_op.create_unique_constraint(op.f('uq_petitions_entry_key'), ['entry_key'])


def downgrade() -> None:
    with op.batch_alter_table('petitions') as batch_op:
        batch_op.drop_constraint(op.f('uq_petitions_entry_key'), type_='unique')
        batch_op.drop_constraint(op.f('ck_petitions_channel'), type_='check')
        batch_op.drop_column('entry_key')
        batch_op.drop_column('entered_at')
        batch_op.drop_column('channel')
        batch_op.drop_column('photo_facts')
    op.drop_column('drafts', 'photo_facts')
    op.execute("DELETE FROM petition_files WHERE addition_id IS NOT NULL")
    with op.batch_alter_table('petition_files') as batch_op:
        batch_op.drop_index(op.f('ix_petition_files_addition_id'))
        batch_op.drop_constraint(op.f('fk_petition_files_addition_id_additions'), type_='foreignkey')
        batch_op.drop_index(op.f('ix_petition_files_scan'))
        batch_op.drop_constraint(op.f('ck_petition_files_scan'), type_='check')
        batch_op.drop_column('scan')
        batch_op.drop_column('preview_tries')
        batch_op.drop_column('addition_id')
    op.drop_table('pending_uploads')
    op.drop_table('additions')
    op.drop_table('representatives')
    op.execute("DELETE FROM record_entries WHERE act = 'added'")
    op.execute("DELETE FROM mail_tokens WHERE purpose = 'represent'")
    op.execute("DELETE FROM address_requests WHERE purpose = 'represent'")
    _allow('record_entries', 'act', OLD_ACTS)
    for table in ('mail_tokens', 'address_requests'):
        _allow(table, 'purpose', OLD_PURPOSES)
