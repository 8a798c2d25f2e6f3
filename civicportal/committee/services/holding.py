"""Locks, in one order for everybody: a task's vote, the task, then its item. Voting takes them the same way."""

from civicportal.committee.models import Item
from civicportal.committee.states import PENDING, ItemState, MotionState
from civicportal.core.errors import Conflict
from civicportal.core.i18n import _, lazy
from civicportal.core.transactions import lock
from civicportal.forum.services.history import hold as hold_task

CHANGED = lazy("This has changed since you opened the page. Look at it again before you go on.")


def hold(*items: Item) -> None:
    """Lock items with their tasks and the tasks' votes. Inside `atomic()`."""
    for task in sorted({item.task for item in items}, key=lambda task: task.id):
        hold_task(task)
    hold_alone(*items)


def hold_alone(*items: Item) -> None:
    """Lock items whose tasks will not be touched. Inside `atomic()`."""
    for item in sorted(set(items), key=lambda item: item.id):
        lock(item)


def check_undecided(item: Item) -> None:
    """Raise Conflict for an item that is decided."""
    if item.state is not ItemState.QUEUED:
        raise Conflict(_("This item is decided already: %(state)s.", state=item.state.title))


def check_no_motion(item: Item) -> None:
    """Raise Conflict while a motion on the item is open, or carried and not recorded yet."""
    for motion in item.motions:
        if motion.state is MotionState.OPEN:
            raise Conflict(lazy("The members are voting on a motion. Wait until that vote has closed."))
        if motion.state in PENDING:
            raise Conflict(lazy("A motion was carried. Its decision is to be recorded first."))
