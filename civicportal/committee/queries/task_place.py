"""What the page of a task says of the Committee: its place and expected month, what was decided, or why it waits."""

from dataclasses import dataclass

from sqlalchemy import select

from civicportal.committee.models import Item
from civicportal.committee.queries.motions import pending
from civicportal.committee.queries.queue import Place, disputed, leader, month, overdue, place_of
from civicportal.committee.states import ItemState
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.states import TaskState


@dataclass(frozen=True)
class TaskPlace:
    """`item` is None while there is no committee yet. `place`: None once the item is decided. `left`: how many items
    the committee can still decide this month."""

    item: Item | None = None
    place: Place | None = None
    left: int = 0
    overdue: bool = False
    disputed: bool = False
    voting: bool = False


def task_place(task_id: int) -> TaskPlace | None:
    """How a task stands with the Committee on its present way through the forum; None before it gets there."""
    task = current().get_one(Task, task_id)
    item = current().scalar(select(Item).where(Item.task_id == task_id, Item.cycle == task.cycle))
    if item is None:
        return TaskPlace() if task.state is TaskState.IN_COMMITTEE else None
    if item.state is not ItemState.QUEUED:
        return TaskPlace(item)
    return TaskPlace(item, place_of(item), month(item.body).left, overdue(item), disputed(item),
                     pending(leader(item)) is not None)
