"""The public list of tasks, page by page, and a person's own. Rows hold no citizen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from unicodedata import normalize

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from civicportal.core.configuration import settings
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.forum.models import Task, TaskFollower, TaskVersion
from civicportal.forum.number import parse
from civicportal.forum.queries.due import due_at, is_overdue
from civicportal.forum.queries.visibility import PUBLIC, proposer
from civicportal.forum.states import ENDED, Origin, TaskState
from civicportal.voting.models import Box

MAX_WORDS = 8


@dataclass(frozen=True)
class Wanted:
    """What the list is asked for. `on_way`: none that has ended; `q`: words, or a number."""

    state: TaskState | None = None
    on_way: bool = False
    origin: Origin | None = None
    q: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The WHERE parts: public, and everything that is asked for."""
        parts: list[ColumnElement[bool]] = [PUBLIC]
        if self.state:
            parts.append(Task.state == self.state)
        if self.on_way:
            parts.append(Task.state.not_in(ENDED))
        if self.origin:
            parts.append(Task.origin == self.origin)
        return parts + self._words()

    def _words(self) -> list[ColumnElement[bool]]:
        """Every word stands in the latest version; a number finds its task."""
        try:
            return [Task.number == parse(self.q)]
        except ValueError:
            words = normalize("NFC", self.q).replace("\0", "").split()[:MAX_WORDS]
            return [_says(word) for word in words]


@dataclass(frozen=True)
class TaskRow:
    """A task as a list shows it. `proposer`: an institution, `A citizen` or `You`; `at`: when it was submitted, or
    begun while it is a draft."""

    id: int
    number: str
    title: str
    language: str
    state: TaskState
    origin: Origin
    proposer: str
    at: datetime
    due_at: datetime | None
    overdue: bool
    without_threshold: bool
    box: Box | None


def public_tasks(wanted: Wanted, *, cursor: str | None = None, size: int | None = None) -> Page[TaskRow]:
    """A page of public tasks, the latest submitted first."""
    size = size or settings().page_size
    statement = whole().where(*wanted.conditions())
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Task.submitted_at, Task.id) < after)
    rows = current().scalars(statement.order_by(Task.submitted_at.desc(), Task.id.desc()).limit(size + 1)).all()
    return paged([row_of(task) for task in rows], size, lambda row: (row.at, row.id))


def counts_by_state(wanted: Wanted) -> Mapping[TaskState, int]:
    """How many the list would show for each state, whatever state is asked for now."""
    every = replace(wanted, state=None, on_way=False)
    rows = current().execute(select(Task.state, func.count()).where(*every.conditions()).group_by(Task.state))
    return {state: count for state, count in rows}  # noqa: C416 - a row is no pair for dict()


def my_tasks(actor: Actor, *, cursor: str | None = None) -> Page[TaskRow]:
    """A page of what a person proposed, drafts included, the latest begun first."""
    size = settings().page_size
    statement = whole().where(Task.author_id == actor.person_id)
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Task.created_at, Task.id) < after)
    tasks = current().scalars(statement.order_by(Task.created_at.desc(), Task.id.desc()).limit(size + 1)).all()
    page = paged(tasks, size, lambda task: (task.created_at, task.id))
    return Page([row_of(task, actor) for task in page.rows], page.next_cursor)


def followed(actor: Actor, *, cursor: str | None = None) -> Page[TaskRow]:
    """A page of the tasks a person follows, the latest followed first."""
    size = settings().page_size
    statement = whole().add_columns(TaskFollower.id).join(TaskFollower, TaskFollower.task_id == Task.id).where(
        PUBLIC, TaskFollower.person_id == actor.person_id)
    if after := decode_cursor(cursor):
        statement = statement.where(TaskFollower.id < after[1])
    found = current().execute(statement.order_by(TaskFollower.id.desc()).limit(size + 1)).all()
    page = paged(found, size, lambda row: (row[0].created_at, row[1]))
    return Page([row_of(task, actor) for task, _id in page.rows], page.next_cursor)


def is_following(actor: Actor | None, task: Task) -> bool:
    """Whether `actor` is told of each step of a task."""
    return actor is not None and bool(current().scalar(select(exists().where(
        TaskFollower.task_id == task.id, TaskFollower.person_id == actor.person_id))))


def row_of(task: Task, actor: Actor | None = None) -> TaskRow:
    """A task as a list shows it to `actor`."""
    return TaskRow(
        id=task.id, number=task.number, title=task.title, language=task.language, state=task.state,
        origin=task.origin, proposer=proposer(task, actor), at=task.submitted_at or task.created_at,
        due_at=due_at(task), overdue=is_overdue(task), without_threshold=task.without_threshold, box=task.box)


def whole() -> Select[Task]:
    """Tasks with all that their rows show."""
    return select(Task).options(joinedload(Task.institution), joinedload(Task.box).selectinload(Box.crossing))


def _says(word: str) -> ColumnElement[bool]:
    newest = select(func.max(TaskVersion.number)).where(
        TaskVersion.task_id == Task.id).correlate(Task).scalar_subquery()
    return exists().where(
        TaskVersion.task_id == Task.id, TaskVersion.number == newest,
        or_(*(column.icontains(word, autoescape=True)
              for column in (TaskVersion.title, TaskVersion.problem, TaskVersion.idea))))
