"""Proposing, arguing and following up over HTTP: what is kept, what is refused, what is said to those too late."""

import re
from html import unescape

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, ArgumentRating, Task
from civicportal.forum.services import arguments, propose
from civicportal.forum.services.outcome import record_outcome
from civicportal.forum.services.support import bring
from civicportal.forum.states import Origin, Outcome, Side, TaskState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.forum import (
    LUNCHES,
    argued,
    author_of,
    begun,
    reading,
    returned,
    submitted,
    supporter_named,
    taken,
    voting,
    while_voting,
    words,
)
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed

PROPOSE = "/en/forum/propose"
WORDS = {
    "title": "Open the library in the evening",
    "problem": "People who work cannot come before six o'clock, and then the doors are closed.",
    "idea": "Keep the city library open until ten on three evenings a week.",
}


def text_of(response):
    return unescape(response.get_data(as_text=True))


def page(task, tail=""):
    return f"/en/forum/{task.number}{tail}"


def only_task():
    current().rollback()
    return current().query(Task).one()


def stored(task):
    """The task as the database has it now."""
    current().rollback()
    current().expire_all()
    return current().get_one(Task, task.id)


@pytest.fixture
def person(app):
    return PersonFactory()


@pytest.fixture
def browser(app, person):
    return signed_in(app, person)


@pytest.mark.parametrize("tail", ["/edit", "/submit", "/submitted", "/withdraw", "/argue"])
def test_who_is_not_signed_in_is_asked_to_and_comes_back(client, tail):
    answer = client.get(page(submitted(), tail))
    assert answer.status_code == 401
    assert tail in text_of(answer)


def test_from_the_words_over_the_check_to_the_receipt(browser, person):
    answer = browser.submit(PROPOSE, WORDS)
    task = only_task()
    assert task.state is TaskState.DRAFT
    assert answer.location.endswith(page(task, "/submit"))
    check = text_of(browser.get(page(task, "/submit")))
    assert WORDS["problem"] in check
    assert "A reviewer looks at it within 14 days" in check
    assert "These look similar" not in check
    answer = browser.submit(page(task, "/submit"))
    assert answer.location.endswith(page(task, "/submitted"))
    receipt = text_of(browser.get(page(task, "/submitted")))
    assert task.number in receipt
    assert "A reviewer: Take the task and decide on it. By " in receipt
    assert stored(task).state is TaskState.SUBMITTED


def test_nothing_typed_is_lost_when_a_field_is_missing(browser):
    answer = browser.submit(PROPOSE, {**WORDS, "title": " ", "idea": "x" * 20_001})
    shown = text_of(answer)
    assert answer.status_code == 400
    assert '<a href="#title">Give a title' in shown
    assert '<a href="#idea">The text is too long.' in shown
    assert WORDS["problem"] in shown
    assert "x" * 20_001 in shown
    assert current().query(Task).count() == 0


def test_a_draft_can_wait(browser):
    answer = browser.submit(PROPOSE, {**WORDS, "intent": "later"})
    assert answer.location.endswith("/en/my-matters/tasks")
    task = only_task()
    assert WORDS["idea"] in text_of(browser.get(page(task, "/edit")))
    browser.submit(page(task, "/edit"), {**WORDS, "title": "Another title", "intent": "later"})
    assert stored(task).title == "Another title"


def test_a_draft_is_kept_with_gaps_and_not_submitted_so(browser):
    browser.submit(PROPOSE, {"problem": "Only this so far.", "intent": "later"})
    task = only_task()
    assert "Task without a title" in text_of(browser.get("/en/my-matters/tasks"))
    assert "Only this so far." in text_of(browser.get(page(task, "/edit")))
    assert browser.submit(page(task, "/edit"), {"problem": "More.", "intent": "go"}).status_code == 400
    refused = browser.submit(page(task, "/submit"))
    assert refused.status_code == 400
    assert "Give a title" in text_of(refused)
    assert stored(task).state is TaskState.DRAFT


