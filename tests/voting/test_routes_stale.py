"""Ballots from a page that was open for too long, or that was never ours."""

import re

import pytest
import time_machine
from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.voting.models import PendingBallot
from tests.factories.accounts import signed_in
from tests.factories.voting import BoxFactory, open_secret_box, voters

GIVEN = "00112233445566778899aabbccddeeff"
OURS, ANOTHER = "http://localhost", "https://elsewhere.example"


@pytest.fixture
def people(app):
    return voters(1)


@pytest.fixture
def box(people):
    return open_secret_box(0, slug="library")


def send(app, people, box, way="ballot", origin=OURS):
    """Send a ballot with another token than that of the session."""
    return signed_in(app, people[0]).post(
        f"/en/votes/{box.slug}/{way}", data={"choice": "no", "nonce": GIVEN, "csrf_token": "old"},
        headers={"Origin": origin})


def pending():
    current().rollback()
    return current().scalars(select(PendingBallot)).all()


def test_a_stale_page_comes_back_with_the_choice(app, people, box):
    browser = signed_in(app, people[0])
    ballot = {"choice": "no", "nonce": GIVEN}
    answer = browser.post("/en/votes/library/ballot", data={**ballot, "csrf_token": "old"}, headers={"Origin": OURS})
    assert answer.status_code == 400
    assert "Your choice is kept" in answer.text
    assert re.search(r'value="no"[^>]*checked', answer.text)
    assert f'value="{GIVEN}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert not pending()
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.text.partition("<main")[2])[1]
    assert browser.post("/en/votes/library/ballot", data={**ballot, "csrf_token": token}).status_code == 200


def test_what_another_site_sent_is_not_kept(app, people, box):
    answer = send(app, people, box, origin=ANOTHER)
    assert answer.status_code == 400
    assert "checked" not in answer.text
    assert GIVEN not in answer.text
    assert not pending()


@pytest.mark.parametrize("way", ["ballot", "change"])
def test_a_stale_page_offers_nothing_after_the_close(app, people, box, way):
    with time_machine.travel(box.closes_at):
        answer = send(app, people, box, way)
    assert answer.status_code == 409
    assert "This vote closed" in answer.text
    assert "once more" not in answer.text
    assert 'name="choice"' not in answer.text


def test_a_stale_page_offers_nothing_before_the_opening(app, people):
    answer = send(app, people, BoxFactory())
    assert answer.status_code == 409
    assert "Voting has not begun" in answer.text
