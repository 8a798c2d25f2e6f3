"""Who may see a task: everybody once it was submitted; before that who proposes it. What is hidden is not found."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, Task
from civicportal.forum.number import parse
from civicportal.forum.policies import can_write
from civicportal.forum.states import Origin
from civicportal.petitions.models import Petition
from civicportal.petitions.states import Publication

PUBLIC: ColumnElement[bool] = Task.submitted_at.is_not(None)


def visible_to(actor: Actor | None) -> ColumnElement[bool]:
    """The rule as a condition on `Task`; `actor` is None for a visitor who is not signed in."""
    if actor is None or actor.person_id is None:
        return PUBLIC
    rules = [PUBLIC, Task.author_id == actor.person_id]
    if places := actor.institutions(Permission.DESK_SEE):
        rules.append((Task.origin == Origin.GOVERNMENT) & Task.institution_id.in_(places))
    return or_(*rules)


def task_of(number: str, actor: Actor | None) -> Task:
    """The task with this number, with all its page needs, if `actor` may see it. Raises NotFound."""
    try:
        canonical = parse(number)
    except ValueError:
        raise NotFound from None
    found = current().scalars(
        select(Task).where(Task.number == canonical, visible_to(actor)).options(
            joinedload(Task.institution), joinedload(Task.box), selectinload(Task.versions),
            selectinload(Task.reviews), selectinload(Task.events), selectinload(Task.extensions))).one_or_none()
    if found is None:
        raise NotFound
    return found


def argument_of(task: Task, argument_id: int) -> Argument:
    """An argument on a task. Raises NotFound."""
    found = current().scalar(select(Argument).where(Argument.id == argument_id, Argument.task_id == task.id))
    if found is None:
        raise NotFound
    return found


def is_writer(actor: Actor | None, task: Task) -> bool:
    """Whether `actor` reads a task as who proposed it."""
    return actor is not None and can_write(actor, task)


def proposer(task: Task, actor: Actor | None = None) -> str:
    """Who proposed a task, as pages say it: the institution by name, a citizen without; `You` to oneself."""
    if task.origin is Origin.GOVERNMENT and task.institution is not None:
        return task.institution.name(current_locale())
    if actor is not None and actor.person_id is not None and actor.person_id == task.author_id:
        return _("You")
    return _("A citizen")


def linked_petition(task: Task, actor: Actor | None) -> str | None:
    """The number of the proposal a task carries on, for readers who can open it: it is published, or their own."""
    if task.petition_number is None:
        return None
    readable = [Petition.publication == Publication.PUBLISHED]
    if actor is not None and actor.person_id is not None:
        readable.append(Petition.author_id == actor.person_id)
    return current().scalar(select(Petition.number).where(Petition.number == task.petition_number, or_(*readable)))
