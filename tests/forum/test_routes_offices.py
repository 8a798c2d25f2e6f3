"""Reviewers and the support unit over HTTP: the queue, deciding, bringing, moving dates."""

import re
from html import unescape

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.i18n import local
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.forum.models import Review, Task
from civicportal.forum.services import propose
from civicportal.forum.services import review as services
from civicportal.forum.states import Criterion, TaskState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.forum import (
    ALL,
    author_of,
    in_force,
    later,
    reading,
    returned,
    submitted,
    taken,
    voting,
    while_voting,
    words,
)

QUEUE = "/en/forum/review"


def text_of(response):
    return unescape(response.get_data(as_text=True))


def page(task, tail=""):
    return f"/en/forum/{task.number}{tail}"


def stored(task):
    current().rollback()
    current().expire_all()
    return current().get_one(Task, task.id)


@pytest.fixture
def reviewer(app):
    return staff(Role.REVIEWER, name="Kim Review")


@pytest.fixture
def browser(app, reviewer):
    return signed_in(app, reviewer)


@pytest.fixture
def supporter(app):
    return staff(Role.SUPPORT, name="Park Support")


@pytest.fixture
def officer(app, supporter):
    return signed_in(app, supporter)


def decide(browser, task, **data):
    return browser.submit(page(task, "/review"), {
        "intent": "decide", "met": list(ALL), "decision": "accept", "reasons": "It is clear.", **data})


def test_an_empty_queue_teaches(browser, officer):
    assert "Nothing to review" in text_of(browser.get(QUEUE))
    assert "Nothing is stuck" in text_of(officer.get(QUEUE))


def test_what_is_due_next_comes_first_and_overdue_is_marked(app, reviewer):
    first = submitted(title="The first one")
    with clock.at(later(days=3)):
        submitted(title="The second one")
    with clock.at(later(days=15)):
        shown = text_of(signed_in(app, reviewer).get(QUEUE))
    assert shown.index("The first one") < shown.index("The second one")
    assert shown.count("cp-table__row--overdue") == 1
    assert page(first, "/review") in shown


def test_the_support_unit_sees_what_is_stuck(app, supporter, reviewer):
    late = returned(title="Nobody mends it")
    submitted(title="In good time")
    with clock.at(later(days=31)):
        shown = text_of(signed_in(app, supporter).get(QUEUE))
        assert "Nobody mends it" in shown
        assert shown.index("the support unit can move a date") < shown.index("Nobody mends it")
        assert page(late) in shown
        assert "Nobody mends it" not in text_of(signed_in(app, reviewer).get(QUEUE))


def test_a_text_that_changed_while_it_was_read_is_marked_for_reviewers(browser):
    task = reading(title="Open the library")
    propose.save_version(author_of(task), task, **words(), language="en")
    assert "Changed while people read it" in text_of(browser.get(QUEUE))
    shown = text_of(browser.get(page(task, "/review")))
    assert "Version 1 was accepted. The text was changed while people read it." in shown
    assert page(task, "/versions") in shown


@pytest.mark.parametrize("path", [QUEUE, "/review", "/bring", "/due-date"])
def test_other_roles_are_refused(app, path):
    task = submitted()
    target = path if path == QUEUE else page(task, path)
    for person in (PersonFactory(), staff(Role.OPERATOR)):
        assert signed_in(app, person).get(target).status_code == 403


def test_taking_then_deciding_by_criteria_and_with_reasons(app, browser):
    in_force()
    task = submitted()
    shown = text_of(browser.get(page(task, "/review")))
    assert "everybody sees that you review it, by name" in shown
    assert 'name="decision"' not in shown
    answer = browser.submit(page(task, "/review"), {"intent": "take"})
    assert answer.location.endswith(page(task, "/review"))
    shown = text_of(browser.get(page(task, "/review")))
    assert "the decision, the criteria, your reasons and your name are public" in shown
    assert shown.count('name="met"') == len(Criterion)
    assert "It harms nobody's rights and names no private person." in shown
    assert decide(browser, task).location.endswith(page(task))
    assert stored(task).state is TaskState.READING
    public = text_of(app.test_client().get(page(task)))
    assert "Kim Review" in public
    assert "It is clear." in public
    assert public.count("Met:") == len(Criterion)


@pytest.mark.parametrize(("data", "field"), [
    ({"reasons": " "}, "reasons"), ({"decision": ""}, "decision"), ({"met": ["clear"]}, "met"),
    ({"decision": "decline"}, "met"), ({"decision": "adopt"}, "decision"), ({"met": ["nothing"]}, "met"),
])
def test_a_decision_that_lacks_something_comes_back_as_it_was(browser, reviewer, data, field):
    in_force()
    task, _actor = taken(reviewer=actor_for(reviewer))
    answer = decide(browser, task, **data)
    shown = text_of(answer)
    assert answer.status_code == 400
    assert f'<a href="#{field}">' in shown
    assert ("It is clear." in shown) is ("reasons" not in data)
    assert len(re.findall(r'name="met"[^>]*checked', shown)) == len(set(data.get("met", ALL)) & set(ALL))
    assert current().query(Review).count() == 0


