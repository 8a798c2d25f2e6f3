"""What becomes of tasks, reviews and arguments when an account goes."""

import pytest
from sqlalchemy import func, select

from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import end_access
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import ArgumentRating, Task, TaskEvent, TaskFollower, TaskVersion
from civicportal.forum.services import arguments, following, propose, review
from civicportal.forum.states import ReviewDecision, TaskState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    argued,
    begun,
    decided,
    government_task,
    reading,
    returned,
    reviewer_named,
    submitted,
    taken,
    verbs,
    voting,
)
from tests.factories.institutions import InstitutionFactory

pytestmark = pytest.mark.usefixtures("english")


def leave(person):
    with atomic():
        publish(AccountDeleted(person.id))


def count(table):
    return current().scalar(select(func.count()).select_from(table))


def test_drafts_go_with_the_account():
    person = PersonFactory()
    begun(person)
    gone = begun(person)
    propose.withdraw(actor_for(person), gone)
    kept = begun()
    leave(person)
    assert current().scalars(select(Task)).all() == [kept]
    assert (count(TaskVersion), count(TaskEvent)) == (1, 0)


@pytest.mark.parametrize("make", [submitted, lambda: taken()[0], reading, voting])
def test_public_tasks_go_on_without_their_author(make):
    task = make()
    state = task.state
    leave(task.author)
    assert (task.state, task.author_id) == (state, None)


def test_what_only_its_author_could_mend_is_withdrawn_by_the_portal():
    task = returned()
    leave(task.author)
    assert (task.state, task.author_id, task.due_at) == (TaskState.WITHDRAWN, None, None)
    assert task.events[-1].who == "portal"
    assert verbs(task)[-1] == "withdraw"


def test_an_institutions_task_stays_with_the_institution():
    place = InstitutionFactory()
    official, colleague = staff(Role.OFFICER, place), actor_for(staff(Role.OFFICER, place))
    draft = government_task(official, place)
    leave(official)
    assert draft.author_id is None
    propose.submit(colleague, draft)
    assert draft.state is TaskState.SUBMITTED


def test_a_review_waits_for_another_reviewer_when_one_leaves_the_office():
    person = staff(Role.REVIEWER)
    open_task, done = taken(reviewer=actor_for(person))[0], taken(reviewer=actor_for(person))
    decided(done[1], done[0], ReviewDecision.RETURN, met=())
    end_access(actor_for(staff(Role.OPERATOR)), person, successor_id=None)
    current().expire_all()
    assert (open_task.state, open_task.reviewer_id) == (TaskState.IN_REVIEW, None)
    assert done[0].reviewer_id == person.id


def test_a_review_waits_for_another_reviewer():
    person = staff(Role.REVIEWER, name="Kim Review")
    task, _reviewer = taken(reviewer=actor_for(person))
    leave(person)
    assert (task.state, task.reviewer_id) == (TaskState.IN_REVIEW, None)
    other = reviewer_named("Lee Review")
    review.take_over(other, task, reason="Kim Review has left.")
    assert task.reviewer_id == other.person_id


def test_what_was_decided_keeps_its_name():
    person = staff(Role.REVIEWER, name="Kim Review")
    task = returned_by(person)
    leave(person)
    assert task.reviews[0].reviewer_name == "Kim Review"


def returned_by(person):
    task, reviewer = taken(reviewer=actor_for(person))
    decided(reviewer, task, ReviewDecision.RETURN, met=())
    return task


def test_arguments_stay_and_ratings_and_followed_tasks_go():
    task, person, other = reading(), PersonFactory(), PersonFactory()
    mine, theirs = argued(task, person), argued(task, other)
    for reader in (person, PersonFactory()):
        arguments.rate(actor_for(reader), theirs, helpful=True)
        following.follow(actor_for(reader), task)
    leave(person)
    assert (mine.author_id, mine.text) == (None, "It helps.")
    assert (theirs.helpful, theirs.unhelpful) == (1, 0)
    assert (count(ArgumentRating), count(TaskFollower)) == (1, 1)
