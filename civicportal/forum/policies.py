"""Who may do what in the forum. Nobody decides about a task of their own."""

from civicportal.core.permissions import Actor, Permission
from civicportal.forum.models import Argument, Task
from civicportal.forum.states import EXTENDABLE, TASK, Origin


def can_propose(actor: Actor, institution_id: int | None = None) -> bool:
    """Everybody who joined; in an institution's name the people who work there."""
    if institution_id is None:
        return actor.can(Permission.FORUM_JOIN)
    return actor.can(Permission.DESK_SEE, institution_id)


def is_own(actor: Actor, task: Task) -> bool:
    """Whether the task is the actor's, or of an institution where the actor works."""
    if actor.person_id is None:
        return False
    if task.origin is Origin.GOVERNMENT and task.institution_id is not None:
        return actor.person_id == task.author_id or actor.can(Permission.DESK_SEE, task.institution_id)
    return actor.person_id == task.author_id


def can_write(actor: Actor, task: Task) -> bool:
    """Who proposed it: the author, or for government anybody who works at the institution."""
    if task.origin is Origin.GOVERNMENT:
        return task.institution_id is not None and actor.can(Permission.DESK_SEE, task.institution_id)
    return is_own(actor, task) and actor.can(Permission.FORUM_JOIN)


def can_review(actor: Actor, task: Task) -> bool:
    """A reviewer, never for a task of the own."""
    return actor.can(Permission.TASK_REVIEW) and not is_own(actor, task)


def can_decide(actor: Actor, task: Task) -> bool:
    """The reviewer who took it."""
    return can_review(actor, task) and task.reviewer_id is not None and task.reviewer_id == actor.person_id


def can_support(actor: Actor, task: Task) -> bool:
    """An officer of the support unit, never for a task of the own."""
    return actor.can(Permission.TASK_SUPPORT) and not is_own(actor, task)


def can_extend(actor: Actor, task: Task) -> bool:
    """The support unit, while a step has a due date."""
    return can_support(actor, task) and task.state in EXTENDABLE and task.due_at is not None


def can_argue(actor: Actor) -> bool:
    """Everybody who joined."""
    return actor.can(Permission.FORUM_JOIN)


def can_rate(actor: Actor, argument: Argument) -> bool:
    """Everybody who joined, but not of an argument of the own."""
    return actor.can(Permission.FORUM_JOIN) and actor.person_id != argument.author_id


def can_hide(actor: Actor, argument: Argument) -> bool:
    """A reviewer or the support unit, never on a task of the own."""
    moderates = actor.can(Permission.TASK_REVIEW) or actor.can(Permission.TASK_SUPPORT)
    return moderates and not is_own(actor, argument.task)


TASK.permit("submit", can_write)
TASK.permit("revise", can_write)
TASK.permit("withdraw", can_write)
TASK.permit("take", can_review)
TASK.permit("return", can_decide)
TASK.permit("decline", can_decide)
TASK.permit("accept", can_decide)
TASK.permit("bring", can_support)
