"""Working days and office hours: public holidays, declared closures, and the hours of a working day. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import holidays

DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
Names = tuple[str, str]


class Reason(StrEnum):
    """Why a day is not counted, or why the last day was moved. Stable codes, shown through `wording`."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    CLOSURE = "closure"
    AFTER_HOURS = "after_hours"
    MOVED = "moved"
    PAUSED = "paused"
    MADE_UP = "made_up"


@dataclass(frozen=True)
class OfficeHours:
    """The spans of a working day in local time. Raises ValueError when empty, out of order or overlapping."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(18)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        in_order = all(a <= b for a, b in pairwise(edges)) and all(start < end for start, end in self.spans)
        if not edges or not in_order:
            raise ValueError("office hours are spans such as 09:00-12:00, in order, without overlap")

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """Read `09:00-12:00,13:00-18:00`. Raises ValueError."""
        pairs = [part.strip().split("-") for part in text.split(",")]
        return cls(tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs))

    def on(self, day: date, tz: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """The spans of one local day as instants in UTC."""
        for start, end in self.spans:
            yield _instant(day, start, tz), _instant(day, end, tz)


@dataclass(frozen=True)
class DayOff:
    """Why an office is closed on a day; holidays and closures carry their names."""

    reason: Reason
    name_ko: str = ""
    name_en: str = ""


def _no_holidays(_day: date) -> Names | None:
    return None


@dataclass(frozen=True)
class Calendar:
    """Which days count. `holidays` gives the (Korean, English) names of a public holiday or None.

    `closures` closes further days, `opened` opens days that would be closed, weekends included.
    """

    holidays: Callable[[date], Names | None] = _no_holidays
    closures: Mapping[date, Names] = field(default_factory=dict)
    opened: frozenset[date] = frozenset()
    hours: OfficeHours = OfficeHours()

    def day_off(self, day: date) -> DayOff | None:
        """Why the day is not counted, or None for a working day. A name is worth more than "Saturday"."""
        if day in self.opened:
            return None
        if day in self.closures:
            return DayOff(Reason.CLOSURE, *self.closures[day])
        if names := self.holidays(day):
            return DayOff(Reason.HOLIDAY, *names)
        if day.weekday() >= SATURDAY:
            return DayOff(Reason.SUNDAY if day.weekday() == SUNDAY else Reason.SATURDAY)
        return None


def end_of(day: date, tz: tzinfo) -> datetime:
    """The instant, in UTC, at which a local day is over: the midnight after it."""
    return _instant(day + DAY, time(0), tz)


def _instant(day: date, at: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=tz).astimezone(UTC)


def public_holidays(country: str) -> Callable[[date], Names | None]:
    """A look-up of public holidays with their (Korean, English) names.

    `country`: ISO 3166 code such as `KR`. Raises NotImplementedError for a country without holiday data.
    """
    _holidays_of(country, 2000)

    def names(day: date) -> Names | None:
        return _holidays_of(country, day.year).get(day)

    return names


@lru_cache(maxsize=256)
def _holidays_of(country: str, year: int) -> Mapping[date, Names]:
    """One whole year at a time: the library's own mapping grows while it is read, unsafe between threads."""
    korean = holidays.country_holidays(country, years=year, language="ko")
    english = holidays.country_holidays(country, years=year, language="en_US")
    return MappingProxyType({day: (name, english[day]) for day, name in sorted(korean.items())})
