"""Changing the calendar. Stored due dates stay as they are: they were told to people.

A day that lies ahead is entered by one operator. One that has begun takes two, because it would excuse what is late.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civicportal.core import audit
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.i18n import _, local
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.deadlines.models import NAME_MAX, REASON_MAX, Closure, ClosureKind
from civicportal.deadlines.policies import can_confirm_closure, can_edit_closures
from civicportal.deadlines.queries import in_force_on, waiting_on


def add_closure(
    actor: Actor, *, day: date, name_ko: str, name_en: str, kind: ClosureKind, reason_ko: str = "", reason_en: str = "",
) -> Closure:
    """Declare that offices are closed, or open after all, on a day.

    It counts at once, unless the day has begun: then it waits for another operator (`waiting`), and needs a reason.
    Raises Forbidden, Invalid for texts that are missing or too long, and Conflict when the day has an entry already.
    """
    _require(actor)
    late = day <= local(now()).date()
    names = [name.strip() for name in (name_ko, name_en)]
    reasons = [reason.strip() for reason in (reason_ko, reason_en)]
    _check(names, reasons, late=late)
    with atomic() as session:
        former = in_force_on(day)
        if waiting_on(day) or (former and (not late or former.kind is kind)):
            raise Conflict(_("This day already has an entry. Remove it first."))
        closure = Closure(day=day, name_ko=names[0], name_en=names[1], reason_ko=reasons[0], reason_en=reasons[1],
                          kind=kind, late=late, proposed_by_id=actor.person_id, in_force_at=None if late else now())
        try:
            with session.begin_nested():
                session.add(closure)
        except IntegrityError as error:  # another operator was faster
            raise Conflict(_("This day already has an entry. Remove it first.")) from error
        audit.record(audit.AuditName.CLOSURE_ADDED, actor, "closure", closure.id, date=day.isoformat())
    return closure


def confirm_closure(actor: Actor, closure_id: int) -> Closure:
    """Let a late entry count from now on, in place of what the day had before.

    Raises NotFound, Forbidden for whoever proposed it, and Conflict when it does not wait any more.
    """
    with atomic() as session:
        closure = _waiting(actor, closure_id)
        if not can_confirm_closure(actor, closure):
            raise Forbidden(_("Somebody else must confirm what you proposed."))
        former = in_force_on(closure.day)
        if former is not None:
            former.ended_at, former.ended_by_id = now(), actor.person_id
            session.flush()
        closure.in_force_at, closure.confirmed_by_id = now(), actor.person_id
        audit.record(audit.AuditName.CLOSURE_CONFIRMED, actor, "closure", closure.id, date=closure.day.isoformat())
    return closure


def refuse_closure(actor: Actor, closure_id: int) -> Closure:
    """Do not let a late entry count; whoever proposed it can so take it back.

    Raises NotFound, Forbidden, and Conflict when it does not wait any more.
    """
    with atomic():
        closure = _waiting(actor, closure_id)
        _end(actor, closure)
    return closure


def remove_closure(actor: Actor, *, day: date) -> None:
    """Give a day that lies ahead back to the calendar, or take back what waits.

    Raises Forbidden, NotFound when the day has no entry, and Conflict when it counts and has begun: due dates may have
    been counted with it, so a contrary entry is needed, which takes two.
    """
    _require(actor)
    with atomic():
        closure = waiting_on(day) or in_force_on(day)
        if closure is None:
            raise NotFound(_("This day has no entry."))
        if not closure.waiting and day <= local(now()).date():
            raise Conflict(_("This day has begun, so its entry stays. Enter the contrary; somebody else confirms it."))
        _end(actor, closure)


def _end(actor: Actor, closure: Closure) -> None:
    closure.ended_at, closure.ended_by_id = now(), actor.person_id
    audit.record(audit.AuditName.CLOSURE_REMOVED, actor, "closure", closure.id, date=closure.day.isoformat())


def _waiting(actor: Actor, closure_id: int) -> Closure:
    """The entry, locked. Raises Forbidden, NotFound, Conflict."""
    _require(actor)
    with atomic() as session:
        closure = session.scalar(select(Closure).where(Closure.id == closure_id).with_for_update())
    if closure is None:
        raise NotFound
    if not closure.waiting:
        raise Conflict(_("Somebody has already decided about this entry."))
    return closure


def _check(names: list[str], reasons: list[str], *, late: bool) -> None:
    problems: dict[str, object] = {}
    for field, name in zip(("name_ko", "name_en"), names, strict=True):
        if not 0 < len(name) <= NAME_MAX:
            problems[field] = _("Give the day a name, short enough for a line.")
    for field, reason in zip(("reason_ko", "reason_en"), reasons, strict=True):
        if len(reason) > REASON_MAX:
            problems[field] = _("The reason is too long. Use at most %(count)s characters.", count=REASON_MAX)
        if late and not reason:
            problems[field] = _("This day has begun. Write why it is entered so late; everybody reads it.")
    if problems:
        raise Invalid(" ".join(dict.fromkeys(map(str, problems.values()))), fields=problems)


def _require(actor: Actor) -> None:
    if not can_edit_closures(actor):
        raise Forbidden(_("Only operators of the portal may change the calendar."))
