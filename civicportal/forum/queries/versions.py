"""The versions of a task's text. A draft's are its author's alone, as the draft is."""

from collections.abc import Sequence

from civicportal.core.errors import NotFound
from civicportal.forum.models import Task, TaskVersion


def versions_of(task: Task) -> Sequence[TaskVersion]:
    """Every version, the latest first."""
    return task.versions[::-1]


def version_of(task: Task, number: int) -> TaskVersion:
    """One version. Raises NotFound."""
    found = next((version for version in task.versions if version.number == number), None)
    if found is None:
        raise NotFound
    return found


def former_of(version: TaskVersion) -> TaskVersion | None:
    """The version before this one, to compare with; None for the first."""
    return next((other for other in reversed(version.task.versions) if other.number < version.number), None)
