"""Drafts, petitions, files, assignments, answers and satisfaction."""

import secrets
import uuid
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.models import Person
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.institutions.models import Department, Institution, Region
from civicportal.petitions.models.additions import Addition, Representative
from civicportal.petitions.models.officials import MatterSubject
from civicportal.petitions.models.publication import PublicationCheck, Refusal, Removal
from civicportal.petitions.models.receipts import FilingReceipt
from civicportal.petitions.models.reclassifications import Reclassification
from civicportal.petitions.states import (
    AnswerState,
    AssignmentState,
    Channel,
    Opening,
    PetitionState,
    Publication,
    Scan,
)


class Draft(Base):
    """What somebody is writing. The `key` in its address is the right to go on with it.

    Once filed, the draft is emptied and only leads to the receipt.
    """

    __tablename__ = "drafts"

    id: Mapped[intpk]
    key: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: secrets.token_urlsafe(18))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    type: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    region_code: Mapped[str | None] = mapped_column(String(20))
    wants_public: Mapped[bool | None] = mapped_column()
    institution_code: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    photo_facts: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[created]
    updated_at: Mapped[moment] = mapped_column(UTCDateTime)
    petition_id: Mapped[int | None] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))

    files: Mapped[list["PetitionFile"]] = relationship(back_populates="draft", order_by="PetitionFile.id")
    petition: Mapped["Petition | None"] = relationship()


class Petition(Base):
    """A filing. `received_at` and the clock start when the author's address is confirmed; `filed_at` never moves.

    `anonymised_at`: when name, words and files went because they had been kept long enough.
    `restored_at`: when it was brought back from its receipt; its clock then counts from `filed_at`. So does that of
    what an officer entered at `entered_at`, because it came by another `channel`; `entry_key` is of the page sent.
    """

    __tablename__ = "petitions"
    __table_args__ = (
        Index(None, "publication", "published_at", "id"),
        Index(None, "author_id", "filed_at"),
        Index(None, "state", "filed_at"),
    )

    id: Mapped[intpk]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    type: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    locale: Mapped[str] = mapped_column(String(8))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[PetitionState] = mapped_column(
        enum_type(PetitionState, "state"), default=PetitionState.UNCONFIRMED)
    publication: Mapped[Publication] = mapped_column(enum_type(Publication, "publication"))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    chosen_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    suggestions: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    filed_at: Mapped[moment]
    received_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_date: Mapped[date | None] = mapped_column(Date)
    rule: Mapped[str | None] = mapped_column(String(40))
    rule_version: Mapped[int | None] = mapped_column(Integer)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    restored_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    anonymised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel, "channel"), default=Channel.ONLINE)
    entered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    photo_facts: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    entry_key: Mapped[str | None] = mapped_column(String(32), unique=True)

    author: Mapped[Person | None] = relationship()
    region: Mapped[Region | None] = relationship()
    chosen_institution: Mapped[Institution | None] = relationship()
    files: Mapped[list["PetitionFile"]] = relationship(
        back_populates="petition", order_by="PetitionFile.id",
        primaryjoin="and_(PetitionFile.petition_id == Petition.id, PetitionFile.addition_id.is_(None))")
    additions: Mapped[list[Addition]] = relationship(
        back_populates="petition", order_by=Addition.number, passive_deletes="all")
    representatives: Mapped[list[Representative]] = relationship(
        back_populates="petition", order_by=Representative.id, passive_deletes="all")
    assignments: Mapped[list["Assignment"]] = relationship(back_populates="petition", order_by="Assignment.id")
    satisfactions: Mapped[list["Satisfaction"]] = relationship(back_populates="petition", order_by="Satisfaction.id")
    receipt: Mapped[FilingReceipt | None] = relationship(passive_deletes=True)
    check: Mapped[PublicationCheck | None] = relationship(passive_deletes=True)
    refusal: Mapped[Refusal | None] = relationship(back_populates="petition", passive_deletes=True)
    removals: Mapped[list[Removal]] = relationship(order_by="Removal.id")
    reclassifications: Mapped[list[Reclassification]] = relationship(
        back_populates="petition", order_by="Reclassification.id", passive_deletes="all")
    subjects: Mapped[list[MatterSubject]] = relationship(order_by="MatterSubject.id", passive_deletes="all")

    @property
    def asked_at(self) -> datetime:
        """Since when a guest is asked to confirm the address."""
        return self.restored_at or self.entered_at or self.filed_at


