"""Officials: second factors, and what the portal keeps of who opened a matter, whom it is about and what was exported.

Tables of their own, because each ends by its own rule: recovery codes with the factor they stand in for, views after
the setting MATTER_VIEW_DAYS, subjects and exports with the matter and the institution. A sign-in remembers when it
last showed the second factor, so that grave acts can ask for it again.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('desk_exports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_desk_exports_institution_id_institutions')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_desk_exports_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_exports'))
    )
    op.create_index(op.f('ix_desk_exports_person_id_at'), 'desk_exports', ['person_id', 'at'])
    op.create_table('passkeys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('credential', sa.Text(), nullable=False),
    sa.Column('public_key', sa.Text(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('browser', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_passkeys_person_id_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential', name=op.f('uq_passkeys_credential'))
    )
    op.create_index(op.f('ix_passkeys_person_id'), 'passkeys', ['person_id'])
    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_recovery_codes_person_id_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('digest', name=op.f('uq_recovery_codes_digest'))
    )
    op.create_index(op.f('ix_recovery_codes_person_id'), 'recovery_codes', ['person_id'])
    op.create_table('second_factors',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('tries_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_second_factors_person_id_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_second_factors'))
    )
    op.create_table('matter_subjects',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('named_by_id', sa.Integer(), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['named_by_id'], ['people.id'], name=op.f('fk_matter_subjects_named_by_id_people')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_matter_subjects_person_id_people')),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_matter_subjects_petition_id_petitions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matter_subjects')),
    sa.UniqueConstraint('petition_id', 'person_id', name=op.f('uq_matter_subjects_petition_id_person_id'))
    )
    op.create_index(op.f('ix_matter_subjects_person_id'), 'matter_subjects', ['person_id'])
    op.create_table('matter_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=True),
    sa.Column('opened', sa.Enum('matter', 'file', 'export', name='opened', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_matter_views_institution_id_institutions')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_matter_views_person_id_people')),
    sa.ForeignKeyConstraint(['petition_id'], ['petitions.id'], name=op.f('fk_matter_views_petition_id_petitions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matter_views'))
    )
    op.create_index(op.f('ix_matter_views_at'), 'matter_views', ['at'])
    op.create_index(op.f('ix_matter_views_petition_id_at'), 'matter_views', ['petition_id', 'at'])
    op.add_column('account_sessions', sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('account_sessions', sa.Column('challenge', sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column('account_sessions', 'challenge')
    op.drop_column('account_sessions', 'verified_at')
    op.drop_table('matter_views')
    op.drop_table('matter_subjects')
    op.drop_table('second_factors')
    op.drop_table('recovery_codes')
    op.drop_table('passkeys')
    op.drop_table('desk_exports')
