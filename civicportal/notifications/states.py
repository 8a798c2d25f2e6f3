"""States of one delivery."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """waiting -> sending -> sent; a 4xx goes back to waiting with a later time; a 5xx or the eighth try fails."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
