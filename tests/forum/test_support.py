"""The support unit: bringing without a threshold, and moving due dates; both openly."""

from datetime import timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock, events
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic
from civicportal.forum.news import TaskReferred
from civicportal.forum.policies import can_extend
from civicportal.forum.queries.timeline import past
from civicportal.forum.services import support
from civicportal.forum.states import TaskState
from civicportal.voting.news import ThresholdCrossed, ThresholdMissed
from civicportal.voting.states import BoxState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    begun,
    later,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    taken,
    verbs,
    voting,
    while_voting,
)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def referred(monkeypatch):
    said = []
    monkeypatch.setitem(events._handlers, TaskReferred, [said.append])
    return said


def test_a_task_that_is_read_comes_to_the_committee_and_its_vote_is_void(referred):
    task = reading()
    with clock.at(now()):
        support.bring(supporter_named("Park Support"), task, reason="It cannot wait for the vote.")
        assert task.referred_at == now()
    assert (task.state, task.without_threshold) == (TaskState.IN_COMMITTEE, True)
    assert task.due_at == task.referred_at + timedelta(days=30)
    assert task.box.state is BoxState.VOID
    assert "brought to the Committee" in task.box.reason
    step = past(task)[-1]
    assert (step.title, step.who, step.reason) == (
        "Brought to the Committee without a threshold", "Support unit: Park Support", "It cannot wait for the vote.")
    assert referred == [TaskReferred(task.id, without_threshold=True)]


def test_a_running_vote_goes_on_to_its_end(referred):
    task = voting()
    with clock.at(while_voting(task)):
        support.bring(supporter_named(), task, reason="It cannot wait.")
    assert (task.state, task.box.state, task.box.out_of_rounds) == (TaskState.IN_COMMITTEE, BoxState.OPEN, True)
    with atomic():
        publish(ThresholdCrossed(task.box_id, 5))
        publish(ThresholdMissed(task.box_id))
    assert (task.state, task.without_threshold) == (TaskState.IN_COMMITTEE, True)
    assert verbs(task)[-2:] == ["bring", "cross_later"]
    assert len(referred) == 1


def test_bringing_needs_a_reason_and_the_right():
    task, mine = reading(), reading(staff(Role.SUPPORT))
    with pytest.raises(Invalid):
        support.bring(supporter_named(), task, reason=" ")
    for person in (task.author, PersonFactory(), staff(Role.REVIEWER), staff(Role.OPERATOR)):
        with pytest.raises(Forbidden):
            support.bring(actor_for(person), task, reason="Please.")
    with pytest.raises(Forbidden):
        support.bring(actor_for(mine.author), mine, reason="It is mine.")
    assert (task.state, task.box.state) == (TaskState.READING, BoxState.SCHEDULED)


@pytest.mark.parametrize("make", [begun, submitted, returned, lambda: taken()[0]])
def test_only_what_is_read_or_voted_on_is_brought(make):
    task = make()
    with pytest.raises(Conflict):
        support.bring(supporter_named(), task, reason="It cannot wait.")


@pytest.mark.parametrize("make", [submitted, returned, lambda: taken()[0], reading])
def test_a_due_date_moves_later_with_a_reason_for_everybody(make):
    task, actor = make(), supporter_named("Park Support")
    state, old, new = task.state, task.due_at, task.due_at.replace(microsecond=0) + timedelta(days=7)
    support.extend_due(actor, task, due_at=new, reason="Three reviewers are ill.")
    [extension] = task.extensions
    assert (task.state, task.due_at) == (state, new)
    assert (extension.old_due_at, extension.new_due_at, extension.by_name, extension.reason, extension.state) == (
        old, new, "Park Support", "Three reviewers are ill.", state)
    step = past(task)[-1]
    assert (step.title, step.who, step.reason) == (
        "The due date was moved", "Support unit: Park Support", "Three reviewers are ill.")
    assert step.text.count("2026") or step.text.count("20")
    if state is TaskState.READING:
        assert task.box.opens_at == task.reading_until == new


def test_a_due_date_never_moves_to_an_earlier_day_or_the_past():
    with clock.at(now() - timedelta(days=40)):
        task = submitted()
    for due_at in (task.due_at - timedelta(days=1), task.due_at, task.due_at + timedelta(days=1)):
        with pytest.raises(Invalid) as refusal:
            support.extend_due(supporter_named(), task, due_at=due_at, reason="Ill.")
        assert set(refusal.value.fields) == {"due_at"}
    with pytest.raises(Invalid) as refusal:
        support.extend_due(supporter_named(), task, due_at=later(days=3), reason="")
    assert set(refusal.value.fields) == {"reason"}
    assert task.extensions == []


def test_only_the_support_unit_moves_dates_and_not_its_own():
    task, mine = submitted(), submitted(staff(Role.SUPPORT))
    for actor in (actor_for(task.author), reviewer_named("Kim Review"), actor_for(staff(Role.OPERATOR))):
        assert not can_extend(actor, task)
        with pytest.raises(Forbidden):
            support.extend_due(actor, task, due_at=later(days=90), reason="Ill.")
    with pytest.raises(Forbidden):
        support.extend_due(actor_for(mine.author), mine, due_at=later(days=90), reason="Ill.")
    assert can_extend(supporter_named(), task)


@pytest.mark.parametrize("make", [begun, voting])
def test_where_no_person_must_act_there_is_nothing_to_extend(make):
    task = make()
    with pytest.raises(Conflict):
        support.extend_due(supporter_named(), task, due_at=later(days=90), reason="Ill.")
