"""The clock of one part as pages show it: until when, how it stands now, and why this date."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, local, ngettext, timezone
from civicportal.deadlines import wording
from civicportal.deadlines.calendar import Calendar
from civicportal.deadlines.counting import CountedDay, compute
from civicportal.deadlines.queries import portal_calendar
from civicportal.deadlines.rules import RULES, Regime, Rule
from civicportal.deadlines.standing import Remaining, remaining
from civicportal.petitions.models import Assignment

Day = tuple[date, int | None, str]
SOON_OFFICE_TIME = timedelta(hours=2)


@dataclass(frozen=True)
class ClockView:
    """What `components/clock.html` draws. `standing`: a whole sentence; `days`: (date, number or None, note)."""

    standing: str
    late: bool
    soon: bool
    note: str = ""
    period: str = ""
    days: tuple[Day, ...] = ()


def clock_of(part: Assignment, *, calendar: Calendar | None = None, explain: bool = True, note: str = "") -> ClockView:
    """The clock of a part. `calendar`: give it when many clocks are drawn; `explain`: count the days as well."""
    days_off = calendar or portal_calendar()
    left = remaining(part.due_at, part.due_date, now(), days_off, timezone())
    rule = RULES[part.rule, part.rule_version]
    soon = not left.late and _soon(left)
    standing = wording.standing(part.due_at, part.due_date, left)
    if not explain:
        return ClockView(standing, left.late, soon, note)
    return ClockView(standing, left.late, soon, note, wording.period(rule), _days(rule, part.received_at, days_off))


def _soon(left: Remaining) -> bool:
    if left.office_time is not None:
        return left.office_time <= SOON_OFFICE_TIME
    return left.working_days <= settings().due_soon_days


def _days(rule: Rule, received_at: datetime, calendar: Calendar) -> tuple[Day, ...]:
    lines = compute(rule, received_at, calendar, timezone()).explanation
    return tuple((line.date, line.number, _note(rule, line)) for line in lines)


def _note(rule: Rule, line: CountedDay) -> str:
    if line.off is not None:
        return wording.day_off_text(line.off)
    if rule.regime is Regime.WORKING_HOURS:
        hours, minutes = divmod(line.minutes, 60)
        return ngettext("%(num)d hour and %(minutes)d minutes", "%(num)d hours and %(minutes)d minutes",
                        hours, minutes=minutes)
    return ""


def late_note(part: Assignment) -> str:
    """What an officer can do about a late part; empty while it is in time."""
    if now() < part.due_at:
        return ""
    if part.binding:
        return _("Answer now. The author sees that it is late.")
    return _("Answer now, or transfer it to the institution that can. The author sees that it is late.")


def age_text(part: Assignment) -> str:
    """How long ago a part was received, in local days."""
    days = (local(now()).date() - local(part.received_at).date()).days
    return ngettext("%(num)d day ago", "%(num)d days ago", days) if days > 0 else _("today")
