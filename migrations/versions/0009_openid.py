"""Officials sign in through an OpenID provider: which account there belongs to whom, and what was asked.

A link of its own and not the provider of `people`, which says who a citizen is and is never used to sign in. Requests
are kept until they are answered, so that each answer counts once, whatever the browser still holds; they name nobody.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('openid_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_openid_links_person_id_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_links')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_openid_links_issuer_subject')),
    sa.UniqueConstraint('person_id', 'issuer', name=op.f('uq_openid_links_person_id_issuer'))
    )
    op.create_table('openid_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('selector', sa.String(length=64), nullable=False),
    sa.Column('act', sa.Enum('sign_in', 'show', 'link', name='act', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('next', sa.Text(), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_openid_requests')),
    sa.UniqueConstraint('selector', name=op.f('uq_openid_requests_selector'))
    )


def downgrade() -> None:
    op.drop_table('openid_requests')
    op.drop_table('openid_links')
