"""The check before publication, refusals with their appeals, removals, and the versions of public texts."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.institutions.models import Institution
from civicportal.petitions.reasons import RefusalReason, RemovalReason
from civicportal.petitions.states import AppealState, Reviser

if TYPE_CHECKING:
    from civicportal.petitions.models.filings import Petition

AUTHORITY_MAX, REASON_MAX, APPEAL_MAX = 200, 1000, 2000  # characters
TEXT = "text"
"""Subject of the versions of a petition's own title and text; those of an answer have `answer-<id of its part>`."""


class PublicationCheck(Base):
    """The check of a petition whose author asked for publication: until when, and what an officer advised.

    `advice_reason` is None where the officer advised to publish; `advised_for_id` is the officer's institution.
    """

    __tablename__ = "publication_checks"

    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[moment]
    due_at: Mapped[moment] = mapped_column(UTCDateTime, index=True)
    due_date: Mapped[date] = mapped_column(Date)
    advised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    advised_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    advised_for_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    advice_reason: Mapped[RefusalReason | None] = mapped_column(enum_type(RefusalReason, "advice_reason"))

    advised_for: Mapped[Institution | None] = relationship()


class Refusal(Base):
    """Why a petition is not published, and who had the matter then; without an institution the triage desk had it.

    `list_version`: of the list of reasons. A petition is refused at most once.
    """

    __tablename__ = "refusals"
    __table_args__ = (Index(None, "institution_id", "reason"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), unique=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    reason: Mapped[RefusalReason] = mapped_column(enum_type(RefusalReason, "reason"))
    list_version: Mapped[int] = mapped_column(Integer)
    refused_at: Mapped[created]
    refused_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    petition: Mapped["Petition"] = relationship(back_populates="refusal")
    institution: Mapped[Institution | None] = relationship()
    appeal: Mapped["Appeal | None"] = relationship(back_populates="refusal", passive_deletes=True)


class Appeal(Base):
    """The author's appeal against a refusal, once, and what was decided on it with which reason."""

    __tablename__ = "appeals"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[intpk]
    refusal_id: Mapped[int] = mapped_column(ForeignKey("refusals.id", ondelete="CASCADE"), unique=True)
    state: Mapped[AppealState] = mapped_column(enum_type(AppealState, "state"), default=AppealState.OPEN)
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[created]
    due_at: Mapped[moment]
    due_date: Mapped[date] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decision: Mapped[str] = mapped_column(Text, default="")

    refusal: Mapped[Refusal] = relationship(back_populates="appeal")


class Removal(Base):
    """A public petition that was removed: why, by whose authority, and whether it was put back. Everybody reads it.

    `number` is the petition's. `authority` is an office such as a court, never a person.
    """

    __tablename__ = "removals"
    __table_args__ = (
        Index("uq_removals_in_force", "petition_id", unique=True, sqlite_where=text("put_back_at IS NULL"),
              postgresql_where=text("put_back_at IS NULL")),
        Index(None, "number"), Index(None, "removed_at", "id"),
    )

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id"))
    number: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    reason: Mapped[RemovalReason] = mapped_column(enum_type(RemovalReason, "reason"))
    list_version: Mapped[int] = mapped_column(Integer)
    authority: Mapped[str] = mapped_column(String(AUTHORITY_MAX))
    removed_at: Mapped[created]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    put_back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    put_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    put_back_reason: Mapped[str] = mapped_column(Text, default="")

    institution: Mapped[Institution | None] = relationship()


class Revision(Base):
    """What a public text said from an instant on. The first one is what was published, or the answer that was sent.

    `withheld`: it took out what must not be public, so the versions before it are shown to author and officials alone.
    """

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("petition_id", "subject", "number"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(20), default=TEXT)
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    role: Mapped[Reviser] = mapped_column(enum_type(Reviser, "role"))
    reason: Mapped[str] = mapped_column(Text, default="")
    withheld: Mapped[bool] = mapped_column(default=False)
    at: Mapped[created]
