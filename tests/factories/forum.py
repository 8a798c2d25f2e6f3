"""Tasks in every state, made by the real services: begun, submitted, taken, read, voted on, with the Committee."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.permissions import Actor, Role
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, Task, TaskEvent
from civicportal.forum.services import arguments, propose, review
from civicportal.forum.states import Criterion, Origin, ReviewDecision, Side
from civicportal.institutions.models import Institution
from civicportal.voting.models import ThresholdPolicy
from civicportal.voting.services.opening import open_due
from civicportal.voting.states import PolicyKind
from tests.factories.accounts import PersonFactory, staff
from tests.factories.base import PortalFactory

_subjects: Iterator[int] = count(1)
ALL = tuple(one.value for one in Criterion)
WORDS = ("title", "problem", "idea")
LUNCHES = {
    "title": "Free school lunches", "problem": "Many children go to school hungry.",
    "idea": "The city should pay for lunch in primary school.",
}


class ThresholdFactory(PortalFactory):
    """A threshold of the forum that is in force: eight yes votes."""

    class Meta:
        model = ThresholdPolicy

    scope = "forum"
    version = 1
    kind = PolicyKind.NUMBER
    value = 8
    min_level = 1
    reason = "To begin with."
    in_force_at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def in_force(**columns: Any) -> ThresholdPolicy:
    """The threshold in force, made when there is none yet."""
    found = current().scalar(select(ThresholdPolicy).where(ThresholdPolicy.scope == "forum"))
    made: ThresholdPolicy = found or ThresholdFactory(**columns)
    return made


def words(**changed: str) -> dict[str, str]:
    """Title, problem and idea that are like those of no other call."""
    digest = sha256(str(next(_subjects)).encode()).hexdigest()
    return dict.fromkeys(WORDS, " ".join(digest[at:at + 8] for at in range(0, 48, 8))) | changed


def begun(author: Person | None = None, **fields: Any) -> Task:
    """A draft of a citizen."""
    return propose.start_task(actor_for(author or PersonFactory()), **{**words(), "language": "en", **fields})


def government_task(official: Person, institution: Institution, **fields: Any) -> Task:
    """A draft in an institution's name, written by somebody who works there."""
    return begun(official, origin=Origin.GOVERNMENT, institution_id=institution.id, **fields)


def submitted(author: Person | None = None, **fields: Any) -> Task:
    """A task that waits for a reviewer."""
    task = begun(author, **fields)
    assert task.author is not None
    propose.submit(actor_for(task.author), task)
    return task


def taken(author: Person | None = None, reviewer: Actor | None = None, **fields: Any) -> tuple[Task, Actor]:
    """A task in review, and its reviewer."""
    task, reviewer = submitted(author, **fields), reviewer or reviewer_named("Kim Review")
    review.take_review(reviewer, task)
    return task, reviewer


def returned(author: Person | None = None, **fields: Any) -> Task:
    """A task that its author is to mend."""
    task, reviewer = taken(author, **fields)
    decided(reviewer, task, ReviewDecision.RETURN, met=(), reasons="Say which library.")
    return task


def reading(author: Person | None = None, **fields: Any) -> Task:
    """A task that everybody reads, with its vote planned."""
    in_force()
    task, reviewer = taken(author, **fields)
    decided(reviewer, task)
    return task


def voting(author: Person | None = None, **fields: Any) -> Task:
    """A task on which the vote is open since the end of its reading period (see `while_voting`)."""
    task = reading(author, **fields)
    with clock.at(while_voting(task)):
        open_due()
    return task


def while_voting(task: Task) -> datetime:
    """An instant at which the vote on the task is open."""
    assert task.box is not None
    return task.box.opens_at + timedelta(minutes=1)


def decided(
    reviewer: Actor, task: Task, decision: ReviewDecision = ReviewDecision.ACCEPT, *, met: tuple[str, ...] = ALL,
    reasons: str = "It is clear and new.",
) -> None:
    """The reviewer's decision."""
    review.decide_review(reviewer, task, decision=decision, met=met, reasons=reasons)


def mended(task: Task, **changed: str) -> None:
    """The author changes the text and hands it in again."""
    assert task.author is not None
    author = actor_for(task.author)
    propose.save_version(author, task, **{**words(), "language": "en", **changed})
    propose.submit(author, task)


def argued(task: Task, author: Person | None = None, *, side: Side = Side.FOR, text: str = "It helps.") -> Argument:
    """An argument on a task that is read or voted on."""
    return arguments.argue(actor_for(author or PersonFactory()), task, side=side, text=text, language="en")


def reviewer_named(name: str) -> Actor:
    """A reviewer, as an actor."""
    return actor_for(staff(Role.REVIEWER, name=name))


def supporter_named(name: str = "Park Support") -> Actor:
    """An officer of the support unit, as an actor."""
    return actor_for(staff(Role.SUPPORT, name=name))


def author_of(task: Task) -> Actor:
    """Who proposed it, as an actor."""
    assert task.author is not None
    return actor_for(task.author)


def verbs(task: Task) -> list[str]:
    """What the history says was done, oldest first."""
    return list(current().scalars(select(TaskEvent.verb).where(TaskEvent.task_id == task.id).order_by(TaskEvent.id)))


def later(**delta: float) -> datetime:
    """The present and so much more."""
    return now() + timedelta(**delta)
