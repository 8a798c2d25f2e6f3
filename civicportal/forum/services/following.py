"""Following a task, and telling of each step: the author at once, followers by a worker."""

from sqlalchemy import delete, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import recipient
from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Forbidden, NotFound
from civicportal.core.permissions import Actor, Permission
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current
from civicportal.forum import emails
from civicportal.forum.models import Task, TaskEvent, TaskFollower
from civicportal.notifications.services import send

BATCH = 100
AUTHOR_ACTS = frozenset({"edit", "revise"})  # what the author just did needs no message
SILENT = frozenset({"cross"})  # the next line, written with it, tells the same


def follow(actor: Actor, task: Task) -> None:
    """Be told of each step from now on; asking twice is the same. Nobody else sees who follows.

    Raises NotFound for what is no public task, Forbidden.
    """
    if not actor.can(Permission.FORUM_JOIN):
        raise Forbidden
    with atomic() as session:
        if task.submitted_at is None:
            raise NotFound
        insert_new(session, TaskFollower, {"task_id": task.id, "person_id": actor.person_id},
                   ("task_id", "person_id"))


def unfollow(actor: Actor, task: Task) -> None:
    """Be told no more; asking twice is the same."""
    with atomic() as session:
        session.execute(delete(TaskFollower).where(
            TaskFollower.task_id == task.id, TaskFollower.person_id == actor.person_id))


def notify(event: TaskEvent, *, tell: bool = True) -> None:
    """Tell the author of a step, and have the followers told after the commit. Inside atomic().

    With `tell` false, and before the task was public, nobody is told.
    """
    task = event.task
    if not tell or event.verb in SILENT or task.submitted_at is None:
        event.told_at = now()
        return
    reader = recipient(task.author) if task.author and event.verb not in AUTHOR_ACTS else None
    if reader is not None:
        send(emails.step(event, reader))
    enqueue("forum.tell_followers", event.id)


def tell_followers(event_id: int) -> None:
    """Send the step to everybody who follows the task, in batches; begun again, nobody is told twice."""
    last = 0
    while True:
        with atomic() as session:
            event = session.get(TaskEvent, event_id)
            if event is None or event.told_at is not None:
                return
            rows = session.execute(
                select(TaskFollower.id, Person).join(Person, Person.id == TaskFollower.person_id)
                .where(TaskFollower.task_id == event.task_id, TaskFollower.id > last)
                .order_by(TaskFollower.id).limit(BATCH)).all()
            for _row_id, person in rows:
                reader = recipient(person) if person.id != event.task.author_id else None
                if reader is not None:
                    send(emails.step_followed(event, reader))
            if len(rows) < BATCH:
                event.told_at = now()
                return
            last = rows[-1][0]


def tell_missing() -> None:
    """Ask workers again for steps whose message to followers was lost."""
    with atomic() as session:
        waiting = session.scalars(
            select(TaskEvent.id).where(TaskEvent.told_at.is_(None)).order_by(TaskEvent.id).limit(BATCH)).all()
        for event_id in waiting:
            enqueue("forum.tell_followers", event_id)


def forget_follower(person_id: int) -> None:
    """Somebody's account goes. Inside atomic()."""
    current().execute(delete(TaskFollower).where(TaskFollower.person_id == person_id))
