"""Telling the author: a message there may be nobody to send to."""

from civicportal.notifications.models import Message
from civicportal.notifications.services import send


def tell(message: Message | None) -> None:
    """Put a message into the outbox; nothing when the author has no account or address any more."""
    if message is not None:
        send(message)
