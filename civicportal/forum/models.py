"""Tables of tasks, their versions, reviews, history, arguments and followers."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.models import Person
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.forum.states import Origin, ReviewDecision, Side, TaskState
from civicportal.institutions.models import Institution
from civicportal.voting.models import Box


class Task(Base):
    """An innovation task. Its words stand in its versions; `due_at` is when the present human step is due.

    `cycle` counts the ways through review and vote: a task that comes back mended gets a vote of its own.
    `forwarded_at`: since when it waits for the strategy meeting.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index(None, "state", "due_at"), Index(None, "author_id", "id"), Index(None, "submitted_at", "id"))

    id: Mapped[intpk]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    origin: Mapped[Origin] = mapped_column(enum_type(Origin, "origin"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    petition_number: Mapped[str | None] = mapped_column(String(20), index=True)
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState, "state"), default=TaskState.DRAFT)
    cycle: Mapped[int] = mapped_column(Integer, default=1)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reading_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("boxes.id"), index=True)
    without_threshold: Mapped[bool] = mapped_column(default=False)
    difference: Mapped[str | None] = mapped_column(Text)
    similar: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[created]
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    referred_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    forwarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    reviewer: Mapped[Person | None] = relationship(foreign_keys=[reviewer_id])
    institution: Mapped[Institution | None] = relationship()
    box: Mapped[Box | None] = relationship()
    versions: Mapped[list["TaskVersion"]] = relationship(order_by="TaskVersion.number", back_populates="task")
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.id", back_populates="task")
    events: Mapped[list["TaskEvent"]] = relationship(order_by="TaskEvent.id", back_populates="task")
    extensions: Mapped[list["TaskExtension"]] = relationship(order_by="TaskExtension.id")


class TaskVersion(Base):
    """What a task said from an instant on. None is added after the first vote.

    The words are long and of all versions a page needs one or two: they are read when they are asked for.
    """

    __tablename__ = "task_versions"
    __table_args__ = (UniqueConstraint("task_id", "number"),)

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="words")
    problem: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="words")
    idea: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="words")
    created_at: Mapped[created]

    task: Mapped[Task] = relationship(back_populates="versions")


class Review(Base):
    """A reviewer's decision: by name, with the criteria that are met, and reasons."""

    __tablename__ = "task_reviews"

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reviewer_name: Mapped[str] = mapped_column(String(200))
    decision: Mapped[ReviewDecision] = mapped_column(enum_type(ReviewDecision, "decision"))
    met: Mapped[list[str]] = mapped_column(JSON)
    reasons: Mapped[str] = mapped_column(Text)
    at: Mapped[created]

    task: Mapped[Task] = relationship(back_populates="reviews")


class TaskEvent(Base):
    """A line of the public history: who did what, when and why. `who` is a part or an office, a name where named.

    `told_at`: when the last follower was told.
    """

    __tablename__ = "task_events"

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    at: Mapped[created]
    verb: Mapped[str] = mapped_column(String(40))
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState, "state"))
    who: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)

    task: Mapped[Task] = relationship(back_populates="events")


class TaskExtension(Base):
    """A dated, reasoned move of a due date of a human step."""

    __tablename__ = "task_extensions"

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState, "state"))
    old_due_at: Mapped[moment]
    new_due_at: Mapped[moment]
    reason: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[created]


class Argument(Base):
    """A reason for or against a task; one that breaks the rules is hidden, with the reason shown.

    `rank`: its place among the others, the highest first (`ranking.rank`).
    """

    __tablename__ = "arguments"
    __table_args__ = (Index(None, "task_id", "side", "rank", "id"),)

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    helpful: Mapped[int] = mapped_column(Integer, default=0)
    unhelpful: Mapped[int] = mapped_column(Integer, default=0)
    rank: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[created]
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden_reason: Mapped[str | None] = mapped_column(Text)

    task: Mapped[Task] = relationship()


class ArgumentRating(Base):
    """Whether a reader found an argument helpful; each reader once, to be changed at will."""

    __tablename__ = "argument_ratings"
    __table_args__ = (UniqueConstraint("argument_id", "person_id"),)

    id: Mapped[intpk]
    argument_id: Mapped[int] = mapped_column(ForeignKey("arguments.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    helpful: Mapped[bool]


class TaskFollower(Base):
    """Somebody who wants to be told of each step."""

    __tablename__ = "task_followers"
    __table_args__ = (UniqueConstraint("task_id", "person_id"),)

    id: Mapped[intpk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
