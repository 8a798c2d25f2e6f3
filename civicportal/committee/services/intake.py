"""How tasks come into the queue: as soon as they are referred, or as soon as there is a body."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from civicportal.committee.models import Body, Item
from civicportal.committee.queries.bodies import first_body
from civicportal.committee.states import ItemState
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import insert_new
from civicportal.core.events import subscribe
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import Task
from civicportal.forum.news import TaskReferred
from civicportal.forum.states import TaskState
from civicportal.voting.models import Crossing


@subscribe(TaskReferred)
def take_referred(event: TaskReferred) -> None:
    """Put the task into the queue of the first body. Without any body it waits for `queue_waiting`."""
    body = first_body()
    if body is not None:
        queue_item(body, current().get_one(Task, event.task_id))


def queue_waiting() -> int:
    """Put every task that is with the Committee and in no queue into the first body's; how many there were.

    Called when a body is made, and from time to time, for what was referred in the same moment.
    """
    with atomic() as session:
        body = first_body()
        if body is None:
            return 0
        here = exists().where(Item.task_id == Task.id, Item.cycle == Task.cycle)
        waiting = select(Task).where(Task.state == TaskState.IN_COMMITTEE, ~here).order_by(Task.referred_at, Task.id)
        return sum(queue_item(body, task) for task in session.scalars(waiting).all())


def queue_item(body: Body, task: Task) -> bool:
    """Make the item of a task that is with the Committee; whether there was none yet. Belongs inside `atomic()`.

    It waits since the task was referred, weighs as many yes votes as the head it crossed at counted (0 for one
    brought without a threshold), and is to be decided by the date that its task has.
    """
    queued_at: datetime = task.referred_at or now()
    values = {
        "body_id": body.id, "task_id": task.id, "cycle": task.cycle, "box_id": task.box_id, "state": ItemState.QUEUED,
        "queued_at": queued_at, "due_at": task.due_at or queued_at + timedelta(days=settings().committee_days),
        "weight": 0 if task.without_threshold else _yes_at_crossing(task), "without_threshold": task.without_threshold,
    }
    return insert_new(current(), Item, values, ("task_id", "cycle"))


def _yes_at_crossing(task: Task) -> int:
    return current().scalar(select(Crossing.yes).where(Crossing.box_id == task.box_id)) or 0
