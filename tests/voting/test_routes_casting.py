"""Casting over the web: three taps to the receipt, and a sentence for every ballot that is not taken."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.voting.models import PendingBallot, RollEntry
from civicportal.voting.receipts import check_receipt
from civicportal.voting.services.keys import receipt_verifiers
from civicportal.voting.services.opening import void_box
from civicportal.voting.trackers import change_secret_of, parse_nonce, tracker_of
from tests.architecture.doors.looking import everything
from tests.factories.accounts import signed_in, staff
from tests.factories.voting import BoxFactory, open_secret_box, vote, voters
from tests.voting.ballots import open_by_name

NONCE = re.compile(r'name="nonce"[^>]*value="([0-9a-f]{32})"')
GIVEN = "00112233445566778899aabbccddeeff"


@pytest.fixture
def people(app):
    return voters(3)


@pytest.fixture
def box(people):
    return open_secret_box(0, slug="library")


@pytest.fixture
def browser(app, people):
    return signed_in(app, people[0])


def page_of(box):
    return f"/en/votes/{box.slug}"


def send(browser, box, **fields):
    """Send the ballot that the page of the vote shows."""
    return browser.submit(f"{page_of(box)}/ballot", {"nonce": GIVEN, **fields}, page=page_of(box))


def blindly(browser, box):
    """Send a ballot although the page does not offer one (any more)."""
    return browser.submit(f"{page_of(box)}/ballot", {"choice": "yes", "nonce": GIVEN}, page="/en/account/edit")


def pending():
    current().rollback()
    return [(row.tracker, row.choice) for row in current().scalars(select(PendingBallot))]


def rolled():
    current().rollback()
    return len(current().scalars(select(RollEntry)).all())


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).partition("<main")[2]))


def test_from_the_link_to_the_receipt_in_three_taps(browser, box):
    shown = browser.get(page_of(box))
    assert 'name="choice"' in shown.text
    answer = browser.submit(f"{page_of(box)}/ballot", {"choice": "yes", "nonce": NONCE.search(shown.text)[1]},
                            page=page_of(box))
    assert answer.status_code == 200
    tracker = tracker_of(box.slug, parse_nonce(NONCE.search(shown.text)[1]))
    assert pending() == [(tracker, "yes")]
    assert all(f"<li>{group}</li>" in answer.text for group in tracker.split("-"))
    assert "Your choice: Yes" in text_of(answer)


def test_the_nonce_of_each_page_is_new_and_never_on_the_receipt(browser, box):
    nonces = {NONCE.search(browser.get(page_of(box)).text)[1] for _ in range(3)}
    assert len(nonces) == 3
    assert GIVEN not in send(browser, box, choice="yes").text


def test_the_receipt_is_stored_nowhere(browser, box):
    answer = send(browser, box, choice="no")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers


def test_casting_writes_roll_and_ballot_and_nothing_else(browser, box):
    shown = browser.get(page_of(box)).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.partition("<main")[2])[1]
    before = everything()
    with time_machine.travel(now() + timedelta(minutes=5)):  # any other page would note that the browser was seen
        answer = browser.post(f"{page_of(box)}/ballot", data={"choice": "yes", "nonce": GIVEN, "csrf_token": token})
    assert answer.status_code == 200
    after = everything()
    assert {name for name in after if after[name] != before[name]} == {"roll", "pending_ballots"}


def test_choice_and_tracker_reach_no_log(browser, box, caplog):
    caplog.set_level(0)
    send(browser, box, choice="abstain")
    tracker = tracker_of(box.slug, parse_nonce(GIVEN))
    said = caplog.text
    assert tracker not in said
    assert GIVEN not in said
    assert "abstain" not in said


def test_the_same_form_again_gives_the_same_receipt(browser, box):
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page_of(box)).text)[1]
    send(browser, box, choice="yes")
    second = browser.post(f"{page_of(box)}/ballot", data={"choice": "yes", "nonce": GIVEN, "csrf_token": token})
    assert second.status_code == 200
    assert tracker_of(box.slug, parse_nonce(GIVEN)) in "-".join(re.findall(r"<li>(\w{4})</li>", second.text))
    assert len(pending()) == 1


def test_receipts_of_two_voters_differ_in_their_own_texts_alone(app, box, people):
    pages = []
    for person, nonce in zip(people, (GIVEN, GIVEN[::-1]), strict=False):
        page = send(signed_in(app, person), box, choice="yes", nonce=nonce).text
        groups = re.findall(r"<li>(\w{4})</li>", page)
        assert groups[:8] == tracker_of(box.slug, parse_nonce(nonce)).split("-")
        assert groups[8:] == change_secret_of(box.slug, parse_nonce(nonce)).split("-")
        assert person.name not in page
        pages.append(re.sub(r'<li>\w{4}</li>|value="\{[^"]*"|leaf [\w+/=]+|\+?[\w+/]{60,}=*', "", page))
    assert pages[0] == pages[1]


# Ballots that are not taken.


def test_a_second_vote_changes_nothing(browser, box, people):
    vote(people[0], box, "yes")
    before = everything()
    answer = send(browser, box, choice="no")
    assert answer.status_code == 409
    assert "You have already voted" in text_of(answer)
    assert "It is unchanged" in text_of(answer)
    assert f"{page_of(box)}/my-key" in answer.text
    assert everything()["pending_ballots"] == before["pending_ballots"]


def test_a_closed_box_says_when_it_closed(app, box, people):
    with time_machine.travel(box.closes_at):
        answer = blindly(signed_in(app, people[0]), box)
    assert answer.status_code == 409
    assert "Voting has ended" in text_of(answer)
    assert "was not counted" in text_of(answer)
    assert pending() == []


def test_a_vote_that_has_not_begun(app, people):
    box = BoxFactory()
    browser = signed_in(app, people[0])
    assert 'name="choice"' not in browser.get(page_of(box)).text
    answer = blindly(browser, box)
    assert answer.status_code == 409
    assert "Voting has not begun" in text_of(answer)
    assert "Nothing was counted" in text_of(answer)


def test_a_void_vote_takes_nothing(app, browser, box):
    void_box(actor_for(staff(Role.OPERATOR)), box, reason="The question was wrong.")
    answer = blindly(browser, box)
    assert answer.status_code == 409
    assert "This vote is void" in text_of(answer)
    assert pending() == []


def test_who_came_too_late_for_the_electorate(app, box):
    late = voters(1)[0]
    browser = signed_in(app, late)
    shown = browser.get(page_of(box))
    assert "You are not among those who may vote here" in text_of(shown)
    answer = blindly(browser, box)
    assert answer.status_code == 403
    assert "Nothing was cast" in text_of(answer)
    assert rolled() == 0


def test_who_is_not_signed_in_is_asked_to_and_carries_nothing(app, box, client):
    answer = client.post(f"{page_of(box)}/ballot", data={"choice": "abstain", "nonce": GIVEN})
    assert answer.status_code == 401
    assert "Sign in to vote" in text_of(answer)
    assert f"/en/sign-in?next={page_of(box)}" in answer.text
    assert "abstain" not in answer.text
    assert GIVEN not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_an_answer_of_another_vote_comes_back_with_the_form(browser, box):
    answer = send(browser, box, choice="maybe")
    assert answer.status_code == 400
    assert "This vote does not have the answer you sent, so nothing was cast. Nothing is lost." in text_of(answer)
    assert 'value="yes"' in answer.text
    assert pending() == []


def test_no_choice_is_asked_for(browser, box):
    answer = send(browser, box)
    assert answer.status_code == 400
    assert "Choose one of the answers." in text_of(answer)
    assert f'value="{GIVEN}"' in answer.text


def test_a_taken_tracker_draws_anew_and_keeps_the_choice(browser, box, people):
    vote(people[1], box, "yes", nonce=GIVEN)
    answer = send(browser, box, choice="no")
    assert answer.status_code == 400
    assert "once more" in text_of(answer)
    assert re.search(r'value="no"[^>]*checked', answer.text)
    assert GIVEN not in answer.text
    assert rolled() == 1
    fresh = NONCE.search(answer.text)[1]
    assert send(browser, box, choice="no", nonce=fresh).status_code == 200


@pytest.mark.parametrize("nonce", ["", "xyz", "00112233445566778899aabbccddee", "é" * 32])
def test_a_page_that_was_not_complete(browser, box, nonce):
    answer = send(browser, box, choice="no", nonce=nonce)
    assert answer.status_code == 400
    assert re.search(r'value="no"[^>]*checked', answer.text)
    assert NONCE.search(answer.text)
    assert pending() == []


def test_a_vote_by_name_takes_no_ballots_here(app, people):
    box = open_by_name(*people)
    browser = signed_in(app, people[0])
    answer = blindly(browser, box)
    assert answer.status_code == 404


def test_who_opens_the_address_of_the_form_finds_the_vote(client, box):
    assert client.get(f"{page_of(box)}/ballot").location == page_of(box)
    assert client.get("/en/votes/nothing/ballot").status_code == 404


def test_casting_is_not_limited_by_account(browser, box):
    for _ in range(30):
        assert send(browser, box).status_code == 400
    assert send(browser, box, choice="yes").status_code == 200


# The receipt as a file.


def file_of(browser, box, answer, form, **changes):
    fields = {name: unescape(re.search(rf'name="{name}" value="([^"]*)"', answer.text)[1])
              for name in ("leaf", "promise")}
    return browser.post(f"{page_of(box)}/receipt", data={**fields, "format": form, **changes})


def test_the_receipt_as_json_checks_itself(browser, box):
    answer = send(browser, box, choice="yes")
    file = file_of(browser, box, answer, "json")
    held = json.loads(file.text)
    tracker = tracker_of(box.slug, parse_nonce(GIVEN))
    assert (held["choice"], held["tracker"], held["question"]) == ("yes", tracker, box.question)
    assert check_receipt(held["leaf"], held["promise"], receipt_verifiers()).tracker == tracker
    assert file.headers["Cache-Control"] == "no-store"
    assert file.headers["Content-Disposition"] == 'attachment; filename="receipt-library.json"'
    secret = change_secret_of(box.slug, parse_nonce(GIVEN))
    assert secret not in file.text
    assert secret.replace("-", "") not in "".join(re.findall(r"<li>(\w{4})</li>", file.text))


def test_the_qr_code_holds_what_is_printed(browser, box):
    answer = send(browser, box, choice="yes")
    file = file_of(browser, box, answer, "qr")
    assert file.mimetype == "image/svg+xml"
    assert 'xmlns="http://www.w3.org/2000/svg"' in file.text
    assert f"<title>Receipt of your vote: {box.question}</title>" in file.text
    assert f">{tracker_of(box.slug, parse_nonce(GIVEN))[:19]}</text>" in file.text
    assert tracker_of(box.slug, parse_nonce(GIVEN)) not in file.headers["Content-Disposition"]


@pytest.mark.parametrize("changes", [
    {"leaf": '{"choice":"no","revise":"x","tracker":"y"}'}, {"leaf": ""}, {"leaf": "[]"}, {"promise": ""},
    {"promise": "localhost/promise\nvotes/library\nleaf x\nby y\n\n— localhost x\n"},
])
def test_no_receipt_is_made_of_what_the_portal_did_not_sign(browser, box, changes):
    answer = send(browser, box, choice="yes")
    file = file_of(browser, box, answer, "json", **changes)
    assert file.status_code == 400
    assert "not a receipt of this vote" in text_of(file)


def test_a_receipt_of_another_vote_is_none_of_this_one(app, people, browser, box):
    other = open_secret_box(0, slug="other")
    answer = send(browser, box, choice="yes")
    assert file_of(browser, other, answer, "json").status_code == 400


# Changing a vote.


def change(browser, box, page=None, **fields):
    return browser.submit(f"{page_of(box)}/change", fields, page=page)


def test_the_page_says_until_when(browser, box):
    assert "days left , closes" in text_of(browser.get(f"{page_of(box)}/change"))


def test_a_vote_is_changed_with_its_secret(browser, box, people):
    first = vote(people[0], box, "yes")
    answer = change(browser, box, tracker=first.tracker.lower().replace("-", " "), secret=first.change_secret,
                    choice="no", nonce=GIVEN)
    assert answer.status_code == 200
    assert "Your vote is changed" in text_of(answer)
    assert (tracker_of(box.slug, parse_nonce(GIVEN)), "no") in pending()
    held = json.loads(file_of(browser, box, answer, "json").text)
    assert json.loads(held["leaf"])["supersedes"] == first.tracker


def test_a_wrong_secret_changes_nothing_and_keeps_the_rest(browser, box, people):
    first = vote(people[0], box, "yes")
    answer = change(browser, box, tracker=first.tracker, secret=first.tracker, choice="no", nonce=GIVEN)
    assert answer.status_code == 400
    assert f'value="{first.tracker}"' in answer.text
    assert re.search(r'value="no"[^>]*checked', answer.text)
    assert len(pending()) == 1


def test_what_is_no_tracker_is_said_at_its_field(browser, box, people):
    vote(people[0], box, "yes")
    answer = change(browser, box, tracker="abc", secret="", nonce=GIVEN)
    assert answer.status_code == 400
    targets = re.findall(r'<li><a href="#([a-z]+)', answer.text)
    assert targets == ["tracker", "secret", "choice"]  # as the page shows the fields
    assert "This does not have 32 letters and digits" in text_of(answer)
    assert "Type the change secret" in text_of(answer)


def test_who_has_not_voted_has_nothing_to_change(browser, box, people):
    other = vote(people[1], box, "yes")
    answer = change(browser, box, tracker=other.tracker, secret=other.change_secret, choice="no", nonce=GIVEN)
    assert answer.status_code in (400, 409)
    assert len(pending()) == 1


def test_a_vote_that_cannot_be_changed_says_so(app, people):
    box = open_secret_box(0, may_change=False)
    browser = signed_in(app, people[0])
    assert "This vote cannot be changed" in text_of(browser.get(f"{page_of(box)}/change"))
    answer = send(browser, box, choice="yes")
    assert "Change secret" not in answer.text


def test_changing_after_the_close(app, people, box):
    first = vote(people[0], box, "yes")
    with time_machine.travel(box.closes_at):
        browser = signed_in(app, people[0])
        assert browser.get(f"{page_of(box)}/change").location == page_of(box)
        answer = change(browser, box, page="/en/account/edit", tracker=first.tracker, secret=first.change_secret,
                        choice="no", nonce=GIVEN)
    assert answer.status_code == 409
    assert "that vote counts and is unchanged" in text_of(answer)


def test_secrets_are_not_carried_through_a_sign_in(client, box):
    fields = {"tracker": "7D0K", "secret": "SECRET", "choice": "no", "nonce": GIVEN}
    answer = client.post(f"{page_of(box)}/change", data=fields)
    assert answer.status_code == 401
    assert not [value for value in ("7D0K", "SECRET", GIVEN) if value in answer.text]
    assert client.get(f"{page_of(box)}/change").status_code == 401


def test_marks_in_a_question_break_no_receipt(app, people):
    box = open_secret_box(0, question="Benches? \ue0000\ue001 \ue00099\ue001 \ue000x\ue001")
    answer = send(signed_in(app, people[0]), box, choice="yes")
    assert answer.status_code == 200
    assert "\ue00099\ue001" in answer.text
