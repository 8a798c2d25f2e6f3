"""What the Committee made of a task."""

from datetime import timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic
from civicportal.forum.queries.clock import row_clock
from civicportal.forum.queries.due import due_of, waiting_for_support
from civicportal.forum.queries.listing import row_of
from civicportal.forum.queries.timeline import past
from civicportal.forum.services import propose, support
from civicportal.forum.services.outcome import record_forward, record_outcome
from civicportal.forum.services.review import take_review
from civicportal.forum.states import Outcome, TaskState
from civicportal.voting.services.closing import extend_box
from civicportal.voting.states import BoxState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    author_of,
    decided,
    mended,
    reading,
    reviewer_named,
    supporter_named,
    verbs,
    voting,
    while_voting,
    words,
)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def task():
    made = reading()
    support.bring(supporter_named(), made, reason="It cannot wait.")
    return made


def recorded(task, outcome, *, actor=SYSTEM, reason="The members carried it.", name="Choi Record"):
    record_outcome(actor, task, outcome, reason=reason, name=name)


@pytest.mark.parametrize(("outcome", "state", "title"), [
    (Outcome.ADOPTED, TaskState.ADOPTED, "Adopted"),
    (Outcome.DECLINED, TaskState.DECLINED, "Declined by the Committee"),
    (Outcome.RETURNED, TaskState.RETURNED, "Returned by the Committee for changes"),
])
def test_an_outcome_is_public_with_who_and_why(task, outcome, state, title):
    recorded(task, outcome)
    step = past(task)[-1]
    assert (task.state, step.title, step.who, step.reason) == (
        state, title, "Committee: Choi Record", "The members carried it.")


def test_no_person_records_past_the_committee(task):
    mine = reading(staff(Role.SUPPORT))
    support.bring(supporter_named(), mine, reason="It cannot wait.")
    for person in (task.author, PersonFactory(), staff(Role.REVIEWER), staff(Role.OPERATOR), staff(Role.SUPPORT)):
        with pytest.raises(Forbidden):
            recorded(task, Outcome.ADOPTED, actor=actor_for(person))
    with pytest.raises(Forbidden):
        recorded(mine, Outcome.ADOPTED, actor=actor_for(mine.author))
    assert (task.state, mine.state) == (TaskState.IN_COMMITTEE, TaskState.IN_COMMITTEE)


def test_reason_and_name_are_required(task):
    with pytest.raises(Invalid):
        recorded(task, Outcome.ADOPTED, reason=" ")
    with pytest.raises(Invalid):
        recorded(task, Outcome.ADOPTED, name=" ")
    assert task.state is TaskState.IN_COMMITTEE


def test_only_what_is_with_the_committee_has_an_outcome(task):
    with pytest.raises(Conflict):
        recorded(reading(), Outcome.ADOPTED)
    recorded(task, Outcome.ADOPTED)
    with pytest.raises(Conflict):
        recorded(task, Outcome.DECLINED)


def test_a_returned_task_is_mended_and_gets_a_vote_of_its_own(task):
    former = task.box
    with clock.at(now()):
        recorded(task, Outcome.RETURNED)
        assert task.due_at == now() + timedelta(days=30)
    with pytest.raises(Conflict, match="nothing has changed"):
        propose.submit(author_of(task), task)
    mended(task)
    assert (task.cycle, task.without_threshold, task.referred_at) == (2, False, None)
    reviewer = reviewer_named("Lee Review")
    take_review(reviewer, task)
    decided(reviewer, task)
    assert task.state is TaskState.READING
    assert task.box.slug == f"task-{task.number.lower()}-2" != former.slug
    assert former.state is BoxState.VOID


def test_while_the_former_vote_runs_the_text_stays_and_the_time_to_mend_waits():
    task = voting()
    with clock.at(while_voting(task)):
        support.bring(supporter_named(), task, reason="It cannot wait.")
        recorded(task, Outcome.RETURNED)
        assert task.due_at == task.box.closes_at + timedelta(days=30)
        with pytest.raises(Conflict, match="still runs"):
            propose.save_version(author_of(task), task, **words(), language="en")
    with atomic():
        task.box.state = BoxState.CLOSED
    mended(task)
    assert (task.state, task.cycle) == (TaskState.SUBMITTED, 2)


def test_the_time_to_mend_moves_with_the_close_of_the_former_vote():
    task = voting()
    with clock.at(while_voting(task)):
        support.bring(supporter_named(), task, reason="It cannot wait.")
        recorded(task, Outcome.RETURNED)
        later = task.box.closes_at + timedelta(days=10)
        extend_box(actor_for(staff(Role.OPERATOR)), task.box, closes_at=later, reason="The site was down.")
        assert task.due_at == later + timedelta(days=30)


def test_nobody_withdraws_while_people_still_vote_on_it():
    task = voting()
    with clock.at(while_voting(task)):
        support.bring(supporter_named(), task, reason="It cannot wait.")
        recorded(task, Outcome.RETURNED)
        with pytest.raises(Conflict, match="still runs"):
            propose.withdraw(author_of(task), task)
        assert task.state is TaskState.RETURNED
    with atomic():
        task.box.state = BoxState.CLOSED
    propose.withdraw(author_of(task), task)
    assert task.state is TaskState.WITHDRAWN


def test_a_forwarded_task_has_a_date_and_a_mark(task):
    recorder, officer = supporter_named("Choi Record"), supporter_named()
    with clock.at(now()):
        with atomic():
            record_forward(recorder, task, reason="It is worth it.")
        assert (task.due_at, due_of(task).who) == (now() + timedelta(days=90), "The strategy meeting")
    assert past(task)[-1].who == "Committee: Choi Record"
    assert waiting_for_support() == []
    with clock.at(task.due_at):
        assert due_of(task).overdue
        assert row_clock(row_of(task)).late
        assert waiting_for_support() == [task]
        support.extend_due(officer, task, due_at=now() + timedelta(days=9), reason="It meets in May.")
        assert not due_of(task).overdue
    recorded(task, Outcome.RETURNED)
    assert due_of(task).who == "Who proposed it"
    mended(task)
    assert task.forwarded_at is None


def test_what_nobody_can_mend_is_withdrawn_by_the_portal(task):
    with atomic():
        task.author = None
    recorded(task, Outcome.RETURNED)
    assert task.state is TaskState.WITHDRAWN
    assert verbs(task)[-2:] == ["committee_return", "withdraw"]
    step = past(task)[-1]
    assert (step.who, step.text) == (
        "The portal, by itself", "The author's account is gone, so nobody can change the task.")
