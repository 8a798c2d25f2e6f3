"""Changing the words of a task: what goes back to review, what is compared, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import inspect

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.forum.queries.review import review_queue, revised_from
from civicportal.forum.queries.timeline import past
from civicportal.forum.queries.visibility import task_of
from civicportal.forum.services import propose, review, support
from civicportal.forum.states import TaskState
from civicportal.voting.services.opening import open_due, void_box
from civicportal.voting.states import BoxState
from tests.factories.accounts import staff
from tests.factories.forum import (
    LUNCHES,
    author_of,
    begun,
    decided,
    mended,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    verbs,
    words,
)

pytestmark = pytest.mark.usefixtures("english")


def saved(task, actor=None, **changed):
    return propose.save_version(actor or author_of(task), task, **{**words(), "language": "en", **changed})


def test_a_change_while_reading_goes_back_to_review():
    task = reading()
    former = task.box
    with clock.at(now() + timedelta(days=3)):
        saved(task, title="Another question", language="ko")
        assert task.due_at == now() + timedelta(days=14)
    assert (task.state, task.box, task.reviewer_id, task.cycle) == (TaskState.SUBMITTED, None, None, 2)
    assert former.state is BoxState.VOID
    with clock.at(former.opens_at):
        open_due()
    assert task.state is TaskState.SUBMITTED
    assert verbs(task)[-1] == "revise"
    assert (past(task)[-1].title, past(task)[-1].who) == ("The text was changed while people read it", "A citizen")


def test_only_what_a_reviewer_accepts_is_voted_on():
    task = reading()
    saved(task, title="Another question")
    assert revised_from(task) == 1
    assert [row.revised for row in review_queue(reviewer_named("Lee"))] == [True]
    reviewer = reviewer_named("Kim Review")
    with clock.at(now() + timedelta(days=5)):
        review.take_review(reviewer, task)
        decided(reviewer, task)
        assert task.reading_until == task.box.opens_at == now().replace(microsecond=0) + timedelta(days=14)
    assert (task.box.question, task.reviews[-1].version, revised_from(task)) == ("Another question", 2, None)


def test_what_was_returned_and_mended_is_not_marked_as_changed_while_read():
    task = returned()
    mended(task)
    assert revised_from(task) is None
    assert [row.revised for row in review_queue(reviewer_named("Lee"))] == [False]


def test_readers_keep_the_time_that_was_given_for_a_reason():
    task = reading()
    until = now().replace(microsecond=0) + timedelta(days=60)
    support.extend_due(supporter_named(), task, due_at=until, reason="Everybody is on holiday.")
    saved(task)
    reviewer = reviewer_named("Kim Review")
    review.take_review(reviewer, task)
    decided(reviewer, task)
    assert task.reading_until == task.due_at == task.box.opens_at == until


def test_an_author_plans_no_vote_in_place_of_one_that_was_declared_void():
    task = reading()
    void_box(actor_for(staff(Role.OPERATOR)), task.box, reason="The question was wrong.")
    with pytest.raises(Conflict, match="void"):
        saved(task)
    assert (task.state, len(task.versions), task.box.state) == (TaskState.READING, 1, BoxState.VOID)


def test_a_changed_text_is_compared_with_other_tasks_again():
    first, task = submitted(**LUNCHES), submitted()
    with pytest.raises(Invalid) as refusal:
        saved(task, **LUNCHES)
    assert set(refusal.value.fields) == {"difference"}
    assert len(task.versions) == 1
    saved(task, **LUNCHES, difference="Mine is for kindergartens.")
    assert (task.difference, task.similar) == ("Mine is for kindergartens.", [first.number])
    saved(task, **{**LUNCHES, "title": "Lunch for free in schools"})
    assert task.difference == "Mine is for kindergartens."


def test_what_was_said_of_one_task_does_not_count_for_another():
    submitted(**LUNCHES)
    task = begun(**LUNCHES)
    propose.submit(author_of(task), task, difference="Mine is for kindergartens.")
    libraries = words()
    submitted(**libraries)
    with pytest.raises(Invalid):
        saved(task, **libraries)


def test_a_public_text_changes_so_often_a_day_and_altogether(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(
        app.config["SETTINGS"], versions_per_day=2, versions_per_task=4))
    task = submitted()
    saved(task)
    saved(task)
    with pytest.raises(Conflict, match="2 times within a day"):
        saved(task)
    with clock.at(now() + timedelta(days=1, minutes=1)):
        saved(task)
        with pytest.raises(Conflict, match="4 versions"):
            saved(task)
    assert len(task.versions) == 4


def test_a_draft_may_be_rewritten_at_will(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], versions_per_day=1))
    task = begun()
    for _ in range(3):
        saved(task)
    assert len(task.versions) == 1


def test_a_page_reads_the_words_of_the_latest_version_alone():
    task = submitted()
    for number in range(4):
        saved(task, problem=f"words of version {number + 2}")
    current().expunge_all()
    found = task_of(task.number, None)
    assert found.versions[-1].problem == "words of version 5"
    read = [version.number for version in found.versions if "problem" not in inspect(version).unloaded]
    assert read == [5]
