"""Who may change the calendar."""

from civicportal.core.permissions import SYSTEM, Actor


def can_edit_closures(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor == SYSTEM or actor.is_operator
