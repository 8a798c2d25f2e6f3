"""The vote on a task: planned when a review accepts it, and what the portal itself does when the vote has news.

Nobody's page visit and no person moves a task from here on: voting publishes, the handlers below follow in the same
transaction.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict
from civicportal.core.events import publish, subscribe
from civicportal.core.i18n import lazy, speaking
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current, lock
from civicportal.forum.models import Task
from civicportal.forum.news import TaskReferred
from civicportal.forum.services.history import change, note
from civicportal.forum.states import TaskState
from civicportal.voting.models import Box, RollEntry
from civicportal.voting.news import BoxExtended, BoxOpened, BoxVoided, ThresholdCrossed, ThresholdMissed
from civicportal.voting.queries.thresholds import policy_in_force
from civicportal.voting.services.opening import move_box, plan_box, void_box
from civicportal.voting.states import BoxState, Secrecy, TieRule, Totals

SCOPE = "forum"
SUBJECT = "task"


def plan_vote(task: Task) -> Box:
    """Plan the vote on a task: it opens when the reading period ends and runs for `voting_days` days.

    Raises Conflict while no threshold is in force: nobody could say what the votes are for. Inside atomic().
    """
    policy = policy_in_force(SCOPE, now())
    if policy is None or task.reading_until is None:
        raise Conflict(lazy("No threshold is in force yet, so no vote can be planned. An operator sets it first."))
    box = plan_box(
        SYSTEM, slug=f"task-{task.number.lower()}-{task.cycle}", question=task.title, language=task.language,
        secrecy=Secrecy.SECRET, min_level=policy.min_level, late_admission=True, opens_at=task.reading_until,
        closes_at=_closing(task.reading_until), may_change=True, totals=Totals.LIVE, tie=TieRule.NO_DECISION,
        policy_id=policy.id, subject_kind=SUBJECT, subject_id=task.id, subject_path=f"/forum/{task.number}")
    task.box = box
    current().flush()
    return box


def reading_end(task: Task) -> datetime:
    """When a reading period ends that begins now; to the second, as votes open.

    Where the support unit had given readers longer before the text was changed, they keep that.
    """
    usual = (now() + timedelta(days=settings().reading_days)).replace(microsecond=0)
    return max(usual, task.reading_until or usual)


def postpone_vote(task: Task, *, until: datetime) -> None:
    """Let the reading period end at `until` and move the planned vote there; the question follows the title.

    Where the vote was void, or the threshold asks for another level of identity by now, another one is planned.
    Inside atomic().
    """
    task.reading_until = task.due_at = until
    box, policy = task.box, policy_in_force(SCOPE, now())
    if box is not None and box.state is BoxState.SCHEDULED:
        if policy is not None and policy.min_level == box.min_level:
            move_box(box, question=task.title, language=task.language, opens_at=until, closes_at=_closing(until))
            return
        drop_vote(task, lazy("Another vote takes the place of this one."))
    else:
        task.cycle += 1
    plan_vote(task)


def cancel_vote(task: Task, reason: object) -> None:
    """Void the vote of a task if it has not begun. `reason`: a lazy sentence, written in the vote's language."""
    if task.box is not None and task.box.state is BoxState.SCHEDULED:
        _void(task.box, reason)


def drop_vote(task: Task, reason: object) -> None:
    """Void the planned vote of a task that goes on without it; the next one is another. Inside atomic()."""
    box, task.box = task.box, None
    task.cycle += 1
    current().flush()
    if box is not None and box.state is BoxState.SCHEDULED:
        _void(box, reason)


def forget_vote(task: Task) -> None:
    """Begin another way through review and vote; the history leads to the former vote."""
    task.cycle += 1
    task.box = task.reading_until = task.referred_at = task.forwarded_at = None
    task.without_threshold = False


def vote_runs(task: Task) -> bool:
    """Whether people can vote on the task, wherever it stands by now."""
    return task.box is not None and task.box.state is BoxState.OPEN


