"""The outbox: one row per event, recipient, channel and kind of message."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import JSON, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.notifications.states import DeliveryState


@dataclass(frozen=True)
class Recipient:
    """Snapshot of who gets a message."""

    person_id: int
    address: str
    locale: str


@dataclass(frozen=True)
class Message:
    """What to tell whom about which event. `slug` is `<package>.<name>`: templates/<package>/emails/<name>/.

    `context` is JSON; `token` (purpose, selector, nonce) names a mailed secret that is derived when the mail is made.
    """

    event: str
    recipient: Recipient
    slug: str
    context: dict[str, object] = field(default_factory=dict)
    token: dict[str, str] | None = None
    channels: tuple[str, ...] = ("email", "portal")
    optional: bool = False


class OutboxMessage(Base):
    """A message on its way by one channel. `context` holds what its templates need, and nothing secret."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        UniqueConstraint("event", "person_id", "channel", "slug"),
        Index(None, "state", "next_try_at"),
        Index(None, "person_id", "channel", "id"),
    )

    id: Mapped[intpk]
    event: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(8))
    context: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    token: Mapped[dict[str, str] | None] = mapped_column(JSON)
    optional: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState, "state"), default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[created]
    next_try_at: Mapped[moment]
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str | None] = mapped_column(String(255))

    @property
    def domain(self) -> str:
        """Where the mail goes, without saying to whom; empty when the address has none."""
        return self.address.rpartition("@")[2] if self.address and "@" in self.address else ""


class OptOut(Base):
    """A person who wants no more of one optional kind of message."""

    __tablename__ = "notification_opt_outs"
    __table_args__ = (UniqueConstraint("person_id", "slug"),)

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(Integer)
    slug: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[created]
