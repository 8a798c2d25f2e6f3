"""What the pages of a task say of its vote: counts, the crossing, and what the Committee made of it."""

import re
from html import unescape

import pytest

from civicportal.core import clock
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic
from civicportal.forum.services.outcome import record_forward, record_outcome
from civicportal.forum.services.support import bring
from civicportal.forum.states import Outcome, TaskState
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.thresholds import judge_due
from tests.architecture.doors.looking import statements
from tests.factories.accounts import signed_in
from tests.factories.forum import in_force, mended, reading, reviewer_named, supporter_named, voting, while_voting
from tests.factories.voting import as_worker, vote, voters


def main_of(response):
    body = unescape(response.get_data(as_text=True)).partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def page(task):
    return f"/en/forum/{task.number}"


@pytest.fixture
def citizens(app):
    return voters(5)


@pytest.fixture
def task(citizens):
    in_force(value=3)
    return voting(title="Open the library")


def count(app, folder, task):
    """A batch, its head, and its comparison with the threshold."""
    with as_worker(app, folder):
        make_batch(task.box, force=True)
        judge_due()


def test_counts_are_the_same_on_page_list_and_home(app, tmp_path, client, citizens, task):
    with clock.at(while_voting(task)):
        vote(citizens[0], task.box, "yes")
        vote(citizens[1], task.box, "no")
        assert "Yes 1" not in main_of(client.get(page(task)))
        count(app, tmp_path, task)
        for path in (page(task), "/en/forum", "/en/"):
            shown = main_of(client.get(path))
            assert "Yes 1 · No 1 · Abstain 0" in shown, path
            assert "1 yes vote, 3 needed" in shown, path
    assert task.state is TaskState.VOTING


def test_a_crossing_names_its_head_and_the_version_of_the_rule(app, tmp_path, client, citizens, task):
    with clock.at(while_voting(task)):
        for person in citizens[:4]:
            vote(person, task.box, "yes")
        count(app, tmp_path, task)
        response = client.get(page(task))
        shown = main_of(response)
        listed = main_of(client.get("/en/forum"))
    head = re.search(r"It crossed the threshold at head (\d+) with 4 yes votes, under version 1 of the rule", shown)
    assert head
    assert f"/en/votes/{task.box.slug}/heads/{head.group(1)}" in response.get_data(as_text=True)
    assert f"Crossed at head {head.group(1)} under version 1 of the threshold." in shown
    assert "With the Committee" in shown
    assert "The Committee decides" in shown
    assert "Open the library With the Committee" in listed
    assert "Over the threshold 1 With the Committee 1 Adopted 0" in listed


def test_longer_lists_ask_the_database_no_more_often(app, tmp_path, client, citizens, task):
    def asked(tasks):
        for one in tasks:
            vote(citizens[0], one.box, "yes")
            count(app, tmp_path, one)
        client.get("/en/forum")
        sent = []
        for path in ("/en/forum", "/en/", "/en/forum/feed.xml"):
            with statements() as found:
                client.get(path)
            sent.append(len(found))
        return sent

    more = [voting() for _number in range(4)]
    with clock.at(while_voting(more[-1])):
        assert asked([task]) == asked(more)


def test_a_page_does_not_say_who_voted(app, tmp_path, citizens, task):
    with clock.at(while_voting(task)):
        vote(citizens[0], task.box, "yes")
        count(app, tmp_path, task)
        own, other = (main_of(signed_in(app, person).get(page(task))) for person in citizens[:2])
    assert own == other


def test_a_forwarded_task_waits_for_the_strategy_meeting(client):
    task, officer = reading(), supporter_named()
    bring(officer, task, reason="It cannot wait.")
    assert re.search(r"The Committee decides The Committee", main_of(client.get(page(task))))
    with atomic():
        record_forward(officer, task, reason="It is worth it.")
    assert re.search(r"The strategy meeting decides The strategy meeting", main_of(client.get(page(task))))


def test_a_task_that_comes_back_from_the_committee_gets_another_vote(client):
    task, officer = reading(reviewer=reviewer_named("Kim Review")), supporter_named()
    bring(officer, task, reason="It cannot wait.")
    record_outcome(SYSTEM, task, Outcome.RETURNED, reason="Say who pays.", name="Lee Chair")
    shown = main_of(client.get(page(task)))
    assert "Returned by the Committee for changes" in shown
    assert "Committee: Lee Chair" in shown
    assert "Reason: Say who pays." in shown
    mended(task, title="Open the library, paid by the city")
    shown = main_of(client.get(page(task)))
    assert "Brought to the Committee without the threshold." not in shown
    assert "Version 2" in shown