def test_without_a_threshold_nothing_can_be_accepted_and_the_reasons_are_kept(browser, reviewer):
    task, _actor = taken(reviewer=actor_for(reviewer))
    answer = decide(browser, task)
    assert answer.status_code == 409
    assert "No threshold is in force yet" in text_of(answer)
    assert "It is clear." in text_of(answer)
    assert stored(task).state is TaskState.IN_REVIEW


def test_nobody_reviews_a_task_of_their_own(browser, reviewer):
    task = submitted(reviewer)
    assert "Another reviewer decides on it." in text_of(browser.get(page(task, "/review")))
    answer = browser.submit(page(task, "/review"), {"intent": "take"}, page="/en/forum/propose")
    assert answer.status_code == 403
    assert stored(task).state is TaskState.SUBMITTED


def test_who_comes_second_can_take_over_with_a_reason(browser, reviewer):
    task, _other = taken()
    shown = text_of(browser.get(page(task, "/review")))
    assert "Kim Review reviews this task." in shown  # the other's name is the same by the factory
    assert browser.submit(page(task, "/review"), {"intent": "take_over", "reason": ""}).status_code == 400
    browser.submit(page(task, "/review"), {"intent": "take_over", "reason": "On leave."})
    assert stored(task).reviewer_id == reviewer.id
    assert "On leave." in text_of(browser.get(page(task)))


def test_a_decision_after_somebody_took_over_is_not_lost(browser, reviewer):
    in_force()
    task, _actor = taken(reviewer=actor_for(reviewer))
    services.take_over(actor_for(staff(Role.REVIEWER)), task, reason="On leave.")
    answer = browser.submit(page(task, "/review"), {
        "intent": "decide", "met": list(ALL), "decision": "accept", "reasons": "My long reasons."},
        page="/en/forum/propose")
    assert answer.status_code == 403
    assert "My long reasons." in text_of(answer)
    assert current().query(Review).count() == 0


def test_nothing_to_review_says_where_the_task_is(browser):
    assert "The task stands at: To read and discuss" in text_of(browser.get(page(reading(), "/review")))


def test_bringing_a_task_says_what_everybody_will_see(app, supporter):
    task = voting()
    with clock.at(while_voting(task)):
        officer = signed_in(app, supporter)
        assert page(task, "/bring") in text_of(officer.get(page(task)))
        shown = text_of(officer.get(page(task, "/bring")))
        assert "your reason and your name" in shown
        assert "The vote stays open to its end." in shown
        assert officer.submit(page(task, "/bring"), {"reason": ""}).status_code == 400
        officer.submit(page(task, "/bring"), {"reason": "It cannot wait."})
        assert stored(task).without_threshold
        assert officer.get(page(task, "/bring")).status_code == 409


def test_a_due_date_moves_to_the_end_of_a_later_day(officer):
    task = submitted()
    path, new = page(task, "/due-date"), local(later(days=40))
    day = {"due_at-year": str(new.year), "due_at-month": str(new.month), "due_at-day": str(new.day)}
    for wrong in ({}, {**day, "due_at-month": "13"}, {**day, "due_at-year": "2020"}):
        answer = officer.submit(path, {**wrong, "reason": "Half of us are ill."})
        assert answer.status_code == 400
        assert '<a href="#due_at">' in text_of(answer)
        assert "Half of us are ill." in text_of(answer)
    empty = officer.submit(path, {"reason": ""})
    assert re.findall(r'<li><a href="#(\w+)">', empty.text) == ["due_at", "reason"]  # as the page shows the fields
    officer.submit(path, {**day, "reason": "Half of us are ill."})
    due = stored(task).due_at
    assert due > new
    assert (due - new).days <= 1
    assert "Half of us are ill." in text_of(officer.get(page(task)))


def test_where_nobody_has_to_act_no_date_can_be_moved(app, supporter):
    task = voting()
    with clock.at(while_voting(task)):
        officer = signed_in(app, supporter)
        assert officer.get(page(task, "/due-date")).status_code == 409
        late = officer.submit(page(task, "/due-date"), {"reason": "Half of us are ill."}, page=page(task))
        assert late.status_code == 409
        assert "Half of us are ill." in text_of(late)
        assert page(task, "/due-date") not in text_of(officer.get(page(task)))
