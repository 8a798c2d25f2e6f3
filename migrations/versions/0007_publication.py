"""Publication that can be answered for: two pairs of eyes, refusals with appeals, removals in public, versions.

A petition that waits for its check has a clock, and an officer's advice is kept apart from the decision of somebody
outside the institution. Refusals are rows of their own, so that they can be counted for each institution and reason,
and appealed against. A removal leaves a row that everybody reads, also after it was taken back. Public texts keep
each version. What waited before gets three days from now on for its check, and what was published or answered before
begins with its first version.

Revision: 0007, after 0006
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

OLD_PUBLICATION = ("private", "pending", "published", "refused")
NEW_PUBLICATION = ("private", "pending", "second_check", "published", "refused", "removed")
REASONS = ("personal_data", "defamation", "advertising", "duplicate", "court")
REMOVAL_REASONS = ("personal_data", "defamation", "court_order", "unlawful", "author", "mistake")
OLD_ACTS = ("filed", "restored", "transferred", "answered", "published", "removed", "added")
NEW_ACTS = ("filed", "restored", "transferred", "answered", "published", "revised", "removed", "added")
FIRST_CHECK = timedelta(days=3)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "publication_checks",
        sa.Column("petition_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("advised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("advised_by_id", sa.Integer(), nullable=True),
        sa.Column("advised_for_id", sa.Integer(), nullable=True),
        sa.Column("advice_reason", _one_of("advice_reason", REASONS), nullable=True),
        sa.ForeignKeyConstraint(["petition_id"], ["petitions.id"], name=op.f("fk_publication_checks_petition_id_petitions"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["advised_by_id"], ["people.id"], name=op.f("fk_publication_checks_advised_by_id_people")),
        sa.ForeignKeyConstraint(["advised_for_id"], ["institutions.id"], name=op.f("fk_publication_checks_advised_for_id_institutions")),
        sa.PrimaryKeyConstraint("petition_id", name=op.f("pk_publication_checks")),
    )
    op.create_index(op.f("ix_publication_checks_due_at"), "publication_checks", ["due_at"])
    _create_refusals()
    _create_removals()
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("role", _one_of("role", ("author", "institution", "operator")), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["petition_id"], ["petitions.id"], name=op.f("fk_revisions_petition_id_petitions"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("petition_id", "subject", "number", name=op.f("uq_revisions_petition_id_subject_number")),
    )
    _carry_over()
    _alter_petitions(NEW_PUBLICATION, forwards=True)
    _set_acts(NEW_ACTS)


def downgrade() -> None:
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE petitions SET publication = 'pending' WHERE publication = 'second_check'"))
    bind.execute(sa.text("UPDATE petitions SET publication = 'private' WHERE publication = 'removed'"))
    bind.execute(sa.text("UPDATE record_entries SET act = 'published' WHERE act = 'revised'"))
    _set_acts(OLD_ACTS)
    _alter_petitions(OLD_PUBLICATION, forwards=False)
    bind.execute(sa.text(
        "UPDATE petitions SET refusal_reason = (SELECT reason FROM refusals WHERE refusals.petition_id = petitions.id)"))
    for table in ("revisions", "removals", "appeals", "refusals", "publication_checks"):
        op.drop_table(table)


def _create_refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("reason", _one_of("reason", REASONS), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["petition_id"], ["petitions.id"], name=op.f("fk_refusals_petition_id_petitions"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_refusals_institution_id_institutions")),
        sa.ForeignKeyConstraint(["refused_by_id"], ["people.id"], name=op.f("fk_refusals_refused_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
        sa.UniqueConstraint("petition_id", name=op.f("uq_refusals_petition_id")),
    )
    op.create_index(op.f("ix_refusals_institution_id_reason"), "refusals", ["institution_id", "reason"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refusal_id", sa.Integer(), nullable=False),
        sa.Column("state", _one_of("state", ("open", "granted", "dismissed")), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["refusal_id"], ["refusals.id"], name=op.f("fk_appeals_refusal_id_refusals"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_appeals_decided_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("refusal_id", name=op.f("uq_appeals_refusal_id")),
    )
    op.create_index(op.f("ix_appeals_state_due_at"), "appeals", ["state", "due_at"])


def _create_removals() -> None:
    op.create_table(
        "removals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("reason", _one_of("reason", REMOVAL_REASONS), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("put_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_back_by_id", sa.Integer(), nullable=True),
        sa.Column("put_back_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["petition_id"], ["petitions.id"], name=op.f("fk_removals_petition_id_petitions")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_removals_institution_id_institutions")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["people.id"], name=op.f("fk_removals_removed_by_id_people")),
        sa.ForeignKeyConstraint(["put_back_by_id"], ["people.id"], name=op.f("fk_removals_put_back_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )
    op.create_index(op.f("ix_removals_number"), "removals", ["number"])
    op.create_index(op.f("ix_removals_removed_at_id"), "removals", ["removed_at", "id"])
    op.create_index("uq_removals_in_force", "removals", ["petition_id"], unique=True,
                    sqlite_where=sa.text("put_back_at IS NULL"), postgresql_where=sa.text("put_back_at IS NULL"))


def _carry_over() -> None:
    """What was there before, as the new tables tell it."""
    bind, now = op.get_bind(), datetime.now(UTC)
    due = now + FIRST_CHECK
    last_part = "(SELECT a.institution_id FROM assignments a WHERE a.petition_id = p.id ORDER BY a.id DESC LIMIT 1)"
    moments = [sa.bindparam("now", type_=sa.DateTime(timezone=True)), sa.bindparam("due", type_=sa.DateTime(timezone=True)),
               sa.bindparam("day", type_=sa.Date())]
    bind.execute(sa.text(
        "INSERT INTO publication_checks (petition_id, asked_at, due_at, due_date) "
        "SELECT id, received_at, :due, :day FROM petitions WHERE publication = 'pending' AND received_at IS NOT NULL"
    ).bindparams(*moments[1:]), {"due": due, "day": due.date()})
    bind.execute(sa.text(
        "INSERT INTO refusals (petition_id, institution_id, reason, list_version, refused_at) "
        f"SELECT p.id, {last_part}, p.refusal_reason, 1, :now FROM petitions p "  # noqa: S608 - words of ours
        "WHERE p.publication = 'refused' AND p.refusal_reason IS NOT NULL").bindparams(moments[0]), {"now": now})
    bind.execute(sa.text(
        "INSERT INTO revisions (petition_id, subject, number, title, text, role, reason, withheld, at) "
        "SELECT id, 'text', 1, title, text, 'author', '', :no, published_at FROM petitions "
        "WHERE publication = 'published'").bindparams(sa.bindparam("no", type_=sa.Boolean())), {"no": False})
    bind.execute(sa.text(
        "INSERT INTO revisions (petition_id, subject, number, title, text, role, reason, withheld, at) "
        "SELECT p.petition_id, 'answer-' || p.id, 1, '', v.text, 'institution', '', :no, a.sent_at FROM answers a "
        "JOIN assignments p ON p.id = a.assignment_id "
        "JOIN answer_versions v ON v.answer_id = a.id AND v.number = a.current "
        "WHERE a.state = 'sent'").bindparams(sa.bindparam("no", type_=sa.Boolean())), {"no": False})


def _alter_petitions(publication: tuple[str, ...], *, forwards: bool) -> None:
    """Widen or narrow what `publication` may hold, and take away or give back the column `refusal_reason`."""
    with op.batch_alter_table("petitions") as batch_op:
        batch_op.drop_constraint(op.f("ck_petitions_publication"), type_="check")
        batch_op.create_check_constraint(op.f("ck_petitions_publication"), sa.column("publication").in_(publication))
        if forwards:
            batch_op.drop_constraint(op.f("ck_petitions_refusal_reason"), type_="check")
            batch_op.drop_column("refusal_reason")
        else:
            batch_op.add_column(sa.Column("refusal_reason", sa.String(length=40), nullable=True))
            batch_op.create_check_constraint(op.f("ck_petitions_refusal_reason"),
                                             sa.column("refusal_reason").in_(REASONS))


def _set_acts(acts: tuple[str, ...]) -> None:
    """Widen or narrow what the column `act` of `record_entries` may hold."""
    with op.batch_alter_table("record_entries") as batch_op:
        batch_op.drop_constraint(op.f("ck_record_entries_act"), type_="check")
        batch_op.create_check_constraint(op.f("ck_record_entries_act"), sa.column("act").in_(acts))
