"""The public pages of the forum: list, feeds, one task, versions, what the forum is for and its rules."""

import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.permissions import Role
from civicportal.forum.services import arguments, following, propose, support
from civicportal.forum.states import Side
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.forum import (
    argued,
    author_of,
    begun,
    in_force,
    later,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    taken,
    voting,
    while_voting,
)

ATOM = "{http://www.w3.org/2005/Atom}"


def text_of(response):
    return unescape(response.get_data(as_text=True))


def main_of(response):
    """The words of the page itself, without marks and blanks."""
    body = text_of(response).partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def page(task, tail="", locale="en"):
    return f"/{locale}/forum/{task.number}{tail}"


@pytest.mark.parametrize("path", ["/forum", "/forum/mandate", "/forum/rules", "/forum/join", "/forum/feed.xml"])
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_public_pages_are_there_and_cacheable_without_a_single_task(client, path, locale):
    response = client.get(f"/{locale}{path}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in response.headers


def test_an_empty_list_teaches(client):
    assert "Tasks appear here as soon as somebody proposes one" in text_of(client.get("/en/forum"))


def test_the_list_says_where_each_task_stands_and_until_when(client):
    mended = returned(title="Plant trees")
    vote = voting(title="Open the library")
    with clock.at(while_voting(vote)):
        shown = main_of(client.get("/en/forum"))
        home = main_of(client.get("/en/"))
    assert "Plant trees" in shown
    assert "Returned for changes By " in shown
    assert "Vote running 29 days left, closes " in shown
    assert "Open the library" in home
    assert "Plant trees" not in home
    assert mended.number in shown


def test_an_overdue_task_is_marked_for_everybody(client):
    task = submitted()
    with clock.at(later(days=15)):
        assert "Overdue since" in main_of(client.get("/en/forum"))
        assert "Overdue since" in main_of(client.get(page(task)))
    assert "Overdue" not in main_of(client.get(page(task)))


def test_filters_find_by_state_origin_words_and_number(client):
    one, other = submitted(title="Plant trees"), reading(title="Open the library")

    def found(query):
        shown = main_of(client.get(f"/en/forum?{query}"))
        return {title for title in ("Plant trees", "Open the library") if title in shown}

    assert found("") == {"Plant trees", "Open the library"}
    assert found("state=reading") == {"Open the library"}
    assert found("q=trees") == {"Plant trees"}
    assert found(f"q={other.number.lower()}") == {"Open the library"}
    assert found("origin=government") == set()
    assert found("state=nothing&origin=nobody&after=x&q=%00") == {"Plant trees", "Open the library"}
    propose.withdraw(author_of(one), one)
    assert found("") == {"Open the library"}
    assert found("state=withdrawn") == {"Plant trees"}
    assert found("state=all") == {"Plant trees", "Open the library"}


def test_counts_in_the_filters_agree_with_the_list(client):
    for _number in range(3):
        submitted()
    reading()
    shown = main_of(client.get("/en/forum?state=submitted"))
    assert "3 tasks" in shown
    assert "On their way (4)" in shown
    assert "Submitted (3)" in shown
    assert "To read and discuss (1)" in shown


def test_the_list_goes_on_by_keyset(app, client):
    first = submitted(title="The very first")
    for _number in range(app.config["SETTINGS"].page_size):
        propose.submit(author_of(task := begun()), task, difference="It is about another place.")
    shown = text_of(client.get("/en/forum"))
    assert "The very first" not in shown
    older = re.search(r'href="([^"]+)" rel="next"', shown).group(1)
    assert first.number in main_of(client.get(older))


def test_the_funnel_counts_each_task_once_a_step(client):
    submitted()
    voting()
    reading()
    shown = main_of(client.get("/en/forum"))
    assert re.search(r"Step Tasks Proposed 3 Accepted for reading 2 Put to the vote 1 Over the threshold 0", shown)


def test_a_draft_is_nowhere_but_with_its_author(app, client):
    task = begun(title="Not yet for anybody")
    for path in ("/en/forum", "/en/forum?state=all", "/en/forum?state=draft", "/en/forum/feed.xml"):
        assert "Not yet for anybody" not in client.get(path).get_data(as_text=True)
    assert client.get(page(task)).status_code == 404
    assert signed_in(app, PersonFactory()).get(page(task)).status_code == 404
    own = signed_in(app, task.author).get(page(task))
    assert "Not yet for anybody" in main_of(own)
    assert 'content="noindex"' in text_of(own)


def test_typed_numbers_are_understood(client):
    task = submitted()
    assert client.get(page(task).replace("T-", "t-")).status_code == 200
    assert client.get("/en/forum/T-1999-000001").status_code == 404
    assert client.get("/en/forum/T-19").status_code == 404


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_a_task_page_names_officials_and_no_citizen(client, locale):
    task = reading(PersonFactory(name="Jane Doe"), reviewer=reviewer_named("Kim Review"))
    argued(task, PersonFactory(name="John Roe"), text="It <b>helps</b> me.")
    response = client.get(page(task, locale=locale))
    shown = text_of(response)
    assert "Kim Review" in shown
    assert "It is clear and new." in shown
    assert "It <b>helps</b> me." in shown
    assert "<b>helps" not in response.get_data(as_text=True)
    assert "Jane Doe" not in shown
    assert "John Roe" not in shown
    assert response.headers["Cache-Control"].startswith("public")
    assert "csrf_token" not in shown


def test_the_timeline_holds_what_was_is_and_will_be(client):
    task = reading()
    steps = re.findall(r'cp-timeline__step--(\w+)', text_of(client.get(page(task))))
    assert steps == ["past", "past", "past", "present", "future", "future", "future"]


def test_each_state_says_whose_turn_it_is(client):
    task, _reviewer = taken(reviewer=reviewer_named("Kim Review"))
    assert "Reviewer Kim Review: Decide on the task. By " in main_of(client.get(page(task)))


def test_arguments_are_one_press_away_while_they_can_be_written(client):
    for task, offered in ((submitted(), False), (reading(), True)):
        assert ('href="#arguments">Read and write arguments' in text_of(client.get(page(task)))) is offered


def test_a_vote_stands_on_the_page_with_its_threshold(client):
    task = voting()
    with clock.at(while_voting(task)):
        shown = text_of(client.get(page(task)))
    assert "0 yes votes, 8 needed" in shown
    assert f"/en/votes/{task.box.slug}" in shown
    assert "29 days left" in shown


def test_a_task_without_threshold_says_so(client):
    task = reading()
    support.bring(supporter_named("Park Support"), task, reason="It cannot wait.")
    shown = main_of(client.get(page(task)))
    assert "Brought to the Committee without the threshold." in shown
    assert "Support unit: Park Support" in shown
    assert "Reason: It cannot wait." in shown
    assert "Without the threshold" in main_of(client.get("/en/forum"))


def test_moved_dates_stay_to_be_seen(client):
    task = submitted()
    support.extend_due(supporter_named("Park Support"), task, due_at=later(days=40), reason="Half of us are ill.")
    shown = main_of(client.get(page(task)))
    assert "Dates that were moved" in shown
    assert "Half of us are ill." in shown


def test_arguments_stand_in_two_columns_and_hidden_ones_say_why(client):
    task = voting()
    with clock.at(while_voting(task)):
        argued(task, text="First words.")
        best = argued(task, text="Better words.")
        argued(task, side=Side.AGAINST, text="It costs too much.")
        rude = argued(task, side=Side.AGAINST, text="You are all fools.")
        arguments.rate(actor_for(PersonFactory()), best, helpful=True)
        arguments.hide(supporter_named(), rude, reason="It speaks of people.")
        shown = main_of(client.get(page(task)))
    assert re.search(r"For \(2\).*Better words\..*First words\..*Against \(2\).*It costs too much", shown)
    assert "1 reader finds it helpful" in shown
    assert "You are all fools." not in shown
    assert "This argument is hidden. Reason: It speaks of people." in shown


def test_many_arguments_stand_on_pages(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], page_size=2))
    task = reading()
    for number in range(3):
        argued(task, text=f"Reason {number}.")
        argued(task, side=Side.AGAINST, text=f"Objection {number}.")
    first = text_of(client.get(page(task)))
    assert "Reason 2." not in first
    assert "For <span class=\"cp-muted\">(3)" in first
    [link] = [one for one in re.findall(r'href="([^"]+)#arguments"', first) if "for=" in one]
    second = text_of(client.get(link))
    assert "Reason 2." in second
    assert "Reason 0." not in second
    assert "Objection 0." in second
    assert "Back to the most helpful ones" in second
    assert client.get(page(task, "?for=nonsense&against=-1.")).status_code == 200