class PetitionFile(Base):
    """A file as it was sent, byte for byte, and the key of the copy made from it for showing (if one can be made).

    One of an addition belongs to the petition too, but not to what was filed.
    """

    __tablename__ = "petition_files"
    __table_args__ = (CheckConstraint("draft_id IS NOT NULL OR petition_id IS NOT NULL", name="owner"),)

    id: Mapped[intpk]
    public_id: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=uuid.uuid4)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), index=True)
    petition_id: Mapped[int | None] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), index=True)
    addition_id: Mapped[int | None] = mapped_column(ForeignKey("additions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(80))
    shown_key: Mapped[str | None] = mapped_column(String(80))
    shown_type: Mapped[str | None] = mapped_column(String(100))
    preview_tries: Mapped[int] = mapped_column(Integer, default=0)
    scan: Mapped[Scan] = mapped_column(enum_type(Scan, "scan"), default=Scan.NOT_SCANNED, index=True)
    created_at: Mapped[created]

    draft: Mapped[Draft | None] = relationship(back_populates="files")
    petition: Mapped[Petition | None] = relationship(back_populates="files")
    addition: Mapped[Addition | None] = relationship(back_populates="files")

    @property
    def is_picture(self) -> bool:
        """Whether it may say when and where it was taken."""
        return self.media_type.startswith("image/")


class Assignment(Base):
    """One institution's part in a petition; without an institution the operators' triage desk has it.

    `counted_at`: when its due date was counted, so that the calendar of that moment explains it. `late_since`: the due
    date that had passed when its type was changed; the mark of being late never goes.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        Index("uq_assignments_open_lead", "petition_id", unique=True,
              sqlite_where=text("lead AND closed_at IS NULL"), postgresql_where=text("lead AND closed_at IS NULL")),
        Index(None, "institution_id", "closed_at", "due_at"),
        Index(None, "officer_id", "closed_at"),
    )

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[AssignmentState] = mapped_column(
        enum_type(AssignmentState, "state"), default=AssignmentState.WAITING)
    lead: Mapped[bool] = mapped_column(default=True)
    binding: Mapped[bool] = mapped_column(default=False)
    needs_manager: Mapped[bool] = mapped_column(default=False)
    opening: Mapped[Opening] = mapped_column(enum_type(Opening, "opening"))
    reason: Mapped[str] = mapped_column(Text, default="")
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    proposed_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    filed_at: Mapped[moment]
    received_at: Mapped[moment]
    due_at: Mapped[moment]
    due_date: Mapped[date] = mapped_column(Date)
    rule: Mapped[str] = mapped_column(String(40))
    rule_version: Mapped[int] = mapped_column(Integer)
    counted_at: Mapped[created]
    late_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)

    petition: Mapped[Petition] = relationship(back_populates="assignments")
    institution: Mapped[Institution | None] = relationship(foreign_keys=[institution_id])
    proposed_institution: Mapped[Institution | None] = relationship(foreign_keys=[proposed_institution_id])
    department: Mapped[Department | None] = relationship()
    officer: Mapped[Person | None] = relationship(foreign_keys=[officer_id])
    answer: Mapped["Answer | None"] = relationship(back_populates="assignment")

    __mapper_args__ = {"version_id_col": version}


class Answer(Base):
    """The answer of one assignment."""

    __tablename__ = "answers"

    id: Mapped[intpk]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), unique=True)
    state: Mapped[AnswerState] = mapped_column(enum_type(AnswerState, "state"), default=AnswerState.DRAFT)
    current: Mapped[int] = mapped_column(Integer, default=0)
    language: Mapped[str] = mapped_column(String(8))
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    assignment: Mapped[Assignment] = relationship(back_populates="answer")


class AnswerVersion(Base):
    """One saved text of an answer; nothing is overwritten."""

    __tablename__ = "answer_versions"
    __table_args__ = (UniqueConstraint("answer_id", "number"),)

    id: Mapped[intpk]
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[created]

    author: Mapped[Person] = relationship()


class Satisfaction(Base):
    """What the author said of one answer, once."""

    __tablename__ = "satisfactions"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"), index=True)
    rating: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[created]
    reasked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    petition: Mapped[Petition] = relationship(back_populates="satisfactions")


class SatisfactionFigure(Base):
    """Public figures of one institution, recomputed after each five further answers so that nobody is singled out."""

    __tablename__ = "satisfaction_figures"

    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"), primary_key=True)
    answered: Mapped[int] = mapped_column(Integer)
    responses: Mapped[int] = mapped_column(Integer)
    counts: Mapped[list[int]] = mapped_column(JSON)
    computed_at: Mapped[moment]
