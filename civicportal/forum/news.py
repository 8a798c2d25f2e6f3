"""What other packages may want to hear about a task."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TaskReferred:
    """A task is with the Committee: over its threshold, or brought by the support unit (`without_threshold`)."""

    task_id: int
    without_threshold: bool


@dataclass(frozen=True)
class TaskDueMoved:
    """The support unit gave more time for the present step of a task, for a public reason."""

    task_id: int
    old: datetime
    new: datetime
    reason: str
    by_name: str


@dataclass(frozen=True)
class TaskChanged:
    """The task moved to another state: a line of its public history was written."""

    task_id: int
    event_id: int
