"""Who may change institutions."""

from civicportal.core.permissions import SYSTEM, Actor, Permission


def can_edit_institutions(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor == SYSTEM or actor.can(Permission.INSTITUTION_EDIT)
