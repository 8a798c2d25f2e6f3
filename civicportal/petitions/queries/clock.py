"""The clock of one part as pages show it: until when, how it stands now, and why this date."""

from dataclasses import dataclass
from datetime import timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, local, moment_text, ngettext, timezone
from civicportal.deadlines import wording
from civicportal.deadlines.calendar import Calendar
from civicportal.deadlines.counting import compute
from civicportal.deadlines.queries import portal_calendar
from civicportal.deadlines.rules import RULES
from civicportal.deadlines.standing import Remaining, remaining
from civicportal.deadlines.steps import ClockStep, clock_steps
from civicportal.petitions.models import Assignment

SOON_OFFICE_TIME = timedelta(hours=2)


@dataclass(frozen=True)
class ClockView:
    """What `components/clock.html` draws. `standing`: a whole sentence; `steps`: why it is this date.

    `told`: that the date stays as it was told, where it would be counted otherwise today.
    """

    standing: str
    late: bool
    soon: bool
    note: str = ""
    steps: tuple[ClockStep, ...] = ()
    told: str = ""

    @property
    def unverified(self) -> bool:
        """Whether a part of the rules behind the date was not read in the law."""
        return any(step.unverified for step in self.steps)


def clock_of(part: Assignment, *, calendar: Calendar | None = None, explain: bool = True, note: str = "") -> ClockView:
    """The clock of a part. `calendar`: give it when many clocks are drawn; `explain`: count the days as well."""
    days_off = calendar or portal_calendar()
    left = remaining(part.due_at, part.due_date, now(), days_off, timezone())
    late = left.late or part.late_since is not None
    soon = not late and _soon(left)
    note = note or _mark(part)
    standing = wording.standing(part.due_at, part.due_date, left)
    if not explain:
        return ClockView(standing, late, soon, note)
    deadline = compute(RULES[part.rule, part.rule_version], part.received_at, portal_calendar(at=part.counted_at),
                       timezone(), filed_at=part.filed_at)
    told = "" if deadline.due_at == part.due_at else _(
        "The calendar has changed since this date was told. The date stays.")
    return ClockView(standing, late, soon, note, clock_steps(deadline), told)


def _mark(part: Assignment) -> str:
    """That it was late before its type was changed; empty for all others."""
    if part.late_since is None:
        return ""
    return _("It was late before its type was changed: it was due by %(moment)s.", moment=moment_text(part.late_since))


def _soon(left: Remaining) -> bool:
    if left.office_time is not None:
        return left.office_time <= SOON_OFFICE_TIME
    return left.working_days <= settings().due_soon_days


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
