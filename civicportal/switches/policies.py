"""Who may switch parts of the portal off."""

from civicportal.core.permissions import Actor, Permission


def can_switch(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor.person_id is None or actor.can(Permission.SWITCH_SET)
