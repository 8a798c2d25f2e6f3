"""What becomes of tasks, reviews and arguments when an account goes."""

from sqlalchemy import delete, select, update

from civicportal.accounts.news import AccountDeleted, StaffLeft
from civicportal.core.events import subscribe
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, ArgumentRating, Task, TaskEvent, TaskVersion
from civicportal.forum.services.arguments import recount
from civicportal.forum.services.following import forget_follower
from civicportal.forum.services.history import change
from civicportal.forum.services.review import nobody_mends
from civicportal.forum.states import Origin, TaskState


@subscribe(AccountDeleted)
def detach(event: AccountDeleted) -> None:
    """Public tasks go on without their author, one that only waits to be mended is withdrawn; drafts go.

    A review waits for another reviewer. Arguments stay, ratings and followed tasks go.
    """
    session, person_id = current(), event.person_id
    mine = select(Task).where(Task.author_id == person_id).order_by(Task.id).with_for_update(of=Task)
    for task in session.scalars(mine).all():
        if task.submitted_at is None and task.origin is not Origin.GOVERNMENT:
            _erase(task)
            continue
        task.author = None
        session.flush()
        if task.state is TaskState.RETURNED and nobody_mends(task):
            change(task, "withdraw", SYSTEM, details={"because": "author_gone"})
    session.execute(update(Task).where(Task.reviewer_id == person_id).values(reviewer_id=None))
    session.execute(update(Argument).where(Argument.author_id == person_id).values(author_id=None))
    forget_follower(person_id)
    _forget_ratings(person_id)


@subscribe(StaffLeft)
def hand_back_reviews(event: StaffLeft) -> None:
    """A review that a leaver had in hand waits for another reviewer."""
    current().execute(update(Task).where(
        Task.reviewer_id == event.person_id, Task.state == TaskState.IN_REVIEW).values(reviewer_id=None))


def _erase(task: Task) -> None:
    session = current()
    session.flush()
    for table in (TaskVersion, TaskEvent):
        session.execute(delete(table).where(table.task_id == task.id))
    session.execute(delete(Task).where(Task.id == task.id))
    session.expunge(task)


def _forget_ratings(person_id: int) -> None:
    session = current()
    rated = select(Argument).join(ArgumentRating, ArgumentRating.argument_id == Argument.id).where(
        ArgumentRating.person_id == person_id).order_by(Argument.id).with_for_update(of=Argument)
    arguments = session.scalars(rated).all()
    session.execute(delete(ArgumentRating).where(ArgumentRating.person_id == person_id))
    for argument in arguments:
        recount(argument)
