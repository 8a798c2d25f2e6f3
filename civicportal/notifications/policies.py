"""Who may do what to a delivery."""

from civicportal.core.permissions import Actor, Permission
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DELIVERY


def can_resend(actor: Actor, _message: OutboxMessage) -> bool:
    """Operators."""
    return actor.can(Permission.DELIVERY_SEE)


DELIVERY.permit("resend", can_resend)
