"""Who may change the calendar."""

from civicportal.core.permissions import SYSTEM, Actor, Permission
from civicportal.deadlines.models import Closure


def can_edit_closures(actor: Actor) -> bool:
    """Operators, and the system itself when a command asks for it."""
    return actor == SYSTEM or actor.can(Permission.CALENDAR_EDIT)


def can_confirm_closure(actor: Actor, closure: Closure) -> bool:
    """Another operator than the one who proposed it; never the system, which cannot be asked."""
    return actor.can(Permission.CALENDAR_EDIT) and actor.person_id not in (None, closure.proposed_by_id)
