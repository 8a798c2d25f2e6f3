"""Deadlines in words, in the reader's language."""

from datetime import date, datetime, timedelta

from civicportal.core.i18n import _, current_locale, long_date, moment_text, ngettext
from civicportal.deadlines.calendar import DayOff, Reason
from civicportal.deadlines.counting import CountedDay, Deadline, Extension, Pause
from civicportal.deadlines.rules import Regime, Rule
from civicportal.deadlines.standing import Remaining

HOUR = timedelta(hours=1)


def standing(due_at: datetime, due_date: date, left: Remaining) -> str:
    """A whole sentence: until when, and how much working time is left or has run over."""
    if left.office_time is not None:
        return _hours_standing(due_at, left.late, left.office_time)
    day = long_date(due_date)
    if not left.late:
        return ngettext("By %(date)s (%(num)d working day left)", "By %(date)s (%(num)d working days left)",
                        left.working_days, date=day)
    if not left.working_days:
        return _("Late: it was due by %(date)s", date=day)
    return ngettext("%(num)d working day late: it was due by %(date)s",
                    "%(num)d working days late: it was due by %(date)s", left.working_days, date=day)


def _hours_standing(due_at: datetime, late: bool, office_time: timedelta) -> str:
    moment, hours = moment_text(due_at), office_time // HOUR
    if late and not hours:
        return _("Late: it was due by %(moment)s", moment=moment)
    if late:
        return ngettext("%(num)d working hour late: it was due by %(moment)s",
                        "%(num)d working hours late: it was due by %(moment)s", hours, moment=moment)
    if not hours:
        return _("By %(moment)s (less than one working hour left)", moment=moment)
    return ngettext("By %(moment)s (%(num)d working hour left)", "By %(moment)s (%(num)d working hours left)",
                    hours, moment=moment)


def period(rule: Rule) -> str:
    """How long a rule gives and how it is counted, as one sentence."""
    if rule.regime is Regime.WORKING_HOURS:
        return ngettext("%(num)d working hour, counted from the minute of receipt",
                        "%(num)d working hours, counted from the minute of receipt", rule.length)
    if rule.regime is Regime.WORKING_DAYS:
        return ngettext("%(num)d working day; the day of receipt counts if it is a working day",
                        "%(num)d working days; the day of receipt counts if it is a working day", rule.length)
    if rule.regime is Regime.CALENDAR:
        return ngettext("%(num)d calendar day; the day of receipt counts",
                        "%(num)d calendar days; the day of receipt counts", rule.length)
    return ngettext("%(num)d month; the day of receipt counts", "%(num)d months; the day of receipt counts",
                    rule.length)


def day_off_text(off: DayOff) -> str:
    """Why a day stands out in an explanation: the name of a holiday or closure, or a short reason."""
    name = off.name_ko if current_locale().startswith("ko") else off.name_en
    if name:
        return name
    return {
        Reason.SATURDAY: _("Saturday"),
        Reason.SUNDAY: _("Sunday"),
        Reason.HOLIDAY: _("Public holiday"),
        Reason.CLOSURE: _("Offices are closed"),
        Reason.AFTER_HOURS: _("Received after office hours"),
        Reason.MOVED: _("The last day was a day off, so the period ends on the next working day"),
        Reason.PAUSED: _("The clock stood still"),
        Reason.MADE_UP: _("In place of a day on which the clock stood still"),
    }[off.reason]


def day_text(rule: Rule, line: CountedDay) -> str:
    """What an explanation says beside a day; empty where there is nothing to say."""
    if line.off is not None:
        return day_off_text(line.off)
    notes = []
    if rule.regime is Regime.WORKING_HOURS:
        notes.append(_hours_text(line.minutes))
    if line.paused:
        notes.append(_("the clock stood still for %(time)s", time=_hours_text(line.paused)))
    if line.extended:
        notes.append(_("extension"))
    return ", ".join(notes)


def _hours_text(all_minutes: int) -> str:
    hours, minutes = divmod(all_minutes, 60)
    return ngettext("%(num)d hour and %(minutes)d minutes", "%(num)d hours and %(minutes)d minutes",
                    hours, minutes=minutes)


def pause_text(pause: Pause) -> str:
    """From when to when the clock stood still."""
    return _("The clock stood still from %(since)s to %(until)s", since=moment_text(pause.since),
             until=moment_text(pause.until))


def extension_text(rule: Rule, extension: Extension) -> str:
    """How much longer a period became."""
    length = extension.length
    if rule.regime is Regime.WORKING_HOURS:
        return ngettext("Extended by %(num)d working hour", "Extended by %(num)d working hours", length)
    if rule.regime is Regime.WORKING_DAYS:
        return ngettext("Extended by %(num)d working day", "Extended by %(num)d working days", length)
    if rule.regime is Regime.CALENDAR:
        return ngettext("Extended by %(num)d calendar day", "Extended by %(num)d calendar days", length)
    return ngettext("Extended by %(num)d month", "Extended by %(num)d months", length)


def due_text(deadline: Deadline) -> str:
    """Until when, without regard to the present."""
    if deadline.rule.regime is Regime.WORKING_HOURS:
        return _("Due by %(moment)s", moment=moment_text(deadline.due_at))
    return _("Due by the end of %(date)s", date=long_date(deadline.due_date))