def test_more_tasks_than_one_person_may_have_under_way_are_refused_with_the_words_kept(app, browser, person):
    for _number in range(app.config["SETTINGS"].tasks_per_person):
        begun(person)
    answer = browser.submit(PROPOSE, WORDS)
    assert answer.status_code == 400
    assert "You have 5 tasks under way." in text_of(answer)
    assert WORDS["problem"] in text_of(answer)


def test_who_works_for_an_institution_can_propose_in_its_name(app):
    here, there = InstitutionFactory(name_en="Lamp Office"), InstitutionFactory(name_en="Tree Office")
    browser = signed_in(app, staff(Role.OFFICER, here))
    shown = text_of(browser.get(PROPOSE))
    assert "Lamp Office" in shown
    assert "Tree Office" not in shown
    assert browser.submit(PROPOSE, {**WORDS, "institution": there.code}).status_code == 400
    browser.submit(PROPOSE, {**WORDS, "institution": here.code})
    task = only_task()
    assert (task.origin, task.institution_id) == (Origin.GOVERNMENT, here.id)
    browser.submit(page(task, "/submit"))
    assert "Lamp Office" in text_of(app.test_client().get(page(task)))


def test_citizens_are_not_asked_in_whose_name(browser):
    assert "In whose name" not in text_of(browser.get(PROPOSE))


@pytest.fixture
def proposal(person):
    place = InstitutionFactory()
    petition = filed(person, place, type="proposal", title="Brighter lamps", text="Use brighter lamps everywhere.",
                     wants_public=True)
    answered(petition, staff(Role.OFFICER, place))
    return petition


def test_an_answered_proposal_can_be_taken_to_the_forum(browser, proposal):
    link = f"/en/forum/propose?petition={proposal.number}"
    assert link in text_of(browser.get(f"/en/petitions/{proposal.number}"))
    shown = text_of(browser.get(link))
    assert "Use brighter lamps everywhere." in shown
    assert "Brighter lamps" in shown
    browser.submit(link, WORDS)
    task = only_task()
    assert (task.origin, task.petition_number) == (Origin.PROPOSAL, proposal.number)
    again = browser.submit(link, WORDS)
    assert "This proposal was carried on already" in text_of(again)


def test_anothers_proposal_is_not_to_be_found(app, proposal):
    stranger = signed_in(app, PersonFactory())
    hidden = stranger.get(f"/en/forum/propose?petition={proposal.number}")
    assert hidden.status_code == 404
    assert stranger.get("/en/forum/propose?petition=2510-ZZZZ-ZZZZ").status_code == 404
    assert stranger.get("/en/forum/propose?petition=nonsense").status_code == 404


def test_a_proposal_that_waits_for_its_answer_has_no_link_to_the_forum(browser, person):
    petition = filed(person, InstitutionFactory(), type="proposal")
    assert "Take this idea to the forum" not in text_of(browser.get(f"/en/petitions/{petition.number}"))
    answer = browser.submit(f"/en/forum/propose?petition={petition.number}", WORDS)
    assert answer.status_code == 400
    assert "once it is answered" in text_of(answer)


def test_the_origin_links_only_who_may_read_it(app, client, browser, proposal):
    browser.submit(f"/en/forum/propose?petition={proposal.number}", WORDS)
    task = only_task()
    browser.submit(page(task, "/submit"))
    assert f"/petitions/{proposal.number}" in text_of(browser.get(page(task)))
    public = text_of(client.get(page(task)))
    assert proposal.number not in public
    assert "It comes from an answered proposal that is not public." in public


def test_similar_tasks_are_shown_and_the_difference_is_asked_for(browser, person):
    other = submitted(**WORDS)
    task = begun(person, **WORDS)
    shown = text_of(browser.get(page(task, "/submit")))
    assert "These look similar" in shown
    assert page(other) in shown
    refused = browser.submit(page(task, "/submit"), {"difference": " "})
    assert refused.status_code == 400
    assert '<a href="#difference">Say how your task differs' in text_of(refused)
    assert stored(task).state is TaskState.DRAFT
    browser.submit(page(task, "/submit"), {"difference": "Mine is about schools."})
    public = text_of(browser.get(page(task)))
    assert "Mine is about schools." in public
    assert page(other) in public


