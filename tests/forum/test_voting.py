"""What a task does when its vote has news: by itself, once, and never by a person."""

import threading
from datetime import timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock, events
from civicportal.core.clock import now
from civicportal.core.errors import Conflict
from civicportal.core.events import publish
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic
from civicportal.forum.models import Task
from civicportal.forum.news import TaskChanged, TaskReferred
from civicportal.forum.queries.due import due_of, needs_support, waiting_for_support
from civicportal.forum.queries.listing import row_of
from civicportal.forum.queries.timeline import past
from civicportal.forum.services import propose, support
from civicportal.forum.services.outcome import record_outcome
from civicportal.forum.states import Outcome, TaskState
from civicportal.voting.models import Box, Silence
from civicportal.voting.news import BoxOpened, BoxVoided, ThresholdCrossed, ThresholdMissed
from civicportal.voting.services.opening import open_due, void_box
from civicportal.voting.states import BoxState
from tests.factories.accounts import staff
from tests.factories.forum import author_of, mended, reading, supporter_named, verbs, voting, while_voting
from tests.factories.voting import BoxFactory

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def heard(monkeypatch):
    """Everything the forum publishes."""
    said = []
    for kind in (TaskReferred, TaskChanged):
        handlers = [*events._handlers[kind], said.append]
        monkeypatch.setitem(events._handlers, kind, handlers)
    return said


def tell(event):
    with atomic():
        publish(event)


def referrals(heard):
    return [event for event in heard if isinstance(event, TaskReferred)]


def test_the_vote_opens_by_the_clock_and_the_task_follows():
    task = reading()
    with clock.at(task.box.opens_at - timedelta(seconds=1)):
        open_due()
    assert task.state is TaskState.READING
    with clock.at(while_voting(task)):
        open_due()
    assert (task.state, task.box.state, task.due_at) == (TaskState.VOTING, BoxState.OPEN, None)
    event = task.events[-1]
    assert (event.verb, event.who, event.name) == ("start_voting", "portal", None)
    assert event.details == {"version": 1, "box": task.box.slug, "policy": 1}


def test_crossing_hands_it_to_the_committee_at_once(heard):
    task = voting()
    with clock.at(while_voting(task)):
        tell(ThresholdCrossed(task.box_id, 3))
        assert task.referred_at == now()
    assert (task.state, task.without_threshold) == (TaskState.IN_COMMITTEE, False)
    assert task.due_at == task.referred_at + timedelta(days=30)
    assert verbs(task)[-2:] == ["cross", "refer"]
    assert task.events[-1].details == {"version": 1, "box": task.box.slug, "policy": 1, "head": 3}
    assert past(task)[-2].text == "Crossed at head 3 under version 1 of the threshold."
    assert referrals(heard) == [TaskReferred(task.id, without_threshold=False)]


def test_the_news_told_again_changes_nothing(heard):
    task = voting()
    tell(ThresholdCrossed(task.box_id, 3))
    tell(BoxOpened(task.box_id))
    tell(ThresholdMissed(task.box_id))
    assert task.state is TaskState.IN_COMMITTEE
    assert len(referrals(heard)) == 1


def test_workers_that_cross_at_once_refer_it_once(app, heard):
    task = voting()
    box_id, failures = task.box_id, []

    def cross():
        with app.app_context():
            try:
                tell(ThresholdCrossed(box_id, 3))
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=cross) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with atomic() as session:
        assert session.get(Task, task.id).state is TaskState.IN_COMMITTEE
    assert failures == []
    assert len(referrals(heard)) == 1
    assert (verbs(task).count("cross"), verbs(task).count("refer")) == (1, 1)


def test_a_failure_of_who_listens_leaves_it_where_it_was(monkeypatch):
    task = voting()

    def fail(_event):
        raise RuntimeError("no queue")

    monkeypatch.setitem(events._handlers, TaskReferred, [fail])
    with pytest.raises(RuntimeError):
        tell(ThresholdCrossed(task.box_id, 3))
    assert (task.state, verbs(task)[-1]) == (TaskState.VOTING, "start_voting")


def test_below_the_threshold_it_expires():
    task = voting()
    tell(ThresholdMissed(task.box_id))
    assert (task.state, task.due_at) == (TaskState.EXPIRED, None)
    assert past(task)[-1].title == "The vote closed below the threshold"


def test_news_of_other_votes_leave_tasks_alone():
    task, other = reading(), BoxFactory()
    for event in (BoxOpened(other.id), ThresholdCrossed(other.id, 1), ThresholdMissed(other.id), BoxVoided(other.id)):
        tell(event)
    assert task.state is TaskState.READING


def test_a_vote_declared_void_ends_a_task_with_the_reason():
    task = voting()
    void_box(actor_for(staff(Role.OPERATOR, name="Han Operator")), task.box, reason="The question was wrong.")
    assert task.state is TaskState.EXPIRED
    step = past(task)[-1]
    assert (step.title, step.reason) == ("The vote is void, so the task has ended", "The question was wrong.")
    assert step.who == "Operator: Han Operator"


