"""Background work of the forum. Each task calls one service."""

from civicportal.core.tasks import task
from civicportal.forum.services import ballot, following, leaving

__all__ = ["ballot", "leaving", "tell_followers", "tell_missing"]  # the first two listen to votes and accounts


@task("forum.tell_followers")
def tell_followers(event_id: int) -> None:
    """Tell everybody who follows a task of a step."""
    following.tell_followers(event_id)


@task("forum.tell_missing")
def tell_missing() -> None:
    """Ask again for messages to followers that were lost."""
    following.tell_missing()