def test_a_public_text_gets_a_new_version(browser, person):
    task = submitted(person)
    answer = browser.submit(page(task, "/edit"), words(title="Better"))
    assert answer.location.endswith(page(task))
    assert [version.number for version in stored(task).versions] == [1, 2]
    assert "The text is stored as version 2." in text_of(browser.get(page(task)))


def test_a_change_that_comes_close_to_another_task_asks_for_the_difference(browser, person):
    other, task = submitted(**LUNCHES), submitted(person)
    assert "Mine differs because" not in text_of(browser.get(page(task, "/edit")))
    answer = browser.submit(page(task, "/edit"), LUNCHES)
    assert answer.status_code == 400
    assert "Mine differs because" in text_of(answer)
    assert page(other) in text_of(answer)
    browser.submit(page(task, "/edit"), {**LUNCHES, "difference": "Mine is about kindergartens."})
    assert (len(stored(task).versions), stored(task).difference) == (2, "Mine is about kindergartens.")


def test_who_changes_a_text_that_is_read_is_told_that_it_is_reviewed_again(browser, person):
    task = reading(person)
    assert "A reviewer looks at it again" in text_of(browser.get(page(task, "/edit")))
    browser.submit(page(task, "/edit"), words(title="Better"))
    assert stored(task).state is TaskState.SUBMITTED


def test_what_people_still_vote_on_is_not_offered_for_withdrawal(app, person):
    task = voting(person)
    with clock.at(while_voting(task)):
        bring(supporter_named(), task, reason="It cannot wait.")
        record_outcome(SYSTEM, task, Outcome.RETURNED, reason="Say who pays.", name="Choi Record")
        browser = signed_in(app, person)
        assert page(task, "/withdraw") not in text_of(browser.get(page(task)))
        answer = browser.get(page(task, "/withdraw"))
        assert answer.status_code == 409
        assert "still runs" in text_of(answer)


def test_a_returned_task_is_changed_and_submitted_again(browser, person):
    task = returned(person)
    assert "Change the text as asked" in text_of(browser.get(page(task)))
    same = browser.submit(page(task, "/submit"))
    assert same.status_code == 409
    assert "Change the text first" in text_of(same)
    answer = browser.submit(page(task, "/edit"), {**words(title="Better"), "intent": "go"})
    assert answer.location.endswith(page(task, "/submit"))
    browser.submit(page(task, "/submit"))
    assert stored(task).state is TaskState.SUBMITTED


def test_who_edits_too_late_reads_why_and_keeps_the_words(app, person):
    task = voting(person)
    with clock.at(while_voting(task)):
        browser = signed_in(app, person)
        assert browser.get(page(task, "/edit")).status_code == 409
        answer = browser.submit(page(task, "/edit"), {**WORDS, "idea": "My late idea."}, page="/en/forum/propose")
        assert answer.status_code == 409
        assert "My late idea." in text_of(answer)
        assert "See how it stands now" in text_of(answer)
    assert len(stored(task).versions) == 1


def test_withdrawing_asks_once_more(browser, person):
    task = submitted(person)
    asked = text_of(browser.get(page(task, "/withdraw")))
    assert "Withdraw this task?" in asked
    assert stored(task).state is TaskState.SUBMITTED
    browser.submit(page(task, "/withdraw"))
    assert stored(task).state is TaskState.WITHDRAWN
    assert browser.get(page(task, "/withdraw")).status_code == 409


@pytest.mark.parametrize("tail", ["/edit", "/submit", "/submitted", "/withdraw"])
def test_anothers_draft_is_absent_and_anothers_task_is_not_mine_to_change(browser, tail):
    assert browser.get(page(begun(), tail)).status_code == 404
    task = submitted()
    assert browser.get(page(task, tail)).status_code == 403
    if tail != "/submitted":
        assert browser.submit(page(task, tail), WORDS, page=PROPOSE).status_code == 403
    assert stored(task).state is TaskState.SUBMITTED


def test_an_argument_is_added_on_its_side(browser):
    task = reading()
    shown = text_of(browser.get(page(task, "/argue?side=against")))
    assert re.search(r'value="against"\s+checked', shown)
    answer = browser.submit(page(task, "/argue"), {"side": "against", "text": "It costs too much."})
    assert answer.location.endswith(page(task) + "#arguments")
    argument = current().query(Argument).one()
    assert (argument.side, argument.text) == (Side.AGAINST, "It costs too much.")


