"""What operators do with votes: always with a reason that everybody reads, and told beforehand what follows."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from civicportal.core.i18n import local
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Log, PendingBallot, RollEntry
from civicportal.voting.states import BoxState, Refusal
from tests.factories.accounts import signed_in, staff
from tests.factories.voting import BoxFactory
from tests.voting.held import START, Held
from tests.voting.test_routes_show import words

RUN, PAGE = "/en/operator/votes/library", "/en/votes/library"


@pytest.fixture(autouse=True)
def signs(worker):
    """The test is a worker too."""


@pytest.fixture
def held(app):
    held = Held(9)
    held.cast("yes", "yes", "no")
    held.batch()
    return held


@pytest.fixture
def desk(app, held):
    """What somebody who runs votes sees and sends, at the time of the vote."""
    with held.at():
        operator = staff(Role.OPERATOR)

    def submit(path, fields=None):
        with held.at():
            browser = signed_in(app, operator)
            return browser.submit(path, fields) if fields is not None else browser.get(path)

    return submit


def moment(instant):
    """The fields of a date and a time of day."""
    at = local(instant)
    return {"day-year": at.year, "day-month": at.month, "day-day": at.day, "clock": f"{at:%H:%M}"}


def public(app, held, path=PAGE):
    with held.at():
        return words(app.test_client().get(path))


def test_a_quiet_portal_needs_nobody(app, client):
    browser = signed_in(app, staff(Role.OPERATOR))
    text = words(browser.get("/en/operator/votes"))
    assert "Nothing. Disputed votes" in text
    assert "No vote is planned or running" in text


def test_citizens_do_not_run_votes(app, held):
    with held.at():
        browser = signed_in(app, held.people[0])
        for path in ("/en/operator/votes", RUN, f"{RUN}/void", f"{RUN}/extend", "/en/operator/silences",
                     "/en/operator/thresholds/new"):
            assert browser.get(path).status_code == 403


def test_a_vote_is_extended_with_a_reason(app, held, desk):
    before = held.box.closes_at
    answer = desk(f"{RUN}/extend", {**moment(before + timedelta(days=1)), "reason": "A day without the portal."})
    assert (answer.status_code, answer.location) == (303, RUN)
    assert held.box.closes_at == before + timedelta(days=1)
    assert "Reason: A day without the portal." in public(app, held)


@pytest.mark.parametrize(("fields", "said"), [
    ({}, "Enter the date."), ({"reason": ""}, "Write the reason."), ({"clock": "25:00"}, "Enter a time, such as"),
    ({"day-year": "2026", "day-month": "5", "day-day": "5", "clock": "9:00"}, "later than the old one"),
    ({"day-year": "2026", "day-month": "13", "day-day": "5"}, "Enter a real date"),
])
def test_what_is_wrong_comes_back_as_typed(held, desk, fields, said):
    sound = {**moment(START + timedelta(days=20)), "reason": "Typed with care."} if fields else {"reason": "With care."}
    answer = desk(f"{RUN}/extend", {**sound, **fields})
    assert answer.status_code == 400
    assert said in answer.text
    assert "ith care." in answer.text or fields.get("reason") == ""
    assert held.box.closes_at == START + timedelta(days=7)


def test_a_closed_vote_is_not_extended(held, desk):
    held.close()
    answer = desk(f"{RUN}/extend", {**moment(START + timedelta(days=20)), "reason": "Too late."})
    assert answer.status_code == 400
    assert "Only a vote that is open can be extended" in answer.text
    assert "Too late." in answer.text


def test_voiding_says_first_what_follows_and_is_public(app, held, desk):
    shown = words(desk(f"{RUN}/void"))
    assert "This cannot be taken back." in shown
    assert "those who follow it get a notice" in shown
    assert desk(f"{RUN}/void", {"reason": ""}).status_code == 400
    assert desk(f"{RUN}/void", {"reason": "The question was misprinted."}).status_code == 303
    text = public(app, held)
    assert "This vote is void. It counts no more." in text
    assert "The question was misprinted." in text
    assert "Votes in it when it was declared void" in text
    assert held.box.state is BoxState.VOID


def test_suspects_are_counted_never_named(app, held, desk):
    key = current().scalars(select(RollEntry.key).where(RollEntry.box_id == held.box_id)).first()
    answer = desk(f"{RUN}/suspects", {"keys": f" {key.upper()} \n\n{key}\n", "reason": "Made by one machine."})
    assert answer.status_code == 303
    text = public(app, held)
    assert "1 vote is suspected of fraud." in text
    assert key not in text
    assert "Made by one machine." not in text


@pytest.mark.parametrize(("keys", "said"), [
    ("", "Enter the keys, one a line."), ("abc", "Line 1 is not a key"), ("0" * 64 + "\nxyz", "Line 2 is not a key"),
    ("0" * 64, "1 key is not on the list of those who voted. Nothing was marked."),
])
def test_a_list_of_keys_that_is_wrong_marks_nothing(app, held, desk, keys, said):
    answer = desk(f"{RUN}/suspects", {"keys": keys, "reason": "A guess."})
    assert answer.status_code == 400
    assert said in answer.text
    assert "No vote is suspected of fraud." in public(app, held)


def dispute(held, desk):
    """Close the vote with as many suspects as could have changed its result."""
    keys = current().scalars(select(RollEntry.key).where(RollEntry.box_id == held.box_id)).all()
    held.close()
    desk(f"{RUN}/suspects", {"keys": "\n".join(keys[:1]), "reason": "Made by one machine."})


def test_a_disputed_vote_forces_a_dated_decision(app, held, desk):
    dispute(held, desk)
    assert "Disputed: decide by" in words(desk("/en/operator/votes"))
    text = public(app, held)
    assert "This result is disputed, and a person must decide" in text
    assert "So a person must decide whether it stands." in text
    assert "The decision is due by" in text
    assert "The result is disputed; the decision is due by" in text
    assert "The result is disputed; the decision is due by" in words(desk("/en/votes"))
    assert desk(f"{RUN}/dispute", {"reason": "x"}).status_code == 400
    answer = desk(f"{RUN}/dispute", {"decision": "uphold", "reason": "The machine belongs to a library."})
    assert answer.status_code == 303
    text = public(app, held)
    assert "The result stands" in text
    assert "Reason: The machine belongs to a library." in text
    again = desk(f"{RUN}/dispute", {"decision": "overturn", "reason": "Otherwise."})
    assert again.status_code == 400
    assert "The result stands" in public(app, held)


def test_a_result_that_does_not_stand_says_so_where_it_is_shown(app, held, desk):
    dispute(held, desk)
    desk(f"{RUN}/dispute", {"decision": "overturn", "reason": "Too many were made by one machine."})
    text = public(app, held)
    assert "Closed Monday 11 May 2026, 09:00 (South Korea Time). It was decided that the result does not stand." in text
    assert text.index("The result does not stand.") < text.index("Votes counted up to")


def test_an_overdue_decision_says_so_in_public(app, held, desk):
    dispute(held, desk)
    held.now += timedelta(days=15)
    assert "It is overdue." in public(app, held)
    assert "The result is disputed; the decision was due by" in public(app, held)


def test_a_vote_without_a_dispute_has_no_page_for_one(desk):
    assert desk(f"{RUN}/dispute").status_code == 404


def test_a_claim_is_settled_with_a_reason_and_still_counts_as_broken(app, held, desk):
    receipt = held.cast("yes")[0]
    with atomic() as session:
        session.delete(session.get(PendingBallot, (held.box_id, receipt.tracker)))
    held.now = receipt.by + timedelta(seconds=1)
    with held.at():
        app.test_client().submit(f"{PAGE}/claim", {"receipt": receipt.promise})
    assert "1 receipt is said to be broken." in words(desk("/en/operator/votes"))
    path = desk(RUN).text.partition(f"{RUN}/claims/")[2].partition('"')[0]
    assert desk(f"{RUN}/claims/{path}", {"reason": ""}).status_code == 400
    assert desk(f"{RUN}/claims/{path}", {"reason": "A disk was lost. We are sorry."}).status_code == 303
    text = public(app, held)
    assert "A disk was lost. We are sorry." in text
    assert "1 missing ballot was reported." in text
    assert desk(f"{RUN}/claims/999").status_code == 404


def test_what_does_not_right_itself_is_listed(app, held, desk):
    BoxFactory(slug="refused", refusal=Refusal.PROVIDER, question="Refused?")
    BoxFactory(slug="late", opens_at=START - timedelta(hours=2), question="Late?")
    text = words(desk("/en/operator/votes"))
    assert "It cannot open: This portal has no identity provider yet" in text
    assert "Its time has come and nothing happened." in text
    assert "not signed" not in text
    with atomic() as session:
        session.execute(update(Log).where(Log.id == held.box.log_id).values(refused_at=held.now))
    assert "Its log has not been signed since" in words(desk("/en/operator/votes"))
    assert "The log has not been signed since" in public(app, held)
    with atomic() as session:
        session.execute(update(Log).where(Log.id == held.box.log_id).values(refused_at=None, size=99))
    held.now += timedelta(minutes=6)
    assert "The newest entries of its log are not signed." in words(desk("/en/operator/votes"))


# Rules for all votes.


def test_a_silence_moves_the_close_to_its_end(app, held, desk):
    last = local(START + timedelta(days=8))
    fields = {"title": "General election", "last_day-year": last.year, "last_day-month": last.month,
              "last_day-day": last.day, "last_clock": f"{last:%H:%M}"}
    assert desk("/en/operator/silences", {**fields, "title": ""}).status_code == 400
    assert desk("/en/operator/silences", fields).status_code == 303
    assert held.box.closes_at == START + timedelta(days=8)
    assert "General election" in words(desk("/en/operator/silences"))
    assert "Reason: General election" in public(app, held)


def test_a_silence_that_is_over_before_it_begins_is_refused(held, desk):
    answer = desk("/en/operator/silences", {"title": "Past", "last_day-year": 2020, "last_day-month": 1,
                                            "last_day-day": 1, "last_clock": "09:00"})
    assert answer.status_code == 400
    assert "The end must be later than the beginning" in answer.text
    assert 'href="#last_day"' in answer.text


def test_a_threshold_is_set_and_its_history_stays(app, held, desk):
    fields = {"scope": "forum", "kind": "number", "value": "50", "min_level": "1", "reason": "As in the ordinance."}
    assert desk("/en/operator/thresholds/new", fields).status_code == 303
    later = {**fields, **moment(held.now + timedelta(days=30)), "kind": "share", "value": "5", "reason": "As decided."}
    assert desk("/en/operator/thresholds/new", later).status_code == 303
    text = public(app, held, "/en/votes/thresholds")
    assert "Version 2 · not in force yet" in text
    assert "Version 1 · in force" in text
    assert "As in the ordinance." in text


@pytest.mark.parametrize(("fields", "said"), [
    ({"value": "0"}, "Enter a whole number from 1 on."), ({"value": "x"}, "Not a valid integer"),
    ({"kind": "share", "value": "101"}, "A share is at most 100 per cent."), ({"kind": ""}, "Choose how"),
    ({"reason": ""}, "Write the reason."), ({"clock": "noon", "day-year": "2027"}, "Enter a real date"),
    ({"day-year": "2020", "day-month": "1", "day-day": "1", "clock": "09:00"}, "Choose a time that has not passed"),
])
def test_a_threshold_that_cannot_be_comes_back(app, held, desk, fields, said):
    sound = {"scope": "forum", "kind": "number", "value": "50", "min_level": "1", "reason": "As in the ordinance."}
    answer = desk("/en/operator/thresholds/new", {**sound, **fields})
    assert answer.status_code == 400
    assert said in answer.text
    assert "No threshold has been set yet" in public(app, held, "/en/votes/thresholds")
