"""What the support unit does: bring a matter to the Committee without a threshold, and move due dates, openly."""

from datetime import datetime, timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.events import publish
from civicportal.core.i18n import _, lazy, utc_stamp
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.forum.models import Task, TaskExtension
from civicportal.forum.news import TaskDueMoved, TaskReferred
from civicportal.forum.policies import can_support
from civicportal.forum.services.ballot import cancel_vote, postpone_vote
from civicportal.forum.services.given import reason_of, refused
from civicportal.forum.services.history import CHANGED, change, hold, note
from civicportal.forum.states import EXTENDABLE, TaskState
from civicportal.voting.services.rounds import leave_rounds
from civicportal.voting.states import BoxState


def bring(actor: Actor, task: Task, *, reason: str) -> None:
    """Bring a task that is read or voted on to the Committee without a threshold; it is marked so for good.

    A planned vote is void, a running one goes on to its end and takes no place in a month's list. Raises Invalid,
    Forbidden or Conflict.
    """
    with atomic():
        hold(task)
        change(task, "bring", actor, reason=reason_of(reason), due_at=now() + timedelta(days=settings().committee_days))
        task.without_threshold, task.referred_at = True, now()
        cancel_vote(task, lazy("The task was brought to the Committee before the vote."))
        if task.box is not None:
            leave_rounds(task.box)
        publish(TaskReferred(task.id, without_threshold=True))


def extend_due(actor: Actor, task: Task, *, due_at: datetime, reason: str) -> None:
    """Move the due date of the present step to a later instant, with a public reason.

    In the reading period this is the end of the period: the planned vote moves with it, and where it did not open or
    was void it is planned anew. Raises Invalid, Forbidden or Conflict.
    """
    with atomic():
        hold(task)
        if not can_support(actor, task):
            raise Forbidden(lazy("You do not have the right to do this."))
        if task.state not in EXTENDABLE or task.due_at is None:
            raise Conflict(CHANGED)
        said, old = reason_of(reason), task.due_at
        void = task.box is not None and task.box.state is BoxState.VOID
        if due_at <= now() or (due_at <= old and not void):
            raise refused("due_at", _("The new date must be later than the present one and in the future."))
        if task.state is TaskState.READING:
            postpone_vote(task, until=due_at)
        move_due(actor, task, due_at=due_at, old=old, reason=said)
        publish(TaskDueMoved(task.id, old, due_at, said, actor.name))


def move_due(actor: Actor, task: Task, *, due_at: datetime, old: datetime, reason: str) -> None:
    """Write down that the present step of a held task is due later. Inside atomic()."""
    task.due_at = due_at
    task.extensions.append(TaskExtension(
        state=task.state, old_due_at=old, new_due_at=due_at, reason=reason, by_name=actor.name))
    note(task, "extend", actor, reason=reason, details={"from": utc_stamp(old), "to": utc_stamp(due_at)})
