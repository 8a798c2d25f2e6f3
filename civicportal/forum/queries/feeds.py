"""Atom feeds of the forum: the public tasks, and the course of one."""

from sqlalchemy import func, select

from civicportal.core.transactions import current
from civicportal.core.web.feeds import tag
from civicportal.forum.models import Task, TaskEvent, TaskVersion
from civicportal.forum.queries.listing import Wanted, public_tasks
from civicportal.forum.queries.timeline import past
from civicportal.petitions.queries.feeds import SUMMARY_MAX, Entry

SIZE = 30


def list_entries(wanted: Wanted) -> list[Entry]:
    """The latest public tasks that fit the filters."""
    rows = public_tasks(wanted, size=SIZE).rows
    ids = [row.id for row in rows]
    changed = {task_id: at for task_id, at in current().execute(  # noqa: C416 - a row is no pair for dict()
        select(TaskEvent.task_id, func.max(TaskEvent.at)).where(TaskEvent.task_id.in_(ids))
        .group_by(TaskEvent.task_id))}
    problems = {task_id: problem for task_id, problem in current().execute(  # noqa: C416
        select(TaskVersion.task_id, TaskVersion.problem).where(TaskVersion.task_id.in_(ids))
        .order_by(TaskVersion.number))}
    return [Entry(tag(row.at, "task", row.number), row.number, row.title, row.proposer, row.at,
                  max(row.at, changed.get(row.id, row.at)), _shortened(problems[row.id]), row.language)
            for row in rows]


def step_entries(task: Task) -> list[Entry]:
    """The public course of one task, the latest step first."""
    first = task.submitted_at or task.created_at
    return [Entry(f"{tag(first, 'task', task.number)}/{step.key}", task.number, step.title,
                  step.who, step.at or first, step.at or first,
                  "\n".join(filter(None, (step.text, step.reason))))
            for step in reversed(past(task))]


def _shortened(text: str) -> str:
    return text if len(text) <= SUMMARY_MAX else f"{text[:SUMMARY_MAX]}…"
