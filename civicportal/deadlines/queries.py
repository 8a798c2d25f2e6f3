"""The calendar that deadlines are counted on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from civicportal.core.configuration import settings
from civicportal.core.i18n import timezone
from civicportal.core.transactions import current
from civicportal.deadlines.calendar import Calendar, OfficeHours, public_holidays
from civicportal.deadlines.counting import Deadline, Extension, Pause, compute
from civicportal.deadlines.models import Closure, ClosureKind
from civicportal.deadlines.rules import Rule

DEFAULT_HOURS = OfficeHours()


def calendar(country: str, hours: OfficeHours = DEFAULT_HOURS) -> Calendar:
    """Public holidays of `country` (ISO 3166, such as `KR`) corrected by the table of closures.

    One small SELECT: an entry made by another process counts from its next deadline on.
    """
    rows = closures()
    return Calendar(
        public_holidays(country),
        closures={row.day: (row.name_ko, row.name_en) for row in rows if row.kind is ClosureKind.CLOSED},
        opened=frozenset(row.day for row in rows if row.kind is ClosureKind.OPEN),
        hours=hours,
    )


def closures() -> Sequence[Closure]:
    """All entries, earliest day first."""
    return current().scalars(select(Closure).order_by(Closure.day)).all()


def portal_calendar() -> Calendar:
    """The calendar of this portal's country."""
    return calendar(settings().holiday_country)


def portal_deadline(
    rule: Rule, received_at: datetime, *, pauses: Sequence[Pause] = (), extensions: Sequence[Extension] = (),
    filed_at: datetime | None = None,
) -> Deadline:
    """When something received at this aware instant is due under `rule`, on this portal's calendar and clocks.

    Raises ValueError as `compute` does.
    """
    return compute(rule, received_at, portal_calendar(), timezone(), pauses=pauses, extensions=extensions,
                   filed_at=filed_at)
