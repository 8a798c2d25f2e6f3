"""What came to a petition after it was filed, and who else may act in it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.models import Person
from civicportal.core.orm import Base, UTCDateTime, enum_type, intpk, moment
from civicportal.petitions.states import RepresentativeState

if TYPE_CHECKING:
    from civicportal.petitions.models.filings import Petition, PetitionFile


class Representative(Base):
    """Somebody whom the author lets act in one petition. `name`: as the author wrote it.

    `person_id` is the person behind the invited address; None once that person is gone.
    """

    __tablename__ = "representatives"
    __table_args__ = (Index(None, "person_id", "state"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[RepresentativeState] = mapped_column(
        enum_type(RepresentativeState, "state"), default=RepresentativeState.INVITED)
    invited_at: Mapped[moment]
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    petition: Mapped["Petition"] = relationship(back_populates="representatives")
    person: Mapped[Person | None] = relationship()


class Addition(Base):
    """A message or files added to a petition: a record of its own with its number and time, which never changes.

    Added by the author, or by `representative`. The public record commits to it with `salt`, which others never see.
    """

    __tablename__ = "additions"
    __table_args__ = (UniqueConstraint("petition_id", "number"),)

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    representative_id: Mapped[int | None] = mapped_column(ForeignKey("representatives.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[moment]

    petition: Mapped["Petition"] = relationship(back_populates="additions")
    representative: Mapped[Representative | None] = relationship()
    files: Mapped[list["PetitionFile"]] = relationship(back_populates="addition", order_by="PetitionFile.id")
