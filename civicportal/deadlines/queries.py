"""The calendar that deadlines are counted on, as it stands or stood."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.i18n import local, timezone
from civicportal.core.transactions import current
from civicportal.deadlines.calendar import Calendar, OfficeHours, public_holidays
from civicportal.deadlines.counting import Deadline, Extension, Pause, compute
from civicportal.deadlines.models import Closure, ClosureKind
from civicportal.deadlines.rules import Rule

DEFAULT_HOURS = OfficeHours()
SHOWN = 300
_IN_FORCE = Closure.in_force_at.is_not(None) & Closure.ended_at.is_(None)
_WAITING = Closure.in_force_at.is_(None) & Closure.ended_at.is_(None)


def calendar(country: str, hours: OfficeHours = DEFAULT_HOURS, *, at: datetime | None = None) -> Calendar:
    """Public holidays of `country` (ISO 3166, such as `KR`) corrected by the table of closures.

    `at`: as the table stood at that instant, unless as it stands. One small SELECT: an entry made by another process
    counts from its next deadline on.
    """
    rows = closures(at=at)
    return Calendar(
        public_holidays(country),
        closures={row.day: (row.name_ko, row.name_en) for row in rows if row.kind is ClosureKind.CLOSED},
        opened=frozenset(row.day for row in rows if row.kind is ClosureKind.OPEN),
        hours=hours,
    )


def closures(*, at: datetime | None = None) -> Sequence[Closure]:
    """The entries that count, or counted at an instant, earliest day first."""
    counts: ColumnElement[bool] = _IN_FORCE
    if at is not None:
        counts = (Closure.in_force_at <= at) & or_(Closure.ended_at.is_(None), Closure.ended_at > at)
    return current().scalars(select(Closure).where(counts).order_by(Closure.day)).all()


def waiting() -> Sequence[Closure]:
    """Late entries that wait for a second person, earliest day first."""
    return current().scalars(select(Closure).where(_WAITING).options(*_people()).order_by(Closure.day)).all()


def coming() -> Sequence[Closure]:
    """The entries of days that lie ahead, earliest day first."""
    today = local(now()).date()
    return current().scalars(select(Closure).where(_IN_FORCE, Closure.day > today).order_by(Closure.day)).all()


def entry(closure_id: int) -> Closure:
    """Raises NotFound."""
    closure = current().get(Closure, closure_id)
    if closure is None:
        raise NotFound
    return closure


def told() -> Sequence[Closure]:
    """Every entry there is or was, newest day first; at most SHOWN."""
    return current().scalars(
        select(Closure).options(*_people()).order_by(Closure.day.desc(), Closure.id.desc()).limit(SHOWN)).all()


def _people() -> list[Any]:
    return [joinedload(Closure.proposed_by), joinedload(Closure.confirmed_by), joinedload(Closure.ended_by)]


def in_force_on(day: date) -> Closure | None:
    """The entry that counts on a day."""
    return current().scalar(select(Closure).where(Closure.day == day, _IN_FORCE))


def waiting_on(day: date) -> Closure | None:
    """The late entry of a day that waits for a second person."""
    return current().scalar(select(Closure).where(Closure.day == day, _WAITING))


def portal_calendar(*, at: datetime | None = None) -> Calendar:
    """The calendar of this portal's country, as it stands or stood at an instant."""
    return calendar(settings().holiday_country, at=at)


def portal_deadline(
    rule: Rule, received_at: datetime, *, pauses: Sequence[Pause] = (), extensions: Sequence[Extension] = (),
    filed_at: datetime | None = None,
) -> Deadline:
    """When something received at this aware instant is due under `rule`, on this portal's calendar and clocks.

    Raises ValueError as `compute` does.
    """
    return compute(rule, received_at, portal_calendar(), timezone(), pauses=pauses, extensions=extensions,
                   filed_at=filed_at)
