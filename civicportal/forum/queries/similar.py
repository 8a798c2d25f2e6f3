"""Public tasks that ask for much the same. Each process keeps an index and brings it up to date when it is asked.

An answer is kept until a public task comes, changes or goes, so that showing the same page again costs nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import func, select

from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.forum.models import Task, TaskVersion
from civicportal.forum.queries.visibility import PUBLIC
from civicportal.forum.similar import Index, Match, Weighed
from civicportal.forum.states import TaskState

COMPARED = 400  # characters of the problem and of the idea, after the whole title
BATCH = 500  # versions read with one statement

_index = Index()
_known: dict[int, tuple[int, datetime]] = {}
_guard = Lock()


@dataclass(frozen=True)
class SimilarTask:
    """A public task like the one somebody writes. `close`: so much that the difference must be said."""

    number: str
    title: str
    language: str
    state: TaskState
    score: float
    close: bool


def similar_to(task: Task) -> list[SimilarTask]:
    """At most `similar_shown` public tasks that are like this one, the most alike first; withdrawn ones count not."""
    version = task.versions[-1]
    return similar_to_text(version.title, version.problem, version.idea, but=task.id)


def similar_to_text(title: str, problem: str, idea: str, *, but: int | None = None) -> list[SimilarTask]:
    """The same for words that are no task yet. `but`: the id of a task to leave out."""
    found = _nearest(_compared(title, problem, idea), but)
    tasks = {task.id: task for task in current().scalars(
        select(Task).where(Task.id.in_([match.key for match in found])))}
    return [SimilarTask(tasks[match.key].number, tasks[match.key].title, tasks[match.key].language,
                        tasks[match.key].state, match.score, match.close)
            for match in found if match.key in tasks]


def _nearest(text: str, but: int | None) -> list[Match]:
    return _up_to_date().nearest(text, limit=settings().similar_shown, but=but)


def _up_to_date() -> Weighed:
    """What is public now. Only putting new texts in is one thread's at a time; others ask the database and look."""
    public = _public()
    missing = {task_id for task_id, version in public.items() if _known.get(task_id) != version}
    texts = _texts([public[task_id][0] for task_id in missing])
    with _guard:
        for task_id in _known.keys() - public.keys():
            _index.remove(task_id)
            del _known[task_id]
        for task_id in missing:
            if _known.get(task_id) != public[task_id]:
                _index.add(task_id, texts[public[task_id][0]])
                _known[task_id] = public[task_id]
        return _index.weighed()


def _public() -> dict[int, tuple[int, datetime]]:
    """The newest version of each public task that was not withdrawn, by the id of the task."""
    newest = (select(func.max(TaskVersion.number)).where(TaskVersion.task_id == Task.id).correlate(Task)
              .scalar_subquery())
    return {task_id: (version_id, at) for task_id, version_id, at in current().execute(
        select(Task.id, TaskVersion.id, TaskVersion.created_at).join(TaskVersion, TaskVersion.task_id == Task.id)
        .where(PUBLIC, Task.state != TaskState.WITHDRAWN, TaskVersion.number == newest))}


def _texts(version_ids: list[int]) -> dict[int, str]:
    """What versions say, by their id."""
    found: dict[int, str] = {}
    for at in range(0, len(version_ids), BATCH):
        found |= {version_id: _compared(*words) for version_id, *words in current().execute(
            select(TaskVersion.id, TaskVersion.title, TaskVersion.problem, TaskVersion.idea)
            .where(TaskVersion.id.in_(version_ids[at:at + BATCH])))}
    return found


def _compared(title: str, problem: str, idea: str) -> str:
    return "\n".join((title, problem[:COMPARED], idea[:COMPARED]))
