"""A vote's clock, rules and thresholds in words, in the reader's language."""

from datetime import datetime, timedelta

from civicportal.core.i18n import _, moment_text, ngettext, number_text, zone_name
from civicportal.voting.states import PolicyKind

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def time_left(left: timedelta) -> str:
    """How long there is still, in the largest whole unit: days, hours or minutes."""
    if left >= DAY:
        return ngettext("%(num)d day left", "%(num)d days left", left // DAY)
    if left >= HOUR:
        return ngettext("%(num)d hour left", "%(num)d hours left", left // HOUR)
    if left >= MINUTE:
        return ngettext("%(num)d minute left", "%(num)d minutes left", left // MINUTE)
    return _("less than a minute left")


def countdown_texts() -> dict[str, str]:
    """The words of `time_left` with `%{num}` for the number, for the script that keeps them current."""
    texts = {"moment": _("less than a minute left"), "over": _("time is up")}
    for form, number in (("one", 1), ("other", 2)):
        texts[f"day-{form}"] = ngettext("%(count)s day left", "%(count)s days left", number, count="%{num}")
        texts[f"hour-{form}"] = ngettext("%(count)s hour left", "%(count)s hours left", number, count="%{num}")
        texts[f"minute-{form}"] = ngettext("%(count)s minute left", "%(count)s minutes left", number, count="%{num}")
    return texts


def instant_text(instant: datetime) -> str:
    """An instant that decides something: weekday, date, time and the zone by its name."""
    return _("%(moment)s (%(zone)s)", moment=moment_text(instant, weekday=True), zone=zone_name())


def level_text(level: int) -> str:
    """What a level of identity means for a vote."""
    if level > 1:
        return _("everyone whose identity is confirmed: one vote per person")
    return _("everyone with a confirmed address: one vote per confirmed address, not per person")


def threshold_text(kind: PolicyKind, value: int) -> str:
    """A threshold as a whole sentence."""
    number = number_text(value)
    if kind is PolicyKind.NUMBER:
        return ngettext("%(count)s yes vote is enough.", "%(count)s yes votes are enough.", value, count=number)
    if kind is PolicyKind.SHARE:
        return _("Yes votes of %(share)s%% of those who may vote are enough.", share=number)
    return ngettext("Each month the open vote with most yes votes goes on.",
                    "Each month the %(count)s open votes with most yes votes go on.", value, count=number)


def yes_needed(kind: PolicyKind, value: int, electorate_size: int | None) -> int | None:
    """How many yes votes a threshold asks for; None for the best of a month, or when nobody is counted yet."""
    if kind is PolicyKind.NUMBER:
        return value
    if kind is PolicyKind.SHARE and electorate_size:
        return max(1, -(-value * electorate_size // 100))
    return None