@pytest.mark.parametrize(("data", "field"), [
    ({"side": "for", "text": " "}, "text"), ({"text": "Words."}, "side"), ({"side": "both", "text": "Words."}, "side"),
    ({"side": "for", "text": "x" * 1001}, "text"),
])
def test_an_argument_that_lacks_something_comes_back(browser, data, field):
    answer = browser.submit(page(reading(), "/argue"), data)
    assert answer.status_code == 400
    assert f'<a href="#{field}">' in text_of(answer)
    assert data["text"] in text_of(answer)
    assert current().query(Argument).count() == 0


def test_no_argument_before_reading_and_the_words_are_kept(browser):
    task = submitted()
    assert browser.get(page(task, "/argue")).status_code == 409
    answer = browser.submit(page(task, "/argue"), {"side": "for", "text": "Early words."}, page=PROPOSE)
    assert answer.status_code == 409
    assert "Early words." in text_of(answer)


def test_the_most_arguments_of_one_person(app, browser, person):
    task = reading()
    for number in range(app.config["SETTINGS"].arguments_per_person):
        argued(task, person, text=f"Number {number}")
    answer = browser.submit(page(task, "/argue"), {"side": "for", "text": "One more."})
    assert answer.status_code == 409
    assert "That is the most for one person." in text_of(answer)
    assert "One more." in text_of(answer)


def test_rating_an_argument_and_changing_ones_mind(app, browser, person):
    task = reading()
    argument, own = argued(task), argued(task, person)
    shown = text_of(browser.get(page(task)))
    assert f"/arguments/{argument.id}/rating" in shown
    assert f"/arguments/{own.id}/rating" not in shown
    for word, helpful in (("yes", True), ("no", False), ("no", False)):
        browser.submit(page(task, f"/arguments/{argument.id}/rating"), {"helpful": word}, page=page(task))
        current().rollback()
        current().expire_all()
        assert current().query(ArgumentRating.helpful).one()[0] is helpful
    answer = browser.submit(page(task, f"/arguments/{own.id}/rating"), {"helpful": "yes"}, page=page(task))
    assert answer.status_code == 303
    assert "You cannot rate an argument of your own." in text_of(browser.get(page(task)))
    assert current().query(ArgumentRating).count() == 1


def test_an_argument_of_another_task_is_absent(browser):
    argument, other = argued(reading()), reading()
    answer = browser.submit(page(other, f"/arguments/{argument.id}/rating"), {"helpful": "yes"}, page=PROPOSE)
    assert answer.status_code == 404


def test_hiding_an_argument_needs_the_office_and_a_reason(app, browser):
    task = reading()
    argument = argued(task, text="You are fools.")
    path = page(task, f"/arguments/{argument.id}/hide")
    assert browser.get(path).status_code == 403
    officer = signed_in(app, staff(Role.SUPPORT, name="Park Support"))
    assert path in text_of(officer.get(page(task)))
    assert officer.submit(path, {"reason": " "}).status_code == 400
    officer.submit(path, {"reason": "It speaks of people."})
    shown = text_of(officer.get(page(task)))
    assert "You are fools." not in shown
    assert "It speaks of people." in shown
    assert officer.get(path).status_code == 409


def test_a_button_pressed_too_late_says_why(app, browser):
    task = reading()
    argument = argued(task)
    arguments.hide(supporter_named(), argument, reason="It speaks of people.")
    browser.submit(page(task, f"/arguments/{argument.id}/rating"), {"helpful": "yes"}, page=PROPOSE)
    assert "This argument is hidden." in text_of(browser.get(page(task)))
    assert current().query(ArgumentRating).count() == 0


def test_who_takes_a_task_back_while_it_is_reviewed_needs_no_new_page(app, person, browser):
    task, _reviewer = taken(person)
    assert browser.get(page(task, "/edit")).status_code == 409
    propose.withdraw(author_of(task), task)
    assert actor_for(person).person_id == task.author_id
    assert "Withdrawn" in text_of(browser.get(page(task)))
