"""A task under the real vote: what people cast carries it over its threshold, or not; nobody presses anything."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from civicportal.core import clock
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.queries.timeline import past, timeline
from civicportal.forum.states import TaskState
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.rounds import end_of, hold_rounds, month_of
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.states import PolicyKind
from tests.factories.forum import in_force, verbs, voting, while_voting
from tests.factories.voting import as_worker, voters
from tests.voting.ballots import at_once, pend

pytestmark = pytest.mark.usefixtures("english", "worker")
MARCH = datetime(2027, 3, 1, 12, tzinfo=UTC)  # reading ends in the middle of the month, the vote after it


@pytest.fixture
def worker(app, tmp_path):
    """The test is a worker that logs ballots by threes as soon as they are there."""
    with as_worker(app, tmp_path):
        app.config["SETTINGS"] = dataclasses.replace(
            app.config["SETTINGS"], ballot_batch_min=3, ballot_batch_minutes=0)
        yield


def fresh(task):
    """The task as the database has it now."""
    current().rollback()
    return current().get_one(Task, task.id, populate_existing=True)


def count_now(at):
    """What the beat asks of workers at an instant."""
    with clock.at(at):
        make_batches()
        close_due()
        judge_due()
        hold_rounds()


def test_the_yes_vote_that_is_enough_hands_it_over(app):
    in_force(value=8)
    voters(12)
    task = voting()
    at = while_voting(task)
    with clock.at(at):
        pend(task.box, *["yes"] * 7, "no", "abstain")
    count_now(at)
    assert fresh(task).state is TaskState.VOTING
    with clock.at(at):
        pend(task.box, "yes", "no", "no")
        make_batches()
        assert at_once(app, *[judge_due] * 4) == []
    task = fresh(task)
    assert (task.state, task.without_threshold) == (TaskState.IN_COMMITTEE, False)
    assert verbs(task)[-3:] == ["start_voting", "cross", "refer"]
    crossing = task.box.crossing
    assert crossing.yes == 8
    assert past(task)[-2].text == (
        f"Crossed at head {crossing.head_number} under version 1 of the threshold.")


def test_the_box_stays_open_and_its_end_changes_nothing():
    in_force(value=3)
    voters(6)
    task = voting()
    with clock.at(while_voting(task)):
        pend(task.box, *["yes"] * 3)
    count_now(while_voting(task))
    with clock.at(while_voting(task)):
        pend(task.box, *["no"] * 3)
    count_now(task.box.closes_at)
    task = fresh(task)
    assert task.box.tally == {"yes": 3, "no": 3, "abstain": 0}
    assert task.state is TaskState.IN_COMMITTEE
    assert verbs(task)[-1] == "refer"


def test_too_few_yes_votes_end_it_when_the_vote_is_counted():
    in_force(value=3)
    voters(6)
    task = voting()
    with clock.at(while_voting(task)):
        pend(task.box, "yes", "yes", "no", "no")
    count_now(task.box.closes_at - timedelta(seconds=1))
    assert fresh(task).state is TaskState.VOTING
    count_now(task.box.closes_at)
    assert fresh(task).state is TaskState.EXPIRED
    assert verbs(task)[-1] == "expire"


def test_a_share_counts_those_who_may_vote():
    in_force(kind=PolicyKind.SHARE, value=50)
    voters(8)
    task = voting()
    with clock.at(while_voting(task)):
        pend(task.box, *["yes"] * 3, "no")
    count_now(while_voting(task))
    assert fresh(task).state is TaskState.VOTING
    with clock.at(while_voting(task)):
        pend(task.box, "yes", "no", "no")
    count_now(while_voting(task))
    assert fresh(task).state is TaskState.IN_COMMITTEE


def test_each_month_the_tasks_with_most_yes_votes_go_on_with_all_that_tie():
    in_force(kind=PolicyKind.MONTHLY, value=1)
    voters(8)
    with clock.at(MARCH):
        tasks = [voting() for _ in range(3)]
    at = max(while_voting(task) for task in tasks)
    for task, choices in zip(tasks, (["yes"] * 4, ["yes"] * 4 + ["no"], ["yes"] * 3), strict=True):
        with clock.at(at):
            pend(task.box, *choices)
    count_now(at)
    assert {fresh(task).state for task in tasks} == {TaskState.VOTING}
    count_now(end_of(month_of(at)))
    assert [fresh(task).state for task in tasks] == [
        TaskState.IN_COMMITTEE, TaskState.IN_COMMITTEE, TaskState.VOTING]


def test_a_closed_vote_that_waits_for_the_month_to_end_says_so():
    in_force(kind=PolicyKind.MONTHLY, value=1)
    voters(3)
    with clock.at(MARCH):
        task = voting()
    count_now(task.box.closes_at)
    present = next(step for step in timeline(fresh(task)) if step.state == "present")
    assert present.text == "The vote has closed and is being counted."
    count_now(end_of(month_of(task.box.closes_at)) + timedelta(days=1))
    assert fresh(task).state is TaskState.EXPIRED
