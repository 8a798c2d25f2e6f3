"""What a channel is given and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from civicportal.notifications.attachments import Attachment
from config import Settings


@dataclass(frozen=True)
class Parcel:
    """One written message for one person. `message_id` stays the same on every try, so a repeat is recognisable."""

    serial: int
    message_id: str
    sender_name: str
    address: str
    subject: str
    text: str
    html: str
    at: datetime
    unsubscribe_url: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Outcome(StrEnum):
    """How a try ended: done, may pass later, will never pass."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True)
class Delivery:
    """The answer of a channel. `detail` is for operators: codes and names of errors, no personal text."""

    outcome: Outcome
    detail: str = ""


class Channel(Protocol):
    """`instant`: to be written down is to be delivered; no worker has to send anything."""

    name: str
    instant: bool

    def send(self, parcel: Parcel, settings: Settings) -> Delivery:
        """Try to deliver once. Never raises for what the other side does."""
