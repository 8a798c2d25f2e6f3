"""States of one delivery and the verbs between them."""

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition
from civicportal.core.titles import TitledEnum


class DeliveryState(TitledEnum):
    """waiting -> sending -> sent; what may pass later goes back to waiting; what cannot, or the last try, fails."""

    WAITING = "waiting", lazy("Waiting"), "blue"
    SENDING = "sending", lazy("Being sent"), "turquoise"
    SENT = "sent", lazy("Sent"), "green"
    FAILED = "failed", lazy("Failed"), "red"
    CANCELLED = "cancelled", lazy("Cancelled"), "grey"


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
