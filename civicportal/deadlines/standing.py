"""How a stored deadline stands at an instant, in working time. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from civicportal.deadlines.calendar import DAY, Calendar, end_of


@dataclass(frozen=True)
class Remaining:
    """How a deadline stands. Not late: `working_days` left, today included. Late: working days begun since.

    `office_time` is the office time left or run over, given only where the deadline falls inside a day.
    """

    late: bool
    working_days: int
    office_time: timedelta | None = None


def remaining(due_at: datetime, due_date: date, now: datetime, calendar: Calendar, tz: tzinfo) -> Remaining:
    """Compare a stored deadline with the present instant, in working time of the calendar."""
    today = now.astimezone(tz).date()
    late = now >= due_at
    first, last = (due_date + DAY, today) if late else (today, due_date)
    days = sum(calendar.day_off(first + n * DAY) is None for n in range((last - first).days + 1))
    if due_at == end_of(due_date, tz):
        return Remaining(late, days)
    return Remaining(late, days, office_time(min(now, due_at), max(now, due_at), calendar, tz))


def office_time(start: datetime, end: datetime, calendar: Calendar, tz: tzinfo) -> timedelta:
    """Office time between two instants."""
    total = timedelta()
    first, last = start.astimezone(tz).date(), end.astimezone(tz).date()
    for day in (first + n * DAY for n in range((last - first).days + 1)):
        if calendar.day_off(day) is None:
            for opens, closes in calendar.hours.on(day, tz):
                total += max(min(closes, end) - max(opens, start), timedelta())
    return total
