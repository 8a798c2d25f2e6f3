"""The calendar that deadlines are counted on."""

from collections.abc import Sequence

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.deadlines.calendar import Calendar, OfficeHours, public_holidays
from civicportal.deadlines.models import Closure, ClosureKind

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
