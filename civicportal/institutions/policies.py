"""Who may change institutions and the roles held at them."""

from civicportal.core.permissions import SYSTEM, Actor, Permission


def can_edit_institutions(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor == SYSTEM or actor.can(Permission.INSTITUTION_EDIT)


def can_edit_people(actor: Actor) -> bool:
    """Operators: they give and end the roles of officials."""
    return actor.can(Permission.GRANT_EDIT)
