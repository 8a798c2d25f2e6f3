"""Counting a period from the instant of receipt, with its pauses and extensions. Pure: no database, no request.

A deadline is an exclusive instant: what happens before `due_at` is in time, at `due_at` it is late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from civicportal.deadlines.calendar import DAY, Calendar, DayOff, Reason, end_of
from civicportal.deadlines.rules import Regime, Rule

MINUTE = timedelta(minutes=1)
PAUSED = DayOff(Reason.PAUSED)


@dataclass(frozen=True)
class Pause:
    """A time that the period does not count: from the demand to the reply, both aware instants.

    Enforcement Decree of the Civil Petitions Treatment Act, Articles 17 (5) and 20. Raises ValueError when it ends
    before it begins or carries no zone.
    """

    since: datetime
    until: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a pause must carry its zone")
        if self.until < self.since:
            raise ValueError("a pause ends before it begins")


@dataclass(frozen=True)
class Extension:
    """How much longer a period was made, in the unit of its rule, and why. Enforcement Decree, Article 21."""

    length: int
    reason: str = ""


@dataclass(frozen=True)
class CountedDay:
    """One line of an explanation.

    `number` is the day's place in the count, None when it is not counted; `minutes` what an hour rule took from it and
    `paused` the minutes of office time that a pause left out. `extended`: counted by an extension. A closed day inside
    a month is counted and still carries its reason.
    """

    date: date
    number: int | None
    minutes: int = 0
    off: DayOff | None = None
    paused: int = 0
    extended: bool = False

    @property
    def counted(self) -> bool:
        return self.number is not None


@dataclass(frozen=True)
class Deadline:
    """When something is due, and all that it was counted from.

    `due_at`: exclusive instant in UTC. `due_date`: last local day to act on. `filed_at`: when it was sent, where that
    is not the moment of receipt.
    """

    rule: Rule
    due_at: datetime
    due_date: date
    explanation: tuple[CountedDay, ...]
    received_at: datetime
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    filed_at: datetime | None = None


@dataclass(frozen=True)
class _Count:
    """What one count goes by: `total` with the extensions, in the rule's unit."""

    rule: Rule
    total: int
    received_at: datetime
    calendar: Calendar
    tz: tzinfo
    pauses: tuple[Pause, ...]

    @property
    def first(self) -> date:
        return self.received_at.astimezone(self.tz).date()

    def is_paused(self, day: date) -> bool:
        """Whether a pause takes the whole day: the days after the demand, up to and including that of the reply."""
        return any(pause.since.astimezone(self.tz).date() < day <= pause.until.astimezone(self.tz).date()
                   for pause in self.pauses)


def compute(
    rule: Rule, received_at: datetime, calendar: Calendar, tz: tzinfo, *,
    pauses: Sequence[Pause] = (), extensions: Sequence[Extension] = (), filed_at: datetime | None = None,
) -> Deadline:
    """Count `rule` from the instant of receipt on the calendar of `tz`.

    Civil Petitions Treatment Act Art. 19: periods of 5 days or less in hours from the minute of receipt; longer ones
    in days, the day of receipt included; both without Saturdays and public holidays. Months by the calendar, the day
    of receipt included, ending as Civil Act Art. 160 and 161 say; calendar days likewise.

    Pauses: hours lose exactly the paused minutes of office time; days lose the days after the demand up to and
    including the reply; months are given as many working days after their end. Time in two pauses counts once.
    Raises ValueError for a time without zone and for an extension that the rule does not allow.
    """
    if received_at.tzinfo is None:
        raise ValueError("the time of receipt must carry its zone")
    total = rule.length + _extension(rule, extensions)
    count = _Count(rule, total, received_at, calendar, tz, tuple(pauses))
    if rule.regime is Regime.WORKING_HOURS:
        due_at, lines = _hours(count)
        due_date = lines[-1].date
    else:
        lines = {Regime.WORKING_DAYS: _days, Regime.CALENDAR: _calendar_days, Regime.CALENDAR_MONTHS: _months}[
            rule.regime](count)
        due_date = lines[-1].date
        due_at = end_of(due_date, tz)
    return Deadline(rule, due_at, due_date, tuple(lines), received_at, count.pauses, tuple(extensions), filed_at)


def _extension(rule: Rule, extensions: Sequence[Extension]) -> int:
    """How much longer all extensions make the period."""
    if len(extensions) > len(rule.extensions):
        raise ValueError(f"this period may be extended {len(rule.extensions)} times, not {len(extensions)} times")
    for extension, most in zip(extensions, rule.extensions, strict=False):
        if not 0 < extension.length <= most:
            raise ValueError(f"an extension of this period has from 1 to {most} {rule.unit}")
    return sum(extension.length for extension in extensions)


def _days(count: _Count) -> list[CountedDay]:
    lines: list[CountedDay] = []
    number, day = 0, count.first
    while number < count.total:
        off = count.calendar.day_off(day) or (PAUSED if count.is_paused(day) else None)
        number += off is None
        lines.append(_line(count.rule, day, None if off else number, off))
        day += DAY
    return lines


