"""Background tasks of delivery."""

from civicportal.core.tasks import task
from civicportal.notifications import services


@task("notifications.deliver")
def deliver(message_id: int) -> None:
    """Try once to deliver one message."""
    services.deliver(message_id)


@task("notifications.sweep")
def sweep() -> None:
    """Find messages that are due and were forgotten."""
    services.sweep()
