"""What pages of the forum show besides tasks themselves: how far tasks have come, and tasks that others name."""

from collections.abc import Sequence

from sqlalchemy import case, func, select

from civicportal.core.i18n import _
from civicportal.core.transactions import current
from civicportal.forum.models import Task, TaskEvent
from civicportal.forum.queries.listing import TaskRow, row_of, whole
from civicportal.forum.queries.visibility import PUBLIC
from civicportal.forum.states import TaskState
from civicportal.voting.models import Box

HANDED_OVER = ("refer", "bring")
COUNTED = ("accept", "start_voting", "cross", *HANDED_OVER, "committee_adopt")


def funnel() -> list[tuple[str, int]]:
    """(step, how many tasks have ever reached it), the first step first. A task counts once at each step."""
    step = case((TaskEvent.verb.in_(HANDED_OVER), HANDED_OVER[0]), else_=TaskEvent.verb)
    rows = current().execute(
        select(step, func.count(TaskEvent.task_id.distinct())).where(TaskEvent.verb.in_(COUNTED)).group_by(step))
    counts = {verb: count for verb, count in rows}  # noqa: C416 - a row is no pair for dict()
    proposed = current().scalar(select(func.count()).select_from(Task).where(PUBLIC)) or 0
    reached = [
        ("accept", _("Accepted for reading")), ("start_voting", _("Put to the vote")),
        ("cross", _("Over the threshold")), (HANDED_OVER[0], _("With the Committee")),
        ("committee_adopt", _("Adopted")),
    ]
    return [(_("Proposed"), proposed), *((title, counts.get(verb, 0)) for verb, title in reached)]


def under_way(limit: int) -> list[TaskRow]:
    """What people vote on now, read and discuss, and what the Committee decides; of each what ends next first."""
    stages = {TaskState.VOTING: 0, TaskState.READING: 1, TaskState.IN_COMMITTEE: 2}
    rows = current().scalars(
        whole().outerjoin(Task.box).where(PUBLIC, Task.state.in_(stages))
        .order_by(case(stages, value=Task.state), func.coalesce(Task.due_at, Box.closes_at, Task.referred_at), Task.id)
        .limit(limit))
    return [row_of(task) for task in rows]


def public_by_number(numbers: Sequence[str]) -> Sequence[Task]:
    """The public tasks with these numbers, in their order."""
    found = {task.number: task for task in current().scalars(
        select(Task).where(Task.number.in_(numbers), PUBLIC))} if numbers else {}
    return [found[number] for number in numbers if number in found]