def test_versions_show_what_changed(client):
    task = submitted(problem="Lamps are dark.")
    version = task.versions[-1]
    propose.save_version(author_of(task), task, title=version.title, problem="Lamps are always dark.",
                         idea=version.idea, language="en")
    assert "Version 2: see what was changed" in main_of(client.get(page(task)))
    shown = text_of(client.get(page(task, "/versions")))
    assert "by: A citizen." in shown
    assert re.search(r'<ins class="cp-new"><span class="govuk-visually-hidden">Added: </span>always ?</ins>', shown)
    first = text_of(client.get(page(task, "/versions?version=1")))
    assert "This is the first version." in first
    assert "<ins" not in first
    assert client.get(page(task, "/versions?version=3")).status_code == 404
    assert client.get(page(task, "/versions?version=x")).status_code == 200


def test_the_feed_is_atom_with_the_filters_of_the_list(client):
    submitted(title="Plant trees & bushes")
    reading(title="Open the library")
    response = client.get("/en/forum/feed.xml?q=trees")
    feed = ET.fromstring(response.data)  # noqa: S314 - our own
    assert response.mimetype == "application/atom+xml"
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["Plant trees & bushes"]
    assert client.get("/en/forum/feed.xml?q=trees", headers={
        "If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_feed_of_a_task_tells_its_steps(client):
    task = reading()
    feed = ET.fromstring(client.get(page(task, "/feed.xml")).data)  # noqa: S314 - our own
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == ["Accepted: everybody can read and discuss it", "A reviewer took it on", "Submitted"]
    assert client.get(page(begun(), "/feed.xml")).status_code == 404


def test_rules_show_the_threshold_in_force_with_its_version(client):
    assert "No threshold has been set yet." in main_of(client.get("/en/forum/rules"))
    in_force(value=40, reason="To begin with.")
    shown = main_of(client.get("/en/forum/rules"))
    assert "40 yes votes" in shown
    assert "This is version 1 of the rule" in shown
    assert "/en/votes/thresholds" in text_of(client.get("/en/forum/rules"))
    assert "It harms nobody's rights and names no private person." in shown


def test_the_mandate_names_who_holds_an_office(client):
    staff(Role.REVIEWER, name="Kim Review")
    staff(Role.SUPPORT, name="Park Support")
    shown = main_of(client.get("/en/forum/mandate"))
    assert "Kim Review" in shown
    assert "Park Support" in shown


def test_my_tasks_and_those_i_follow(app):
    person = PersonFactory()
    browser = signed_in(app, person)
    assert "You have proposed nothing yet" in main_of(browser.get("/en/my-matters/tasks"))
    mine, other = begun(person, title="My own"), submitted(title="Somebody else's")
    following.follow(actor_for(person), other)
    shown = main_of(browser.get("/en/my-matters/tasks"))
    assert "My own Draft" in shown
    assert "Tasks you follow Somebody else's" in shown
    assert "/en/my-matters/tasks" in text_of(browser.get("/en/my-matters"))
    assert mine.number in shown


def test_following_is_a_button_of_its_own(app, client):
    task = submitted()
    assert "Sign in to be told of each step" in text_of(client.get(page(task)))
    browser = signed_in(app, PersonFactory())
    assert browser.submit(page(task, "/follow"), {"follow": "yes"}, page=page(task)).status_code == 303
    assert "You get a notice of each step of this task." in text_of(browser.get(page(task)))
    browser.submit(page(task, "/follow"), {"follow": "no"}, page=page(task))
    assert "You get a notice when this task moves on." in text_of(browser.get(page(task)))
    assert client.post(page(task, "/follow")).status_code in (400, 401)


def test_the_menu_leads_reviewers_and_the_support_unit_to_their_queue(app, client):
    assert "/en/forum/review" not in text_of(client.get("/en/forum"))
    for role in (Role.REVIEWER, Role.SUPPORT):
        assert 'href="/en/forum/review"' in text_of(signed_in(app, staff(role)).get("/en/forum"))
