"""The public history of a task: the one way its state changes, and what else is written into it."""

from datetime import datetime

from civicportal.core.dialect import lock_box
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.states import apply
from civicportal.core.transactions import current, lock
from civicportal.forum.models import Task, TaskEvent
from civicportal.forum.news import TaskChanged
from civicportal.forum.services.following import notify
from civicportal.forum.states import TASK
from civicportal.voting.models import Box

WHO = {
    "submit": "author", "withdraw": "author", "edit": "author", "revise": "author",
    "take": "reviewer", "take_over": "reviewer", "return": "reviewer", "decline": "reviewer", "accept": "reviewer",
    "bring": "support", "extend": "support",
    "committee_adopt": "committee", "committee_decline": "committee", "committee_return": "committee",
}
NAMED = frozenset({"reviewer", "support", "committee", "operator"})
CHANGED = lazy("This has changed since you opened the page. Look at it again before you go on.")


def hold(task: Task) -> None:
    """Lock a task and its vote, inside atomic(): the vote first, as the worker does that opens and counts it.

    Raises Conflict when the task got another vote meanwhile.
    """
    box_id = task.box_id
    if box_id is not None:
        lock_box(current(), box_id)
        lock(current().get_one(Box, box_id))
    lock(task)
    if task.box_id != box_id:
        raise Conflict(CHANGED)


def allow(task: Task, verb: str, actor: Actor) -> None:
    """Check that `actor` may do `verb` to the task as it stands. Raises Forbidden or Conflict."""
    if not TASK.permits(verb, actor, task):
        raise Forbidden(lazy("You do not have the right to do this."))
    if not TASK.fits(verb, task):
        raise Conflict(CHANGED)


def change(
    task: Task, verb: str, actor: Actor, *, reason: str | None = None, details: dict[str, object] | None = None,
    name: str | None = None, who: str | None = None, due_at: datetime | None = None,
) -> TaskEvent:
    """Do `verb` to a task, write the line of its history, and tell whoever wants to know. Inside atomic().

    `due_at`: when the step that begins is due; None where no human step begins. `name`: of the body or office that
    acts where it is not the actor's own, `who` the part. Raises Forbidden or Conflict.
    """
    apply(TASK, task, verb, actor)
    task.due_at = due_at
    event = _write(task, verb, actor, reason, details, name, who)
    publish(TaskChanged(task.id, event.id))
    notify(event)
    return event


def note(
    task: Task, verb: str, actor: Actor, *, reason: str | None = None, details: dict[str, object] | None = None,
    name: str | None = None, who: str | None = None, tell: bool = True,
) -> TaskEvent:
    """Write a line that is no change of state, such as a new version. Inside atomic().

    `name` and `who`: as in `change`, also where `verb` can be done in several parts. `tell`: whether readers are told.
    """
    event = _write(task, verb, actor, reason, details, name, who)
    notify(event, tell=tell)
    return event


def _write(
    task: Task, verb: str, actor: Actor, reason: str | None, details: dict[str, object] | None, name: str | None,
    who: str | None = None,
) -> TaskEvent:
    part = "portal" if actor.person_id is None and name is None else who or WHO.get(verb, "portal")
    event = TaskEvent(
        verb=verb, state=task.state, who=part, name=(name or actor.name) if part in NAMED else None, reason=reason,
        details={"version": task.versions[-1].number, **(details or {})}, task=task)
    session = current()
    session.add(event)
    session.flush()
    return event
