"""The calendar's pages: what everybody reads, and what operators do."""

from datetime import UTC, date, datetime, timedelta

import pytest

from civicportal.core import clock
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import current
from civicportal.deadlines import queries
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.services import add_closure
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory

PAGE, NEW = "/en/operator/calendar", "/en/operator/calendar/new"
AHEAD = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def in_2026():
    with clock.at(datetime(2026, 11, 20, 3, tzinfo=UTC)):
        yield


@pytest.fixture
def first(app):
    return signed_in(app, staff(Role.OPERATOR, name="Ara Kim"))


@pytest.fixture
def second(app):
    return signed_in(app, staff(Role.OPERATOR, name="Bo Lee"))


def form(day, **changed):
    parts = {f"day-{part}": str(getattr(day, part)) for part in ("year", "month", "day")}
    return {**parts, "kind": "closed", "name_ko": "임시공휴일", "name_en": "Temporary holiday",
            "reason_ko": "국무회의 의결", "reason_en": "The cabinet decided it", **changed}


def today():
    return local(clock.now()).date()


def fresh(rows):
    """What is in the table now, and not at the first look of this test."""
    current().rollback()
    return rows()


def the_entry():
    [entry] = fresh(queries.told)
    return entry


def test_a_day_ahead_counts_at_once_and_can_be_removed(first):
    assert first.submit(NEW, form(AHEAD)).status_code == 303
    assert [row.day for row in fresh(queries.closures)] == [AHEAD]
    assert "Remove Tuesday 2 March 2027" in first.get(PAGE).text
    assert first.submit(f"{PAGE}/{the_entry().id}/remove", {}, page=PAGE).status_code == 303
    assert fresh(queries.closures) == []


def test_a_day_that_has_begun_takes_two_people_and_everybody_can_read_both(first, second, client):
    first.submit(NEW, form(today()))
    entry = the_entry()
    assert "Waits for a second person" in client.get("/en/calendar").text
    assert f"{entry.id}/confirm" not in first.get(PAGE).text
    first.submit(f"{PAGE}/{entry.id}/confirm", {}, page=PAGE)
    assert fresh(queries.closures) == []
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert second.submit(f"{PAGE}/{entry.id}/confirm", {}, page=PAGE).status_code == 303
    assert [row.id for row in fresh(queries.closures)] == [entry.id]
    told = client.get("/en/calendar").text
    for words in ("Entered late", "Temporary holiday", "The cabinet decided it",
                  "20 November 2026, 12:00 · ", "Ara Kim", "20 November 2026, 12:05 · ", "Bo Lee"):
        assert words in told
    assert "국무회의 의결" in client.get("/ko/calendar").text


def test_a_refusal_is_readable_too(first, second, client):
    first.submit(NEW, form(today()))
    second.submit(f"{PAGE}/{the_entry().id}/refuse", {}, page=PAGE)
    assert fresh(queries.waiting) == []
    assert "Refused, never counted" in client.get("/en/calendar").text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(first):
    wrong = first.submit(NEW, form(AHEAD, name_en="", reason_ko="기록에 남을 이유"))
    assert wrong.status_code == 400
    assert "Give the day a name" in wrong.text
    assert "기록에 남을 이유" in wrong.text
    add_closure(SYSTEM, day=AHEAD, name_ko="휴무", name_en="Closed", kind=ClosureKind.CLOSED)
    taken = first.submit(NEW, form(AHEAD))
    assert (taken.status_code, "already has an entry" in taken.text) == (400, True)


def test_hostile_words_are_only_words(first, client):
    first.submit(NEW, form(AHEAD, name_en="<b>x</b>", reason_en="<script>alert(1)</script>"))
    assert "<script>alert" not in client.get("/en/calendar").text
    assert "<b>x" not in first.get(PAGE).text


def test_the_public_page_sets_no_cookie_and_the_operators_page_is_theirs(app, client):
    public = client.get("/en/calendar")
    assert (public.status_code, "Set-Cookie" in public.headers) == (200, False)
    assert "No day has been entered" in public.text
    for person in (PersonFactory(), staff(Role.DIRECTOR, InstitutionFactory())):
        browser = signed_in(app, person)
        assert browser.get(PAGE).status_code == 403
        assert browser.get(NEW).status_code == 403


def test_guessed_numbers_lead_nowhere(first):
    for verb in ("confirm", "refuse", "remove"):
        assert first.submit(f"{PAGE}/999999/{verb}", {}, page=PAGE).status_code == 404
