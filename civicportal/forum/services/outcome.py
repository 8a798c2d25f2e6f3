"""What the Committee or the strategy meeting made of a task. Called by `committee`."""

from datetime import timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic
from civicportal.forum.models import Task
from civicportal.forum.services.ballot import vote_runs
from civicportal.forum.services.given import reason_of, words
from civicportal.forum.services.history import change, hold, note
from civicportal.forum.services.review import nobody_mends
from civicportal.forum.states import Outcome

VERBS = {
    Outcome.ADOPTED: "committee_adopt", Outcome.DECLINED: "committee_decline", Outcome.RETURNED: "committee_return",
}


def record_forward(actor: Actor, task: Task, *, reason: str) -> None:
    """Write down that the Committee sent a task on to the strategy meeting, which has `strategy_days` days for it.

    Inside atomic(), with the task held.
    """
    task.forwarded_at, task.due_at = now(), now() + timedelta(days=settings().strategy_days)
    note(task, "committee_forward", actor, reason=reason, who="committee")


def record_outcome(actor: Actor, task: Task, outcome: Outcome, *, reason: str, name: str) -> None:
    """Write down what became of a task that is with the Committee. The Committee calls it in the portal's own name.

    `reason` is public; `name`: who recorded it. A returned task waits for its author: the time to mend it begins when
    its vote has closed, and it gets another vote. Raises Invalid, Forbidden, and Conflict where it stands elsewhere.
    """
    with atomic():
        hold(task)
        said = reason_of(reason)
        recorder = words(name, "name", missing=_("Write who recorded it."), longest=200)
        due = None
        if outcome is Outcome.RETURNED:
            start = max(now(), task.box.closes_at) if task.box and vote_runs(task) else now()
            due = start + timedelta(days=settings().return_days)
        change(task, VERBS[outcome], actor, reason=said, name=recorder, due_at=due)
        if outcome is Outcome.RETURNED and nobody_mends(task):
            change(task, "withdraw", SYSTEM, details={"because": "author_gone"})