def voted(task: Task) -> bool:
    """Whether somebody has voted on the task in its present way through the forum."""
    if task.box_id is None:
        return False
    return bool(current().scalar(select(exists().where(RollEntry.box_id == task.box_id))))


@subscribe(BoxOpened)
def start_voting(event: BoxOpened) -> None:
    """The vote has opened."""
    task = _task_of(event.box_id)
    if task is not None and task.state is TaskState.READING:
        change(task, "start_voting", SYSTEM, details=_box_facts(task))


@subscribe(ThresholdCrossed)
def cross(event: ThresholdCrossed) -> None:
    """Enough yes votes at a signed head: the task goes to the Committee, once, in this transaction.

    A task that the support unit brought there before only gets a line in its history.
    """
    task = _task_of(event.box_id)
    if task is None:
        return
    facts = {**_box_facts(task), "head": event.head_number}
    if task.state is TaskState.VOTING:
        change(task, "cross", SYSTEM, details=facts)
        change(task, "refer", SYSTEM, details=facts, due_at=now() + timedelta(days=settings().committee_days))
        task.referred_at = now()
        publish(TaskReferred(task.id, without_threshold=False))
    else:
        note(task, "cross_later", SYSTEM, details=facts)


@subscribe(ThresholdMissed)
def expire(event: ThresholdMissed) -> None:
    """The vote has closed below the threshold. A task that is with the Committee stays there."""
    task = _task_of(event.box_id)
    if task is not None and task.state is TaskState.VOTING:
        change(task, "expire", SYSTEM, details=_box_facts(task))


@subscribe(BoxVoided)
def follow_void(event: BoxVoided) -> None:
    """A vote counts no more. Running, it ends the task; planned, the support unit plans another by a due date.

    What an official does to a vote stands in the history wherever the task is by then.
    """
    box = current().get_one(Box, event.box_id)
    task = _task_of(box.id) or _former_task_of(box)
    if task is None:
        return
    facts: dict[str, object] = {"box": box.slug, "void": True}
    name, who = event.by or None, "operator" if event.by else None
    if task.box is box and task.state is TaskState.VOTING:
        change(task, "expire", SYSTEM, reason=box.reason, details=facts, name=name, who=who)
        return
    waits = task.box is box and task.state is TaskState.READING
    if waits:
        task.due_at = now() + timedelta(days=settings().review_days)
    if waits or who:
        note(task, "void", SYSTEM, reason=box.reason, details=facts, name=name, who=who)


@subscribe(BoxExtended)
def follow_extension(event: BoxExtended) -> None:
    """A returned task can be submitted again once its vote has closed: the time to mend it moves with the close."""
    task = _task_of(event.box_id)
    if task is not None and task.box is not None and task.state is TaskState.RETURNED and task.due_at is not None:
        task.due_at = max(task.due_at, task.box.closes_at + timedelta(days=settings().return_days))


def _task_of(box_id: int) -> Task | None:
    """The task whose present vote it is, locked; None for the votes of others and of former ways."""
    task = current().scalar(select(Task).where(Task.box_id == box_id))
    if task is not None:
        lock(task)
    return task if task is not None and task.box_id == box_id else None


def _former_task_of(box: Box) -> Task | None:
    """The task that the vote was about on a former way, locked."""
    task = current().get(Task, box.subject_id) if box.subject_kind == SUBJECT and box.subject_id else None
    if task is not None:
        lock(task)
    return task


def _void(box: Box, reason: object) -> None:
    with speaking(box.language):
        sentence = str(reason)
    void_box(SYSTEM, box, reason=sentence)


def _closing(opens_at: datetime) -> datetime:
    return opens_at + timedelta(days=settings().voting_days)


def _box_facts(task: Task) -> dict[str, object]:
    """The vote, and the version of the threshold it is judged by."""
    if task.box is None:
        return {}
    return {"box": task.box.slug, "policy": task.box.policy.version if task.box.policy else None}
