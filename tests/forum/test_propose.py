"""Proposing: drafts, versions, handing in, taking back."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import Task, TaskVersion
from civicportal.forum.queries.visibility import linked_petition, task_of
from civicportal.forum.services import propose, review, support
from civicportal.forum.states import Origin, ReviewDecision, TaskState
from civicportal.voting.models import RollEntry
from civicportal.voting.states import BoxState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    LUNCHES,
    ThresholdFactory,
    author_of,
    begun,
    decided,
    government_task,
    in_force,
    mended,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    taken,
    verbs,
    voting,
    words,
)
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, published

pytestmark = pytest.mark.usefixtures("english")


def saved(task, actor=None, **changed):
    return propose.save_version(actor or author_of(task), task, **{**words(), "language": "en", **changed})


def carried_on(petition, author):
    return begun(author, origin=Origin.PROPOSAL, petition_number=petition.number)


@pytest.fixture
def author():
    return PersonFactory()


@pytest.fixture
def proposal(author):
    place = InstitutionFactory()
    petition = filed(author, place, type="proposal", wants_public=True)
    answered(petition, staff(Role.OFFICER, place))
    return petition


def test_a_draft_is_its_authors_alone(author):
    task = begun(author)
    assert task.state is TaskState.DRAFT
    assert task_of(task.number, actor_for(author)) == task
    for reader in (None, actor_for(PersonFactory()), actor_for(staff(Role.REVIEWER)), actor_for(staff(Role.SUPPORT))):
        with pytest.raises(NotFound):
            task_of(task.number, reader)


def test_numbers_run_through_the_year():
    with clock.at(now().replace(year=2031, month=5)):
        assert [begun().number for _ in range(3)] == ["T-2031-000001", "T-2031-000002", "T-2031-000003"]
    with clock.at(now().replace(year=2032, month=5)):
        assert begun().number == "T-2032-000001"


def test_the_year_of_a_number_is_the_local_one():
    with clock.at(now().replace(year=2031, month=12, day=31, hour=20)):
        assert begun().number.startswith("T-2032-")


def test_people_who_begin_at_once_get_numbers_of_their_own(app):
    people, made = [actor_for(PersonFactory()) for _ in range(4)], []

    def begin(actor):
        with app.app_context():
            made.append(propose.start_task(actor, **words(), language="en").number)

    threads = [threading.Thread(target=begin, args=[actor]) for actor in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(people)


def test_every_missing_or_long_field_is_named(author):
    with pytest.raises(Invalid) as refusal:
        begun(author, title=" \n", problem="", idea="x" * 20_001)
    assert set(refusal.value.fields) == {"title", "problem", "idea"}
    with pytest.raises(Invalid) as refusal:
        begun(author, title="x" * 121)
    assert set(refusal.value.fields) == {"title"}
    assert current().scalar(select(func.count()).select_from(Task)) == 0


def test_text_is_stored_plain_and_its_language_found(author):
    task = begun(author, title="도서관을\n밤에도  열어 주세요", problem="e\u0301\r\n\x07둘째 줄",
                 idea="도서관을 열어 주세요")
    version = task.versions[0]
    assert version.title == task.title == "도서관을 밤에도 열어 주세요"
    assert version.problem == "é\n둘째 줄"
    assert task.language == "ko"


def test_so_many_tasks_may_be_under_way(author):
    tasks = [begun(author) for _ in range(5)]
    with pytest.raises(Conflict, match="5 tasks"):
        begun(author)
    propose.withdraw(actor_for(author), tasks[0])
    begun(author)


def test_what_was_submitted_lately_counts_whatever_became_of_it(author, app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], tasks_per_person=2, tasks_days=10))
    for _ in range(2):
        propose.withdraw(actor_for(author), submitted(author))
    with pytest.raises(Conflict, match="last 10 days"):
        begun(author)
    with clock.at(now() + timedelta(days=10, minutes=1)):
        begun(author)


def test_only_who_joined_proposes_and_only_staff_for_an_institution(author):
    place, other = InstitutionFactory(), InstitutionFactory()
    official = staff(Role.OFFICER, place)
    assert government_task(official, place).institution == place
    for person, institution in ((official, other), (author, place), (staff(Role.OPERATOR), place)):
        with pytest.raises(Forbidden):
            government_task(person, institution)
    with pytest.raises(Forbidden):
        begun(official, origin=Origin.GOVERNMENT)
    with pytest.raises(Forbidden):
        begun(PersonFactory(level=0))


def test_an_institutions_tasks_do_not_count_for_the_official():
    place = InstitutionFactory()
    official = staff(Role.OFFICER, place)
    for _ in range(6):
        government_task(official, place)
    assert begun(official).origin is Origin.CITIZEN


def test_colleagues_go_on_with_an_institutions_task():
    place = InstitutionFactory()
    task = government_task(staff(Role.OFFICER, place), place)
    colleague, stranger = actor_for(staff(Role.MANAGER, place)), actor_for(staff(Role.MANAGER, InstitutionFactory()))
    assert task_of(task.number, colleague) == task
    with pytest.raises(NotFound):
        task_of(task.number, stranger)
    saved(task, colleague, title="Another title")
    propose.submit(colleague, task)
    with pytest.raises(Forbidden):
        propose.withdraw(stranger, task)


def test_the_author_carries_on_an_answered_proposal_once(author, proposal):
    task = carried_on(proposal, author)
    assert (task.origin, task.petition_number) == (Origin.PROPOSAL, proposal.number)
    with pytest.raises(Conflict, match=task.number):
        carried_on(proposal, author)
    propose.withdraw(actor_for(author), task)
    carried_on(proposal, author)


def test_what_cannot_be_carried_on_is_refused_in_the_same_words(author, proposal):
    place = InstitutionFactory()
    officer = staff(Role.OFFICER, place)
    waiting = filed(author, place, type="proposal")
    petition = filed(author, place)
    answered(petition, officer)
    said = set()
    for person, number in (
        (PersonFactory(), proposal.number), (author, waiting.number), (author, petition.number), (author, "no"),
    ):
        with pytest.raises(Invalid) as refusal:
            begun(person, origin=Origin.PROPOSAL, petition_number=number)
        said.add(str(refusal.value.fields["petition_number"]))
    assert len(said) == 1


def test_the_link_to_the_proposal_is_for_who_can_open_it(author, proposal):
    task = carried_on(proposal, author)
    assert linked_petition(task, actor_for(author)) == proposal.number
    assert linked_petition(task, None) is None
    assert linked_petition(task, actor_for(PersonFactory())) is None
    published(proposal, staff(Role.OFFICER, proposal.assignments[0].institution))
    assert linked_petition(task, None) == proposal.number


def test_a_draft_is_overwritten(author):
    task = begun(author)
    saved(task, title="  Open the   library ")
    assert [(version.number, version.title) for version in task.versions] == [(1, "Open the library")]
    assert task.title == "Open the library"
    assert verbs(task) == []


def test_a_public_task_gets_versions_and_nothing_for_no_change():
    task = submitted()
    first = task.versions[0]
    assert saved(task, title=first.title, problem=first.problem, idea=first.idea).number == 1
    assert saved(task, title="Open the library", language="ko").number == 2
    assert (first.title != "Open the library", task.title) == (True, "Open the library")
    assert verbs(task) == ["submit", "edit"]
    assert task.events[-1].details["version"] == 2


def test_only_who_proposed_it_changes_it():
    task = submitted()
    for person in (PersonFactory(), staff(Role.REVIEWER), staff(Role.SUPPORT)):
        with pytest.raises(Forbidden):
            saved(task, actor_for(person))
        with pytest.raises(Forbidden):
            propose.withdraw(actor_for(person), task)


def test_a_text_in_review_stays():
    task, _reviewer = taken()
    with pytest.raises(Conflict, match="reviewer"):
        saved(task)


def test_no_version_after_the_first_vote():
    task = voting()
    with pytest.raises(Conflict, match="stays"):
        saved(task)
    assert current().scalar(select(func.count()).select_from(TaskVersion)) == 1


def test_no_version_once_somebody_has_voted_whatever_the_state_says():
    task = reading()
    with atomic() as session:
        session.add(RollEntry(box_id=task.box_id, key="ab" * 32))
    with pytest.raises(Conflict):
        saved(task)


def test_submitting_makes_it_public_and_starts_the_clock():
    with clock.at(now()):
        task = submitted()
        assert task.due_at == now() + timedelta(days=14)
        assert task.submitted_at == now()
    assert task.state is TaskState.SUBMITTED
    assert task_of(task.number, None) == task
    with pytest.raises(Conflict):
        propose.submit(author_of(task), task)


def test_close_tasks_are_shown_and_the_difference_is_asked_for():
    first = submitted(**LUNCHES)
    second = begun(**{**LUNCHES, "title": "School lunches for nothing"})
    with pytest.raises(Invalid) as refusal:
        propose.submit(author_of(second), second, difference="  ")
    assert set(refusal.value.fields) == {"difference"}
    assert second.state is TaskState.DRAFT
    propose.submit(author_of(second), second, difference="Mine is for kindergartens.")
    assert (second.difference, second.similar) == ("Mine is for kindergartens.", [first.number])


def test_mended_after_review_keeps_what_was_said_of_the_difference():
    submitted(**LUNCHES)
    task = begun(**LUNCHES)
    propose.submit(author_of(task), task, difference="Mine is for kindergartens.")
    reviewer = reviewer_named("Kim Review")
    review.take_review(reviewer, task)
    decided(reviewer, task, ReviewDecision.RETURN, met=(), reasons="When?")
    mended(task, **{**LUNCHES, "idea": LUNCHES["idea"] + " From May on."})
    assert task.difference == "Mine is for kindergartens."


def test_a_returned_task_must_be_mended():
    task = returned()
    with pytest.raises(Conflict, match="nothing has changed"):
        propose.submit(author_of(task), task)
    first = task.submitted_at
    mended(task)
    assert (task.state, task.cycle, task.reviewer_id, task.submitted_at) == (TaskState.SUBMITTED, 1, None, first)
    assert verbs(task) == ["submit", "take", "return", "edit", "submit"]


@pytest.mark.parametrize("make", [begun, submitted, lambda: taken()[0], returned, reading])
def test_an_author_takes_a_task_back_before_the_vote(make):
    task = make()
    public = task.submitted_at is not None
    propose.withdraw(author_of(task), task, reason="I was wrong.")
    assert (task.state, task.due_at) == (TaskState.WITHDRAWN, None)
    assert task.events[-1].reason == "I was wrong."
    if task.box:
        assert task.box.state is BoxState.VOID
        assert task.box.reason
    if public:
        assert task_of(task.number, None) == task
    else:
        with pytest.raises(NotFound):
            task_of(task.number, None)


def test_not_once_the_vote_has_begun():
    task = voting()
    with pytest.raises(Conflict):
        propose.withdraw(author_of(task), task)
    assert task.box.state is BoxState.OPEN


def test_a_task_that_was_withdrawn_is_no_hurdle_for_others():
    first = submitted(**LUNCHES)
    propose.withdraw(author_of(first), first)
    assert submitted(**LUNCHES).similar == []


def test_a_vote_of_another_level_is_planned_where_the_threshold_changed_meanwhile():
    task = reading()
    former = task.box
    with atomic():
        in_force().in_force_at = now() - timedelta(days=1)
    ThresholdFactory(version=2, min_level=2, in_force_at=now())
    support.extend_due(supporter_named(), task, due_at=task.due_at + timedelta(days=1), reason="More time.")
    assert former.state is BoxState.VOID
    assert (task.box.min_level, task.cycle, task.box.slug) == (2, 2, f"task-{task.number.lower()}-2")
    assert task.state is TaskState.READING
    assert "void" not in verbs(task)