def test_a_vote_declared_void_after_it_crossed_is_in_the_history(heard):
    task = voting()
    tell(ThresholdCrossed(task.box_id, 3))
    void_box(actor_for(staff(Role.OPERATOR, name="Han Operator")), task.box, reason="The log was forged.")
    step = past(task)[-1]
    assert (step.title, step.who, step.reason, step.box) == (
        "The vote is void", "Operator: Han Operator", "The log was forged.", task.box.slug)
    assert task.state is TaskState.IN_COMMITTEE


def test_a_former_vote_declared_void_is_in_the_history_too():
    task = voting()
    former = task.box
    with clock.at(while_voting(task)):
        tell(ThresholdCrossed(former.id, 1))
        record_outcome(SYSTEM, task, Outcome.RETURNED, reason="Say who pays.", name="Choi Record")
    with atomic() as session:
        session.get(Box, former.id).state = BoxState.CLOSED
    mended(task)
    void_box(actor_for(staff(Role.OPERATOR, name="Han Operator")), former, reason="The log was forged.")
    assert (task.state, past(task)[-1].who, past(task)[-1].box) == (
        TaskState.SUBMITTED, "Operator: Han Operator", former.slug)


def test_what_the_portal_takes_back_by_itself_is_one_line():
    task = reading()
    propose.withdraw(author_of(task), task)
    assert verbs(task)[-2:] == ["accept", "withdraw"]


def test_a_planned_vote_declared_void_waits_for_the_support_unit():
    task = reading()
    with clock.at(now()):
        void_box(actor_for(staff(Role.OPERATOR)), task.box, reason="The question was wrong.")
        assert task.due_at == now() + timedelta(days=14)
    former = task.box
    assert (task.state, needs_support(task)) == (TaskState.READING, True)
    assert due_of(task).who == "The support unit"
    assert list(waiting_for_support()) == [task]
    until = now().replace(microsecond=0) + timedelta(days=2)
    support.extend_due(supporter_named(), task, due_at=until, reason="The question is right now.")
    assert (task.box.state, task.box.opens_at, task.box.id != former.id) == (BoxState.SCHEDULED, until, True)
    assert (task.cycle, needs_support(task), list(waiting_for_support())) == (2, False, [])
    assert verbs(task)[-2:] == ["void", "extend"]


def test_a_vote_that_an_election_silence_keeps_shut_waits_for_the_support_unit():
    task = reading()
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=task.box.closes_at - timedelta(days=1),
                            ends_at=task.box.closes_at + timedelta(days=1)))
    with clock.at(while_voting(task)):
        open_due()
        assert (task.state, task.box.state) == (TaskState.READING, BoxState.SCHEDULED)
        assert (due_of(task).who, due_of(task).overdue) == ("The support unit", False)
        assert due_of(task).at == row_of(task).due_at == task.due_at + timedelta(days=14)
        assert needs_support(task)
        assert list(waiting_for_support()) == [task]
    with clock.at(task.due_at + timedelta(days=14)):
        assert due_of(task).overdue
    with clock.at(while_voting(task)):
        support.extend_due(supporter_named(), task, due_at=now() + timedelta(days=10), reason="After the election.")
        assert (task.cycle, needs_support(task), due_of(task).overdue) == (1, False, False)
    with clock.at(while_voting(task)):
        open_due()
    assert task.state is TaskState.VOTING


def test_a_vote_that_opens_by_itself_is_late_only_after_some_minutes():
    task = reading()
    with clock.at(task.due_at + timedelta(minutes=1)):
        assert (due_of(task).who, due_of(task).overdue) == ("The portal, by itself", False)
        assert list(waiting_for_support()) == []
    with clock.at(task.due_at + timedelta(minutes=10)):
        assert due_of(task).overdue
        assert list(waiting_for_support()) == [task]


def test_the_other_vote_of_a_returned_task_counts_for_itself(heard):
    task = voting()
    former = task.box
    with clock.at(while_voting(task)):
        tell(ThresholdCrossed(former.id, 1))
        record_outcome(SYSTEM, task, Outcome.RETURNED, reason="Say who pays.", name="Choi Record")
    with pytest.raises(Conflict, match="still runs"):
        mended(task)
    with atomic() as session:
        session.get(Box, former.id).state = BoxState.CLOSED
    mended(task)
    assert (task.cycle, task.box_id, task.referred_at, task.reading_until) == (2, None, None, None)
    tell(ThresholdCrossed(former.id, 2))
    tell(ThresholdMissed(former.id))
    assert task.state is TaskState.SUBMITTED
    assert len(referrals(heard)) == 1
    assert former.slug in {step.box for step in past(task)}
