"""What outsiders do to keep a vote honest: observing, lodging broken promises, contesting; suspects and disputes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.voting.states import ClaimState, DisputeState

_UNDECIDED = text("state = 'open'")


class Observer(Base):
    """Somebody who is mailed every head of a box and keeps it. `confirmed_number`: the last head confirmed."""

    __tablename__ = "observers"
    __table_args__ = (UniqueConstraint("box_id", "person_id"),)

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    joined_at: Mapped[created]
    mailed_number: Mapped[int] = mapped_column(Integer, default=0)
    confirmed_number: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PromiseClaim(Base):
    """A receipt whose ballot was not in the log in time. Names nobody; `promise` is the signed note."""

    __tablename__ = "promise_claims"
    __table_args__ = (UniqueConstraint("box_id", "leaf_hash"),)

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    leaf_hash: Mapped[str] = mapped_column(String(64))
    promise: Mapped[str] = mapped_column(Text)
    lodged_at: Mapped[created]
    state: Mapped[ClaimState] = mapped_column(enum_type(ClaimState, "state"), default=ClaimState.OPEN)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(Text)


class Contest(Base):
    """Somebody found the own key on the roll without having voted. Only the number of these is public."""

    __tablename__ = "contests"
    __table_args__ = (UniqueConstraint("box_id", "key"),)

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[created]


class Suspect(Base):
    """A key of the roll that is suspected of fraud. Only the number of these is public."""

    __tablename__ = "suspects"
    __table_args__ = (UniqueConstraint("box_id", "key"),)

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    key: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[created]


class Dispute(Base):
    """Enough suspects to have changed the result. A person decides by `due_at`, with reasons.

    `suspects`: how many there were when it was declared, then when it was decided.
    """

    __tablename__ = "disputes"
    __table_args__ = (Index("uq_disputes_open", "box_id", unique=True, sqlite_where=_UNDECIDED,
                            postgresql_where=_UNDECIDED),)

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    suspects: Mapped[int] = mapped_column(Integer)
    enough: Mapped[int] = mapped_column(Integer)
    declared_at: Mapped[created]
    due_at: Mapped[moment]
    state: Mapped[DisputeState] = mapped_column(enum_type(DisputeState, "state"), default=DisputeState.OPEN)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
