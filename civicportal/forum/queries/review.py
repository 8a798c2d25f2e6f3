"""What reviewers see: the queue by due date, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.policies import can_review
from civicportal.forum.queries.due import is_overdue
from civicportal.forum.states import Criterion, ReviewDecision, TaskState


@dataclass(frozen=True)
class Waiting:
    """A task in the queue. `reviewer`: who has it, by name; `mine`: the reader; `own`: the reader proposed it.

    `revised`: it was accepted before, and changed while people read it.
    """

    task: Task
    reviewer: str | None
    mine: bool
    own: bool
    overdue: bool
    revised: bool


@dataclass(frozen=True)
class ShownReview:
    """A decision as everybody reads it. `criteria`: each with whether it is met."""

    decision: ReviewDecision
    reviewer: str
    version: int
    criteria: tuple[tuple[Criterion, bool], ...]
    reasons: str
    at: datetime


def review_queue(actor: Actor) -> list[Waiting]:
    """Every task that waits for a review or is in one, the earliest due first."""
    tasks = current().scalars(
        select(Task).where(Task.state.in_((TaskState.SUBMITTED, TaskState.IN_REVIEW)))
        .options(joinedload(Task.reviewer), joinedload(Task.institution), selectinload(Task.events))
        .order_by(Task.due_at, Task.id))
    return [Waiting(
        task=task, reviewer=task.reviewer.name if task.reviewer else None,
        mine=task.reviewer_id is not None and task.reviewer_id == actor.person_id,
        own=not can_review(actor, task), overdue=is_overdue(task), revised=revised_from(task) is not None,
    ) for task in tasks]


def revised_from(task: Task) -> int | None:
    """The version that was accepted before, where a task waits for review because it was changed while it was read."""
    came = next((event for event in reversed(task.events) if event.verb in ("submit", "revise")), None)
    if came is None or came.verb != "revise" or task.state not in (TaskState.SUBMITTED, TaskState.IN_REVIEW):
        return None
    return next((one.version for one in reversed(task.reviews) if one.decision is ReviewDecision.ACCEPT), None)


def reviews_of(task: Task) -> Sequence[ShownReview]:
    """Every decision on a task, the latest first."""
    return [ShownReview(
        decision=review.decision, reviewer=review.reviewer_name, version=review.version, reasons=review.reasons,
        criteria=tuple((one, one.value in review.met) for one in Criterion), at=review.at,
    ) for review in reversed(task.reviews)]