def _calendar_days(count: _Count) -> list[CountedDay]:
    lines: list[CountedDay] = []
    number, day = 0, count.first
    while number < count.total:
        if count.is_paused(day):
            lines.append(CountedDay(day, None, off=PAUSED))
        else:
            number += 1
            lines.append(_line(count.rule, day, number, count.calendar.day_off(day)))
        day += DAY
    return [*lines, *_moved(count, lines[-1].date)]


def _line(rule: Rule, day: date, number: int | None, off: DayOff | None) -> CountedDay:
    return CountedDay(day, number, off=off, extended=number is not None and number > rule.length)


def _months(count: _Count) -> list[CountedDay]:
    first, usual_last = count.first, _last_day(count.first, count.rule.length)
    days = [first + n * DAY for n in range((_last_day(first, count.total) - first).days + 1)]
    lines = [CountedDay(day, number, off=count.calendar.day_off(day) or (PAUSED if count.is_paused(day) else None),
                        extended=day > usual_last) for number, day in enumerate(days, 1)]
    lines += _moved(count, days[-1])
    return [*lines, *_made_up(count, lines)]


def _moved(count: _Count, last: date) -> Iterator[CountedDay]:
    """Civil Act Art. 161: a period that would end on a closed day ends on the next open one."""
    if count.calendar.day_off(last) is None:
        return
    day = last + DAY
    while off := count.calendar.day_off(day) or (PAUSED if count.is_paused(day) else None):
        yield CountedDay(day, None, off=off)
        day += DAY
    yield CountedDay(day, None, off=DayOff(Reason.MOVED))


def _made_up(count: _Count, lines: Sequence[CountedDay]) -> Iterator[CountedDay]:
    """As many working days after the end of a month as a pause took before it.

    A day that was declared closed is given back as well: no closure may make a period shorter.
    """
    usual = replace(count.calendar, closures={})
    owed = sum(line.counted and count.is_paused(line.date) and usual.day_off(line.date) is None for line in lines)
    day, number = lines[-1].date, max(line.number or 0 for line in lines)
    while owed:
        day += DAY
        off = count.calendar.day_off(day) or (PAUSED if count.is_paused(day) else None)
        owed -= off is None
        number += off is None
        yield CountedDay(day, None if off else number, off=off or DayOff(Reason.MADE_UP))


def _last_day(first: date, months: int) -> date:
    """Civil Act Art. 160: the day before the corresponding day; without such a day, the end of its month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    corresponding = date(year, month + 1, 1) + (first.day - 1) * DAY
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(corresponding, following) - DAY


def _hours(count: _Count) -> tuple[datetime, list[CountedDay]]:
    start = end = _minute(count.received_at)
    gaps = _gaps(count.pauses)
    usual, left = timedelta(hours=count.rule.length), timedelta(hours=count.total)
    lines: list[CountedDay] = []
    number, day, taken = 0, count.first - DAY, timedelta()
    while taken < left:
        day += DAY
        off, used, paused = count.calendar.day_off(day), timedelta(), timedelta()
        if not off:
            spans = tuple(count.calendar.hours.on(day, count.tz))
            used, paused, end = _use(spans, start, left - taken, gaps)
            if not used:
                off = PAUSED if paused else DayOff(Reason.AFTER_HOURS)
        taken += used
        number += bool(used)
        lines.append(CountedDay(day, number if used else None, used // MINUTE, off, paused // MINUTE,
                                extended=bool(used) and taken > usual))
    return end, lines


def _minute(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


Span = tuple[datetime, datetime]


def _gaps(pauses: Sequence[Pause]) -> list[Span]:
    """The pauses to the minute, earliest first, those that touch made one."""
    merged: list[Span] = []
    for since, until in sorted((_minute(pause.since), _minute(pause.until)) for pause in pauses):
        if merged and since <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], until)
        else:
            merged.append((since, until))
    return merged


def _use(
    spans: Sequence[Span], start: datetime, left: timedelta, gaps: Sequence[Span]
) -> tuple[timedelta, timedelta, datetime]:
    """Take up to `left` from the spans after `start`, without the gaps.

    Gives what was taken, what the gaps left out until then, and the instant at which it was taken.
    """
    used, at = timedelta(), start
    for begin, close in _open(spans, start, gaps):
        if used < left:
            taken = min(close - begin, left - used)
            used, at = used + taken, begin + taken
    stop = at if used == left else spans[-1][1]
    office = sum((max(min(closes, stop) - max(opens, start), timedelta()) for opens, closes in spans), timedelta())
    return used, office - used, at


def _open(spans: Sequence[Span], start: datetime, gaps: Sequence[Span]) -> Iterator[Span]:
    """What is left of the spans after `start` when the gaps are cut out."""
    for opens, closes in spans:
        begin = max(opens, start)
        for since, until in gaps:
            if begin < min(since, closes):
                yield begin, min(since, closes)
            begin = max(begin, until)
        if begin < closes:
            yield begin, closes
