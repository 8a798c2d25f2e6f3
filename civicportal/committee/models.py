"""Tables of bodies and their members, items, motions, recusals and decisions."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.committee.states import ItemState, MotionState, Proposal, Seat
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.forum.models import Task
from civicportal.voting.models import Box


class Body(Base):
    """A committee: its mandate and rules are public. A quorum is more than `quorum_percent` of those who may vote on
    an item after recusals, and at least `quorum_least` people. `capacity`: items a month."""

    __tablename__ = "bodies"
    __table_args__ = (
        CheckConstraint("quorum_percent BETWEEN 0 AND 99", name="quorum"),
        CheckConstraint("quorum_least > 0 AND capacity > 0", name="positive"),
    )

    id: Mapped[intpk]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name_ko: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    mandate_ko: Mapped[str] = mapped_column(Text)
    mandate_en: Mapped[str] = mapped_column(Text)
    quorum_percent: Mapped[int] = mapped_column(Integer, default=50)
    quorum_least: Mapped[int] = mapped_column(Integer, default=3)
    capacity: Mapped[int] = mapped_column(Integer)

    members: Mapped[list["Member"]] = relationship(back_populates="body", order_by="Member.id")

    def name(self, locale: str) -> str:
        """The name in a language."""
        return self.name_ko if locale == "ko" else self.name_en

    def mandate(self, locale: str) -> str:
        """What it decides, in a language."""
        return self.mandate_ko if locale == "ko" else self.mandate_en


class Member(Base):
    """A seat in a body for a term (`ends_on` is its last day). An alternate votes when the member it stands in for
    has recused."""

    __tablename__ = "members"

    id: Mapped[intpk]
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    affiliation: Mapped[str] = mapped_column(String(200))
    seat: Mapped[Seat] = mapped_column(enum_type(Seat, "seat"))
    alternate_for_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)

    body: Mapped[Body] = relationship(back_populates="members")

    def sits(self, day: date) -> bool:
        """Whether the seat is held on this day, by somebody who still has an account."""
        return self.person_id is not None and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Item(Base):
    """A task in a body's queue, once for each time it is referred (`cycle` of the task, with the vote of then).

    `weight` is its yes votes at the crossing head; a joined item follows `joined_to`.
    """

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("task_id", "cycle"), Index(None, "body_id", "state", "queued_at"))

    id: Mapped[intpk]
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    cycle: Mapped[int] = mapped_column(Integer)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("boxes.id"), index=True)
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState, "state"), default=ItemState.QUEUED)
    queued_at: Mapped[moment]
    due_at: Mapped[moment]
    weight: Mapped[int] = mapped_column(Integer, default=0)
    without_threshold: Mapped[bool] = mapped_column(default=False)
    joined_to_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    body: Mapped[Body] = relationship()
    task: Mapped[Task] = relationship()
    box: Mapped[Box | None] = relationship()
    joined_to: Mapped["Item | None"] = relationship(remote_side="Item.id", back_populates="joined")
    joined: Mapped[list["Item"]] = relationship(back_populates="joined_to", order_by="Item.id")
    recusals: Mapped[list["Recusal"]] = relationship(order_by="Recusal.id")
    motions: Mapped[list["Motion"]] = relationship(order_by="Motion.id", back_populates="item")
    extensions: Mapped[list["ItemExtension"]] = relationship(order_by="ItemExtension.id")
    decision: Mapped["Decision | None"] = relationship(back_populates="item")


class Recusal(Base):
    """A member who takes no part in an item, and why, in public. `by_name`: who recorded it."""

    __tablename__ = "recusals"
    __table_args__ = (UniqueConstraint("item_id", "member_id"),)

    id: Mapped[intpk]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    reason: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[created]

    member: Mapped[Member] = relationship()


class Motion(Base):
    """A proposed decision on an item with its reasons, voted on by name in a box of its own.

    At most one is before the members at a time. `quorum`: the least number of votes. `stand_ins`: for the id of each
    person who votes as an alternate, the name of the recused member.
    """

    __tablename__ = "motions"
    __table_args__ = (Index(
        "uq_motions_pending", "item_id", unique=True, sqlite_where=text("state IN ('open', 'carried')"),
        postgresql_where=text("state IN ('open', 'carried')")),)

    id: Mapped[intpk]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"), unique=True)
    proposal: Mapped[Proposal] = mapped_column(enum_type(Proposal, "proposal"))
    reasons: Mapped[str] = mapped_column(Text)
    quorum: Mapped[int] = mapped_column(Integer)
    stand_ins: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[MotionState] = mapped_column(enum_type(MotionState, "state"), default=MotionState.OPEN)
    moved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    moved_by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[created]

    item: Mapped[Item] = relationship(back_populates="motions")
    box: Mapped[Box] = relationship()


class Decision(Base):
    """What was decided on an item, with reasons and figures, and who recorded it."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("item_id"),)

    id: Mapped[intpk]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    motion_id: Mapped[int] = mapped_column(ForeignKey("motions.id"))
    proposal: Mapped[Proposal] = mapped_column(enum_type(Proposal, "proposal"))
    reasons: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[created]

    item: Mapped[Item] = relationship(back_populates="decision")
    motion: Mapped[Motion] = relationship()


class ItemExtension(Base):
    """A dated, reasoned move of the date by which an item is to be decided."""

    __tablename__ = "item_extensions"

    id: Mapped[intpk]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    old_due_at: Mapped[moment]
    new_due_at: Mapped[moment]
    reason: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[created]
