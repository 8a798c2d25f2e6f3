"""Boxes with their rules, thresholds, and what was published of them."""

import secrets
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.voting.models.log import Log
from civicportal.voting.states import BoxState, PolicyKind, Refusal, Secrecy, TieRule, Totals


class ThresholdPolicy(Base):
    """A version of the rule that sends something on. `value`: yes votes, per cent, or tasks a month, by kind.

    `min_level` is the level of identity its votes need because they bind government. Never changed, only followed by
    the next version; a box keeps the version in force when it opened.
    """

    __tablename__ = "threshold_policies"
    __table_args__ = (UniqueConstraint("scope", "version"),)

    id: Mapped[intpk]
    scope: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[PolicyKind] = mapped_column(enum_type(PolicyKind, "kind"))
    value: Mapped[int] = mapped_column(Integer)
    min_level: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    in_force_at: Mapped[moment]
    set_by_id: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[created]


class Box(Base):
    """A vote. Everything that decides it is frozen at opening (`frozen`, canonical JSON).

    `opens_at` and `closes_at` are a half-open interval; `closes_at` moves only by an extension. `secret` is mixed
    into the voters' keys. `members` (open votes): [{"key", "name", "person_id"}]. `counted_at`: the last head is signed
    and the tally stands; `missed_at`: closed, and no head has reached the threshold.
    `scrub_due`: rows that were deleted may still be in the database files. `out_of_rounds`: what it is about has gone
    on without its threshold, so it takes no place in a month. `interrupted_at`: since then nothing is cast, logged or
    closed, because the log lacks what outsiders hold; `restored_to`: as of when the database came back after a loss.
    """

    __tablename__ = "boxes"
    __table_args__ = (
        Index(None, "state", "closes_at"), Index(None, "state", "opens_at"), Index(None, "subject_kind", "subject_id"),
    )

    id: Mapped[intpk]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    question: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(40))
    options: Mapped[list[str]] = mapped_column(JSON)
    secrecy: Mapped[Secrecy] = mapped_column(enum_type(Secrecy, "secrecy"))
    min_level: Mapped[int] = mapped_column(Integer)
    late_admission: Mapped[bool] = mapped_column(default=False)
    members: Mapped[list[dict[str, object]] | None] = mapped_column(JSON)
    opens_at: Mapped[moment]
    closes_at: Mapped[moment]
    may_change: Mapped[bool] = mapped_column(default=False)
    totals: Mapped[Totals] = mapped_column(enum_type(Totals, "totals"))
    tie: Mapped[TieRule] = mapped_column(enum_type(TieRule, "tie"))
    quorum: Mapped[int | None] = mapped_column(Integer)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("threshold_policies.id"))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(Integer)
    subject_path: Mapped[str | None] = mapped_column(String(200))
    secret: Mapped[str] = mapped_column(String(64), default=lambda: secrets.token_hex(32))
    state: Mapped[BoxState] = mapped_column(enum_type(BoxState, "state"), default=BoxState.SCHEDULED)
    refusal: Mapped[Refusal | None] = mapped_column(enum_type(Refusal, "refusal"))
    log_id: Mapped[int | None] = mapped_column(ForeignKey("logs.id"))
    frozen: Mapped[str | None] = mapped_column(Text)
    roll_size: Mapped[int | None] = mapped_column(Integer)
    scrub_due: Mapped[bool] = mapped_column(default=False)
    out_of_rounds: Mapped[bool] = mapped_column(default=False)
    levels: Mapped[dict[str, int] | None] = mapped_column(JSON)
    tally: Mapped[dict[str, int] | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[created]
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    missed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    final_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    interrupted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    restored_to: Mapped[datetime | None] = mapped_column(UTCDateTime)

    policy: Mapped[ThresholdPolicy | None] = relationship(lazy="joined")
    log: Mapped[Log | None] = relationship(lazy="joined")
    extensions: Mapped[list["BoxExtension"]] = relationship(order_by="BoxExtension.id")
    crossing: Mapped["Crossing | None"] = relationship()


class BoxExtension(Base):
    """A dated, reasoned move of the closing instant. At the old instant everything pending goes into the log."""

    __tablename__ = "box_extensions"

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"), index=True)
    old_closes_at: Mapped[moment]
    new_closes_at: Mapped[moment]
    reason: Mapped[str] = mapped_column(Text)
    silence_id: Mapped[int | None] = mapped_column(ForeignKey("silences.id"))
    by_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[moment]
    batched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BoxHead(Base):
    """What a signed head of the box's log amounts to: counts per option, net of changed votes."""

    __tablename__ = "box_heads"

    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    head_id: Mapped[int] = mapped_column(ForeignKey("log_heads.id"))
    size: Mapped[int] = mapped_column(Integer)
    at: Mapped[moment]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    electorate_size: Mapped[int] = mapped_column(Integer)
    electorate_root: Mapped[bytes] = mapped_column(LargeBinary)
    judged: Mapped[bool] = mapped_column(default=False)


class Crossing(Base):
    """The one time a box reached its threshold: at which head, under which policy."""

    __tablename__ = "crossings"

    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"), primary_key=True)
    head_number: Mapped[int] = mapped_column(Integer)
    policy_id: Mapped[int] = mapped_column(ForeignKey("threshold_policies.id"))
    yes: Mapped[int] = mapped_column(Integer)
    at: Mapped[moment]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("threshold_rounds.id"))

    policy: Mapped[ThresholdPolicy] = relationship()
    round: Mapped["Round | None"] = relationship()


class Round(Base):
    """A month's comparison under a monthly policy. `entries`: [{"slug", "head", "yes", "crossed"}], most yes first."""

    __tablename__ = "threshold_rounds"
    __table_args__ = (UniqueConstraint("policy_id", "month"),)

    id: Mapped[intpk]
    policy_id: Mapped[int] = mapped_column(ForeignKey("threshold_policies.id"))
    month: Mapped[str] = mapped_column(String(7))
    at: Mapped[moment]
    entries: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)


class Silence(Base):
    """An election silence: no vote closes in it and no totals are published."""

    __tablename__ = "silences"

    id: Mapped[intpk]
    title: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[moment]
    ends_at: Mapped[moment]
    declared_at: Mapped[created]
    declared_by_id: Mapped[int | None] = mapped_column(Integer)
