"""The clock: who entered a closed day and when it counted, and with which calendar a due date was counted.

No entry of the calendar is deleted any more: it begins and ends to count at an instant, so that a due date can be
explained with the calendar of its own moment, and so that everybody can read who entered what late. What was there
counts since it was made.

What was filed as a petition is a grievance until an officer reclassifies it. Receipts that name the former type stay
as they were signed; the registry of types still knows it.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

IN_FORCE = sa.text("in_force_at IS NOT NULL AND ended_at IS NULL")
WAITING = sa.text("in_force_at IS NULL AND ended_at IS NULL")
PEOPLE = ("proposed_by_id", "confirmed_by_id", "ended_by_id")


def upgrade() -> None:
    _add_to_closures()
    op.add_column('assignments', sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True))
    op.get_bind().execute(sa.text("UPDATE assignments SET counted_at = received_at"))
    with op.batch_alter_table('assignments') as batch_op:
        batch_op.alter_column('counted_at', existing_type=sa.DateTime(timezone=True), nullable=False)

    _rename("type = 'petition'", "grievance")


def downgrade() -> None:
    _rename("type NOT IN ('petition', 'proposal')", "petition")
    with op.batch_alter_table('assignments') as batch_op:
        batch_op.drop_column('counted_at')
    _take_from_closures()


def _rename(which: str, name: str) -> None:
    for table in ('petitions', 'drafts'):
        op.get_bind().execute(sa.text(f"UPDATE {table} SET type = '{name}' WHERE {which}"))  # noqa: S608 - constants


def _add_to_closures() -> None:
    with op.batch_alter_table('closures') as batch_op:
        batch_op.drop_constraint(op.f('uq_closures_date'), type_='unique')
        batch_op.add_column(sa.Column('reason_ko', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reason_en', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('late', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('in_force_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
        for column in PEOPLE:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch_op.create_foreign_key(op.f(f'fk_closures_{column}_people'), 'people', [column], ['id'])
    with op.batch_alter_table('closures') as batch_op:
        for column in ('reason_ko', 'reason_en', 'late'):
            batch_op.alter_column(column, server_default=None)
    op.get_bind().execute(sa.text("UPDATE closures SET in_force_at = created_at"))
    op.create_index('uq_closures_date_in_force', 'closures', ['date'], unique=True,
                    sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
    op.create_index('uq_closures_date_waiting', 'closures', ['date'], unique=True,
                    sqlite_where=WAITING, postgresql_where=WAITING)


def _take_from_closures() -> None:
    op.drop_index('uq_closures_date_waiting', table_name='closures')
    op.drop_index('uq_closures_date_in_force', table_name='closures')
    op.get_bind().execute(sa.text("DELETE FROM closures WHERE in_force_at IS NULL OR ended_at IS NOT NULL"))
    with op.batch_alter_table('closures') as batch_op:
        for column in PEOPLE:
            batch_op.drop_constraint(op.f(f'fk_closures_{column}_people'), type_='foreignkey')
            batch_op.drop_column(column)
        for column in ('reason_ko', 'reason_en', 'late', 'in_force_at', 'ended_at'):
            batch_op.drop_column(column)
        batch_op.create_unique_constraint(op.f('uq_closures_date'), ['date'])
