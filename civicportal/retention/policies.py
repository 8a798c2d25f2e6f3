"""Who may hold what is kept."""

from civicportal.core.permissions import Actor, Permission


def can_hold(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor.person_id is None or actor.can(Permission.RECORDS_KEEP)
