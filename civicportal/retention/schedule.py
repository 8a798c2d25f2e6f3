"""The retention schedule as versioned data: what is kept for how long, from when, why, and what happens then.

Pure: no database, no request. A change is a further `Period` of the same name with the next version and the day from
which it holds; the log of what went names the version that was applied.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from civicportal.core.i18n import lazy


class Unit(StrEnum):
    """How a length is counted. `YEARS` begin with the year after the matter was closed, as those of public records."""

    YEARS = "years"
    DAYS = "days"
    SETTING = "setting"
    FOR_GOOD = "for good"


@dataclass(frozen=True)
class Period:
    """How long one kind of thing is kept. `length` is in `unit`; `setting` names the one that says it otherwise.

    `after`: what it is counted from. `then`: what happens at its end. `basis`: law or reason. `in_force`: from when.
    """

    name: str
    version: int
    title: object
    unit: Unit
    length: int
    after: object
    then: object
    basis: object
    setting: str = ""
    in_force: date = date(2025, 1, 1)


_ERASED = lazy("It is deleted.")
_RECORDS = lazy("Public Records Management Act and its Enforcement Decree, Article 26; records schedule")
_ACCESS = lazy("Personal Information Protection Act, Article 29; Standards of measures to secure personal information, "
               "Article 8")
_PURPOSE = lazy("Personal Information Protection Act, Article 21: no longer than its purpose needs")

PERIODS: tuple[Period, ...] = (
    Period("petitions", 1, lazy("Petitions and proposals that were answered, with files and answers"), Unit.YEARS, 10,
           lazy("the year in which they were answered"),
           lazy("Name, text, files and answers are deleted. Dates, institution and marks stay for statistics."),
           _RECORDS),
    Period("unconfirmed", 1, lazy("Petitions whose address nobody confirmed"), Unit.SETTING, 0, lazy("filing"),
           _ERASED, _PURPOSE, setting="confirm_days"),
    Period("drafts", 1, lazy("Drafts"), Unit.SETTING, 0, lazy("the last change"), _ERASED, _PURPOSE,
           setting="draft_days"),
    Period("acts", 1, lazy("The record of who did what (audit)"), Unit.YEARS, 10, lazy("the year of the act"), _ERASED,
           _RECORDS),
    Period("access", 1, lazy("Sign-ins, failed tries and refusals in that record"), Unit.YEARS, 2,
           lazy("the year of the try"), _ERASED, _ACCESS),
    Period("exports", 1, lazy("Which lists officials took out of the portal, and why"), Unit.YEARS, 2,
           lazy("the year of the export"), _ERASED, _ACCESS),
    Period("mails", 1, lazy("Address and contents of e-mails"), Unit.DAYS, 90, lazy("writing"),
           lazy("They are deleted. That there was a mail stays until its notice goes."), _PURPOSE),
    Period("notices", 1, lazy("Notices in the portal, and that there were e-mails"), Unit.DAYS, 730,
           lazy("writing"), _ERASED, _PURPOSE),
    Period("sessions", 1, lazy("Sign-ins of browsers"), Unit.DAYS, 1, lazy("their end"), _ERASED, _PURPOSE),
    Period("votes", 1, lazy("Public logs of votes, tasks and decisions, without names of voters"), Unit.FOR_GOOD, 0,
           lazy("the end"), lazy("They stay: everybody can count again."), _RECORDS),
)


def in_force(name: str, day: date) -> Period:
    """The version of a period that holds on a day. Raises KeyError for an unknown name or a day before the first."""
    found = [period for period in PERIODS if period.name == name and period.in_force <= day]
    if not found:
        raise KeyError(name)
    return max(found, key=lambda period: period.version)


def all_in_force(day: date) -> list[Period]:
    """The schedule as it holds on a day, in its order."""
    names = dict.fromkeys(period.name for period in PERIODS)
    return [in_force(name, day) for name in names]


def cutoff(period: Period, at: datetime, zone: tzinfo) -> datetime:
    """What was closed before this instant (UTC) has been kept long enough at `at`. Raises ValueError for the others.

    Years: what was closed in the year Y is kept to the end of the year Y + `length`, on the clocks of `zone`.
    """
    if period.unit is Unit.DAYS:
        return at - timedelta(days=period.length)
    if period.unit is Unit.YEARS:
        year = at.astimezone(zone).year - period.length
        return datetime.combine(date(year, 1, 1), time(), zone).astimezone(UTC)
    raise ValueError(f"{period.name} has no length of its own")


def kept_until(period: Period, closed: datetime, zone: tzinfo) -> date | None:
    """The last day on which something closed at an instant is kept; None where no length of its own says it."""
    if period.unit is Unit.DAYS:
        return (closed.astimezone(zone) + timedelta(days=period.length)).date()
    if period.unit is Unit.YEARS:
        return date(closed.astimezone(zone).year + period.length, 12, 31)
    return None
