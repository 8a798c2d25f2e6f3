"""What officials leave around a matter: who opened it, notes, whom it is about, what was exported."""

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.models import Person
from civicportal.core.orm import Base, created, enum_type, intpk
from civicportal.institutions.models import Institution
from civicportal.petitions.states import Opened


class MatterView(Base):
    """An official opened a matter that is not public. Without an institution the portal team did.

    The author reads role and institution; the person is for who looks into a complaint.
    """

    __tablename__ = "matter_views"
    __table_args__ = (Index(None, "petition_id", "at"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(40))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    opened: Mapped[Opened] = mapped_column(enum_type(Opened, "opened"))
    at: Mapped[created] = mapped_column(index=True)

    institution: Mapped[Institution | None] = relationship()


class MatterNote(Base):
    """What officials of one institution tell each other about a matter. Nobody else ever reads it."""

    __tablename__ = "matter_notes"
    __table_args__ = (Index(None, "petition_id", "institution_id"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[created]

    author: Mapped[Person] = relationship()


class MatterSubject(Base):
    """An official whom a matter is about: may neither open it nor work on it."""

    __tablename__ = "matter_subjects"
    __table_args__ = (UniqueConstraint("petition_id", "person_id"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    named_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    named_at: Mapped[created]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class DeskExport(Base):
    """An official took a list of matters out of the portal, and why."""

    __tablename__ = "desk_exports"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    reason: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    at: Mapped[created]
