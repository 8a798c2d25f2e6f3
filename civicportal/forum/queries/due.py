"""Due dates of human steps: what is late is marked in public, what is stuck is shown to who can move it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.queries.visibility import PUBLIC
from civicportal.forum.states import EXTENDABLE, TaskState
from civicportal.voting.models import Box
from civicportal.voting.states import BoxState

OPENING = timedelta(minutes=10)


@dataclass(frozen=True)
class Due:
    """The clock of the present step. `who`: whose turn it is, in words; `text`: what is to be done."""

    at: datetime
    overdue: bool
    who: str
    text: str


def due_at(task: Task) -> datetime | None:
    """When the present human step is due; None where none is waited for.

    A vote that was refused at its time waits for the support unit, which has `review_days` days from then on.
    """
    if task.due_at is None or task.state not in EXTENDABLE:
        return None
    return task.due_at + timedelta(days=settings().review_days) if _refused(task) else task.due_at


def is_overdue(task: Task) -> bool:
    """Whether the present step should have been done. A vote that opens by itself has a few minutes for it."""
    at = due_at(task)
    if at is None:
        return False
    by_itself = task.state is TaskState.READING and not needs_support(task)
    return now() >= at + (OPENING if by_itself else timedelta(0))


def due_of(task: Task) -> Due | None:
    """The clock of the present human step; None where none is waited for."""
    at = due_at(task)
    if at is None:
        return None
    who, text = {
        TaskState.SUBMITTED: (_("A reviewer"), _("Take the task and decide on it")),
        TaskState.IN_REVIEW: (_reviewer(task), _("Decide on the task")),
        TaskState.RETURNED: (_("Who proposed it"), _("Change the task and submit it again")),
        TaskState.READING: (_("Everybody"), _("Read and discuss the task before the vote")),
        TaskState.IN_COMMITTEE: (_("The Committee"), _("Decide on the task")),
    }[task.state]
    if task.state is TaskState.READING and now() >= at:
        who, text = _("The portal, by itself"), _("Open the vote")
    if needs_support(task):
        who, text = _("The support unit"), _("Plan the vote again or bring the task to the Committee")
    if task.state is TaskState.IN_COMMITTEE and task.forwarded_at is not None:
        who = _("The strategy meeting")
    return Due(at, is_overdue(task), who, text)


def _reviewer(task: Task) -> str:
    if task.reviewer is None or not task.reviewer.name:
        return _("A reviewer")
    return _("Reviewer %(name)s", name=task.reviewer.name)


def needs_support(task: Task) -> bool:
    """Whether the planned vote is void or did not open, so that the task waits for the support unit."""
    if task.state is not TaskState.READING or task.box is None:
        return False
    return task.box.state is BoxState.VOID or _refused(task)


def _refused(task: Task) -> bool:
    """Whether the vote should have opened by now and was refused."""
    box = task.box
    return task.state is TaskState.READING and box is not None and box.state is BoxState.SCHEDULED and (
        box.refusal is not None and now() >= box.opens_at)


def waiting_for_support() -> Sequence[Task]:
    """Tasks the support unit should look at: overdue, or with a vote that is void or was refused; oldest due first."""
    return current().scalars(
        select(Task).outerjoin(Task.box)
        .options(joinedload(Task.institution), joinedload(Task.box), joinedload(Task.reviewer))
        .where(PUBLIC, Task.state.in_(EXTENDABLE), or_(
            and_(Task.due_at <= now(), Task.state != TaskState.READING), Task.due_at <= now() - OPENING,
            (Task.state == TaskState.READING) & ((Box.state == BoxState.VOID) | Box.refusal.is_not(None))))
        .order_by(Task.due_at, Task.id)).all()
