"""Background work. Each task calls one service."""

from civicportal.committee import services
from civicportal.core.tasks import task


@task("committee.queue_waiting")
def queue_waiting() -> None:
    """Put into the queue what was referred in the moment in which the first body was made."""
    services.queue_waiting()
