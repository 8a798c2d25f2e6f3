"""Until when the present step of a task is due, in words, for its page and for lists."""

from datetime import datetime, timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _
from civicportal.forum.models import Task
from civicportal.forum.queries.due import due_of
from civicportal.forum.queries.listing import TaskRow
from civicportal.forum.states import TaskState
from civicportal.petitions.queries.clock import ClockView
from civicportal.voting.queries.clock import clock_of as box_clock
from civicportal.voting.wording import instant_text, time_left


def clock_of(task: Task) -> ClockView | None:
    """Whose turn it is and until when; None where nobody has to act by a date of the forum's own."""
    due = due_of(task)
    if due is None:
        return None
    note = _("The support unit can move the date, with a reason that everybody can read.") if due.overdue else ""
    sentence = _("%(who)s: %(what)s. %(when)s", who=due.who, what=due.text, when=standing(due.at, late=due.overdue))
    return ClockView(sentence, due.overdue, _soon(due.at), note)


def row_clock(row: TaskRow) -> ClockView | None:
    """The same in a line of a list; for a vote, until when it is open."""
    if row.state is TaskState.VOTING and row.box is not None:
        clock = box_clock(row.box)
        text = _("%(left)s, %(closes)s", left=clock.left, closes=clock.sentence) if clock.left else clock.sentence
        return ClockView(text, late=False, soon=clock.soon)
    if row.due_at is None:
        return None
    return ClockView(standing(row.due_at, late=row.overdue), row.overdue, _soon(row.due_at))


def standing(at: datetime, *, late: bool | None = None) -> str:
    """Until when, and how much time is left, as a sentence without its full stop.

    `late`: whether that is overdue, where it is not simply so from the instant on.
    """
    left = at - now()
    if late if late is not None else left <= timedelta(0):
        return _("Overdue since %(moment)s", moment=instant_text(at))
    if left <= timedelta(0):
        return _("By %(moment)s", moment=instant_text(at))
    return _("By %(moment)s (%(left)s)", moment=instant_text(at), left=time_left(left))


def _soon(at: datetime) -> bool:
    return timedelta(0) < at - now() <= timedelta(days=settings().due_soon_days)
