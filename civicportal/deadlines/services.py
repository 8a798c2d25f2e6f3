"""Changing the calendar. Stored due dates stay as they are: they were told to people."""

from datetime import date

from sqlalchemy import select

from civicportal.core import audit
from civicportal.core.errors import Conflict, Forbidden, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.deadlines.models import Closure, ClosureKind
from civicportal.deadlines.policies import can_edit_closures


def add_closure(actor: Actor, *, day: date, name_ko: str, name_en: str, kind: ClosureKind) -> Closure:
    """Declare that offices are closed, or open after all, on a day.

    Raises Forbidden, and Conflict when the day already has an entry.
    """
    _require(actor)
    with atomic() as session:
        if session.scalar(select(Closure.id).where(Closure.day == day)):
            raise Conflict(_("This day already has an entry. Remove it first."))
        closure = Closure(day=day, name_ko=name_ko, name_en=name_en, kind=kind)
        session.add(closure)
        session.flush()
        audit.record(audit.AuditName.CLOSURE_ADDED, actor, "closure", closure.id, date=day.isoformat())
    return closure


def remove_closure(actor: Actor, *, day: date) -> None:
    """Give a day back to the calendar. Raises Forbidden, and NotFound when it has no entry."""
    _require(actor)
    with atomic() as session:
        closure = session.scalar(select(Closure).where(Closure.day == day))
        if closure is None:
            raise NotFound(_("This day has no entry."))
        audit.record(audit.AuditName.CLOSURE_REMOVED, actor, "closure", closure.id, date=day.isoformat())
        session.delete(closure)


def _require(actor: Actor) -> None:
    if not can_edit_closures(actor):
        raise Forbidden(_("Only operators of the portal may change the calendar."))
