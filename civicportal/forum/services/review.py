"""Review by a named reviewer, by published criteria, with reasons everybody can read."""

from collections.abc import Iterable
from datetime import timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.forum.models import Review, Task
from civicportal.forum.policies import can_review
from civicportal.forum.services.ballot import plan_vote, reading_end
from civicportal.forum.services.given import reason_of, refused
from civicportal.forum.services.history import CHANGED, allow, change, hold, note
from civicportal.forum.states import Criterion, Origin, ReviewDecision, TaskState


def take_review(actor: Actor, task: Task) -> None:
    """Make a submitted task the actor's to review. The due date stays: it runs from the day of submission.

    Raises Forbidden, for one's own task too, and Conflict when somebody else was first.
    """
    with atomic():
        hold(task)
        change(task, "take", actor, due_at=task.due_at)
        task.reviewer_id = actor.person_id


def take_over(actor: Actor, task: Task, *, reason: str) -> None:
    """Take a review over from another reviewer, who is ill or has left; with a public reason, the due date stays.

    Raises Invalid, Forbidden or Conflict.
    """
    with atomic():
        hold(task)
        if not can_review(actor, task):
            raise Forbidden(lazy("You do not have the right to do this."))
        if task.state is not TaskState.IN_REVIEW or task.reviewer_id == actor.person_id:
            raise Conflict(CHANGED)
        note(task, "take_over", actor, reason=reason_of(reason))
        task.reviewer_id = actor.person_id


def decide_review(
    actor: Actor, task: Task, *, decision: ReviewDecision, met: Iterable[str], reasons: str
) -> Review:
    """Decide as the reviewer who took the task, on its latest version.

    `met`: values of `Criterion`. Accepting needs all of them, anything else at least one that is not met. Accepting
    begins the reading period and plans the vote. Raises Invalid, Forbidden, and Conflict, also while no threshold is
    in force and when nobody is left to mend a returned task.
    """
    with atomic():
        hold(task)
        allow(task, decision.value, actor)
        said = reason_of(reasons, "reasons")
        fulfilled = _checked(decision, met)
        if decision is ReviewDecision.RETURN and nobody_mends(task):
            raise Conflict(lazy("The author's account is gone, nobody could change the task. Accept or decline it."))
        review = Review(version=task.versions[-1].number, reviewer_id=actor.person_id, reviewer_name=actor.name,
                        decision=decision, met=fulfilled, reasons=said)
        task.reviews.append(review)
        _proceed(actor, task, decision, said, {"met": fulfilled})
        return review


def nobody_mends(task: Task) -> bool:
    """Whether the account of who proposed it is gone, and no institution stands behind it."""
    return task.author_id is None and task.origin is not Origin.GOVERNMENT


def _checked(decision: ReviewDecision, met: Iterable[str]) -> list[str]:
    given = set(met)
    fulfilled = [one.value for one in Criterion if one.value in given]
    if given - set(fulfilled):
        raise refused("met", _("Choose from the published criteria."))
    if decision is ReviewDecision.ACCEPT and len(fulfilled) < len(Criterion):
        raise refused("met", _("Only a task that meets every criterion can be accepted."))
    if decision is not ReviewDecision.ACCEPT and len(fulfilled) == len(Criterion):
        raise refused("met", _("You say that every criterion is met. Leave out the one that is not."))
    return fulfilled


def _proceed(
    actor: Actor, task: Task, decision: ReviewDecision, reason: str, details: dict[str, object]
) -> None:
    due = {
        ReviewDecision.ACCEPT: reading_end(task),
        ReviewDecision.RETURN: now() + timedelta(days=settings().return_days),
    }.get(decision)
    if decision is ReviewDecision.ACCEPT:
        task.reading_until = due
        details |= {"box": plan_vote(task).slug}
    change(task, decision.value, actor, reason=reason, details=details, due_at=due)
