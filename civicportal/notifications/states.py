"""States of one delivery and the verbs between them."""

from enum import StrEnum

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition


class DeliveryState(StrEnum):
    """waiting -> sending -> sent; what may pass later goes back to waiting; what cannot, or the last try, fails."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def title(self) -> object:  # type: ignore[override] # str.title() means nothing for a state
        return TITLES[self][0]

    @property
    def colour(self) -> str:
        return TITLES[self][1]


TITLES = {
    DeliveryState.WAITING: (lazy("Waiting"), "blue"),
    DeliveryState.SENDING: (lazy("Being sent"), "turquoise"),
    DeliveryState.SENT: (lazy("Sent"), "green"),
    DeliveryState.FAILED: (lazy("Failed"), "red"),
    DeliveryState.CANCELLED: (lazy("Cancelled"), "grey"),
}

OPEN = frozenset({DeliveryState.WAITING, DeliveryState.SENDING})
SENDING = frozenset({DeliveryState.SENDING})

# Not audited: what a worker does to a mail is no act of a person. Sending again is one, and is recorded by itself.
DELIVERY = Machine(
    "delivery", DeliveryState,
    Transition("claim", OPEN, DeliveryState.SENDING),
    Transition("sent", SENDING, DeliveryState.SENT),
    Transition("retry", SENDING, DeliveryState.WAITING),
    Transition("fail", SENDING, DeliveryState.FAILED),
    Transition("resend", frozenset({DeliveryState.FAILED}), DeliveryState.WAITING),
    Transition("cancel", OPEN | {DeliveryState.FAILED}, DeliveryState.CANCELLED),
    audited=False,
)
