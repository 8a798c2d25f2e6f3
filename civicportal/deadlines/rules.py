"""Counting of time under Article 19 of the Civil Petitions Treatment Act. Pure: no database, no request.

A deadline is an exclusive instant: what happens before `due_at` is in time, at `due_at` it is late.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from civicportal.core.i18n import lazy
from civicportal.deadlines.calendar import DAY, Calendar, DayOff, Reason, end_of


class Regime(StrEnum):
    """How a length is counted."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_MONTHS = "calendar_months"


@dataclass(frozen=True)
class Rule:
    """A period fixed by law.

    A change of law is a new version; stored due dates keep the version they were counted with.
    """

    name: str
    version: int
    regime: Regime
    length: int
    article: object

    @property
    def unit(self) -> str:
        """What `length` counts: `hours`, `days` or `months`."""
        return self.regime.value.partition("_")[2]


PETITION = Rule("petition", 1, Regime.WORKING_DAYS, 7, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Articles 14 to 17"))
PROPOSAL = Rule("proposal", 1, Regime.CALENDAR_MONTHS, 1, lazy(
    "National Proposal Regulation; Civil Petitions Treatment Act, Article 19; Civil Act, Articles 160, 161"))
TRIAGE = Rule("triage", 1, Regime.WORKING_HOURS, 8, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Articles 6 and 13"))
RULES: Mapping[tuple[str, int], Rule] = {
    (rule.name, rule.version): rule for rule in (PETITION, PROPOSAL, TRIAGE)
}
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class CountedDay:
    """One line of an explanation.

    `number` is the day's place in the count, None when it is not counted; `minutes` what an hour rule took
    from it. A closed day inside a month is counted and still carries its reason.
    """

    date: date
    number: int | None
    minutes: int = 0
    off: DayOff | None = None

    @property
    def counted(self) -> bool:
        return self.number is not None


@dataclass(frozen=True)
class Deadline:
    """When something is due. `due_at`: exclusive instant in UTC. `due_date`: last local day to act on."""

    rule: Rule
    due_at: datetime
    due_date: date
    explanation: tuple[CountedDay, ...]


def compute(rule: Rule, received_at: datetime, calendar: Calendar, tz: tzinfo) -> Deadline:
    """Count `rule` from the instant of receipt on the calendar of `tz`.

    Civil Petitions Treatment Act Art. 19: periods of 5 days or less in hours from the minute of receipt;
    longer ones in days, the day of receipt included; both without Saturdays and public holidays. Months by
    the calendar, the day of receipt included, ending as Civil Act Art. 160 and 161 say. Raises ValueError for
    a time without zone.
    """
    if received_at.tzinfo is None:
        raise ValueError("the time of receipt must carry its zone")
    first = received_at.astimezone(tz).date()
    if rule.regime is Regime.WORKING_HOURS:
        return _hours(rule, received_at, first, calendar, tz)
    count = _days if rule.regime is Regime.WORKING_DAYS else _months
    days = count(rule, first, calendar)
    return Deadline(rule, end_of(days[-1].date, tz), days[-1].date, tuple(days))


def _days(rule: Rule, first: date, calendar: Calendar) -> list[CountedDay]:
    lines: list[CountedDay] = []
    number, day = 0, first
    while number < rule.length:
        off = calendar.day_off(day)
        number += off is None
        lines.append(CountedDay(day, None if off else number, off=off))
        day += DAY
    return lines


def _months(rule: Rule, first: date, calendar: Calendar) -> list[CountedDay]:
    days = [first + n * DAY for n in range((_last_day(first, rule.length) - first).days + 1)]
    lines = [CountedDay(day, number, off=calendar.day_off(day)) for number, day in enumerate(days, 1)]
    if lines[-1].off:  # Civil Act Art. 161: a period that would end on a closed day ends on the next open one
        day = days[-1] + DAY
        while off := calendar.day_off(day):
            lines.append(CountedDay(day, None, off=off))
            day += DAY
        lines.append(CountedDay(day, None, off=DayOff(Reason.MOVED)))
    return lines


def _last_day(first: date, months: int) -> date:
    """Civil Act Art. 160: the day before the corresponding day; without such a day, the end of its month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    corresponding = date(year, month + 1, 1) + (first.day - 1) * DAY
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(corresponding, following) - DAY


def _hours(rule: Rule, received_at: datetime, first: date, calendar: Calendar, tz: tzinfo) -> Deadline:
    start = end = received_at.astimezone(UTC).replace(second=0, microsecond=0)
    left = timedelta(hours=rule.length)
    lines: list[CountedDay] = []
    number, day = 0, first - DAY
    while left:
        day += DAY
        off, used = calendar.day_off(day), timedelta()
        if not off:
            used, end = _use(calendar.hours.on(day, tz), start, left)
            off = None if used else DayOff(Reason.AFTER_HOURS)
        left -= used
        number += bool(used)
        lines.append(CountedDay(day, number if used else None, used // MINUTE, off))
    return Deadline(rule, end, day, tuple(lines))


def _use(
    spans: Iterator[tuple[datetime, datetime]], start: datetime, left: timedelta
) -> tuple[timedelta, datetime]:
    """Take up to `left` from the spans after `start`: what was taken, and the instant at which it was."""
    used, at = timedelta(), start
    for opens, closes in spans:
        begin = max(opens, start)
        if begin < closes and used < left:
            taken = min(closes - begin, left - used)
            used, at = used + taken, begin + taken
    return used, at


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
