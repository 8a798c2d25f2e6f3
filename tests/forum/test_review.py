"""Review: by name, by the published criteria, with reasons, in time."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role, Scope
from civicportal.core.transactions import atomic
from civicportal.forum.queries.due import due_of, is_overdue
from civicportal.forum.queries.review import review_queue, reviews_of
from civicportal.forum.services import propose, review
from civicportal.forum.states import Criterion, ReviewDecision, TaskState
from civicportal.voting.models import ThresholdPolicy
from civicportal.voting.states import BoxState, Secrecy, TieRule, Totals
from tests.factories.accounts import GrantFactory, PersonFactory, staff
from tests.factories.forum import (
    ALL,
    author_of,
    decided,
    government_task,
    in_force,
    reading,
    reviewer_named,
    submitted,
    taken,
    verbs,
)
from tests.factories.institutions import InstitutionFactory

pytestmark = pytest.mark.usefixtures("english")
NOT_NEW = tuple(one for one in ALL if one != Criterion.NEW)


def test_the_first_reviewer_takes_it_and_the_due_date_stays():
    task = submitted()
    due = task.due_at
    with clock.at(now() + timedelta(days=5)):
        first, second = reviewer_named("Kim Review"), reviewer_named("Lee Review")
        review.take_review(first, task)
        with pytest.raises(Conflict):
            review.take_review(second, task)
    assert (task.state, task.reviewer_id, task.due_at) == (TaskState.IN_REVIEW, first.person_id, due)
    event = task.events[-1]
    assert (event.who, event.name) == ("reviewer", "Kim Review")


def test_nobody_reviews_a_task_of_the_own():
    person = staff(Role.REVIEWER)
    mine = submitted(person)
    with pytest.raises(Forbidden):
        review.take_review(actor_for(person), mine)
    place = InstitutionFactory()
    official = staff(Role.OFFICER, place)
    ours = government_task(official, place)
    propose.submit(actor_for(official), ours)
    for colleague in (staff(Role.OFFICER, place), official):
        GrantFactory(person_id=colleague.id, role=Role.REVIEWER, scope_kind=Scope.PORTAL)
        with pytest.raises(Forbidden):
            review.take_review(actor_for(colleague), ours)
    assert [waiting.own for waiting in review_queue(actor_for(person))] == [True, False]


@pytest.mark.parametrize("role", [None, Role.SUPPORT, Role.OPERATOR])
def test_only_reviewers_review(role):
    task = submitted()
    with pytest.raises(Forbidden):
        review.take_review(actor_for(staff(role) if role else PersonFactory()), task)


def test_only_who_took_it_decides():
    task, _reviewer = taken()
    for actor in (reviewer_named("Lee Review"), author_of(task)):
        with pytest.raises(Forbidden):
            decided(actor, task)


def test_accepting_plans_the_vote_for_the_end_of_reading():
    policy = in_force(min_level=2)
    task, reviewer = taken()
    with clock.at(now()):
        decided(reviewer, task)
        end = now().replace(microsecond=0) + timedelta(days=14)
    assert (task.state, task.reading_until, task.due_at) == (TaskState.READING, end, end)
    box = task.box
    assert (box.slug, box.question, box.language) == (f"task-{task.number.lower()}-1", task.title, task.language)
    assert (box.state, box.opens_at, box.closes_at) == (BoxState.SCHEDULED, end, end + timedelta(days=30))
    assert (box.secrecy, box.min_level, box.policy_id) == (Secrecy.SECRET, 2, policy.id)
    assert (box.totals, box.tie, box.may_change, box.late_admission) == (
        Totals.LIVE, TieRule.NO_DECISION, True, True)
    assert (box.subject_kind, box.subject_id, box.subject_path) == ("task", task.id, f"/forum/{task.number}")
    assert task.events[-1].details == {"version": 1, "met": list(ALL), "box": box.slug}


def test_nothing_is_accepted_while_no_threshold_is_in_force():
    task, reviewer = taken()
    with pytest.raises(Conflict, match="No threshold"):
        decided(reviewer, task)
    in_force(in_force_at=now() + timedelta(days=1))
    with pytest.raises(Conflict, match="No threshold"):
        decided(reviewer, task)
    assert (task.state, task.reviews) == (TaskState.IN_REVIEW, [])
    with atomic() as session:
        session.execute(delete(ThresholdPolicy))


def test_accepting_needs_every_criterion_and_the_rest_one_that_is_not_met():
    in_force()
    task, reviewer = taken()
    for decision, met in (
        (ReviewDecision.ACCEPT, NOT_NEW), (ReviewDecision.ACCEPT, ()), (ReviewDecision.RETURN, ALL),
        (ReviewDecision.DECLINE, ALL), (ReviewDecision.ACCEPT, (*ALL, "charm")),
    ):
        with pytest.raises(Invalid) as refusal:
            decided(reviewer, task, decision, met=met)
        assert set(refusal.value.fields) == {"met"}
    assert task.state is TaskState.IN_REVIEW


@pytest.mark.parametrize("reasons", ["", " \n ", "x" * 4001])
def test_reasons_are_required(reasons):
    in_force()
    task, reviewer = taken()
    with pytest.raises(Invalid) as refusal:
        decided(reviewer, task, reasons=reasons)
    assert set(refusal.value.fields) == {"reasons"}


def test_returning_gives_the_author_time_to_mend():
    task, reviewer = taken()
    with clock.at(now()):
        decided(reviewer, task, ReviewDecision.RETURN, met=NOT_NEW, reasons="Which library?")
        assert task.due_at == now() + timedelta(days=30)
    assert task.state is TaskState.RETURNED
    assert task.box is None


def test_declining_ends_it():
    task, reviewer = taken()
    decided(reviewer, task, ReviewDecision.DECLINE, met=NOT_NEW, reasons="It is done already.")
    assert (task.state, task.due_at) == (TaskState.DECLINED, None)
    with pytest.raises(Conflict):
        decided(reviewer, task)
    assert verbs(task) == ["submit", "take", "decline"]


def test_everybody_reads_who_decided_on_which_version_and_why():
    task, reviewer = taken()
    decided(reviewer, task, ReviewDecision.RETURN, met=NOT_NEW, reasons="Which library?")
    [shown] = reviews_of(task)
    assert (shown.reviewer, shown.version, shown.reasons, shown.decision) == (
        "Kim Review", 1, "Which library?", ReviewDecision.RETURN)
    assert [one for one, met in shown.criteria if not met] == [Criterion.NEW]


def test_another_reviewer_takes_over_with_a_reason():
    task, former = taken()
    due, other = task.due_at, reviewer_named("Lee Review")
    with pytest.raises(Invalid):
        review.take_over(other, task, reason=" ")
    with pytest.raises(Conflict):
        review.take_over(former, task, reason="Mine again.")
    for stranger in (author_of(task), actor_for(staff(Role.SUPPORT))):
        with pytest.raises(Forbidden):
            review.take_over(stranger, task, reason="Faster.")
    review.take_over(other, task, reason="Kim Review is ill.")
    assert (task.state, task.reviewer_id, task.due_at) == (TaskState.IN_REVIEW, other.person_id, due)
    with pytest.raises(Forbidden):
        decided(former, task, ReviewDecision.DECLINE, met=())
    decided(other, task, ReviewDecision.DECLINE, met=())
    assert verbs(task) == ["submit", "take", "take_over", "decline"]


def test_what_nobody_could_mend_is_not_returned():
    task, reviewer = taken()
    with atomic():
        task.author = None
    with pytest.raises(Conflict, match="account is gone"):
        decided(reviewer, task, ReviewDecision.RETURN, met=())
    decided(reviewer, task, ReviewDecision.DECLINE, met=())


def test_the_queue_is_in_order_of_due_dates_and_marks_what_is_late():
    with clock.at(now() - timedelta(days=20)):
        late, reviewer = taken()
    young = submitted()
    reading()
    queue = review_queue(reviewer)
    assert [(one.task, one.overdue, one.mine, one.reviewer) for one in queue] == [
        (late, True, True, "Kim Review"), (young, False, False, None)]
    assert is_overdue(late)
    assert due_of(late).overdue
    assert not due_of(young).overdue
