"""The operators' pages: the list with its clock, the decision, and who may not look."""

import re
from datetime import timedelta
from html import unescape

import pytest

from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.services import desk
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.desk import matter_at, next_number, officer
from tests.factories.institutions import InstitutionFactory


@pytest.fixture
def browser(app):
    return signed_in(app, staff(Role.OPERATOR, name="운영자"))


def at(part, query=""):
    return f"/en/operator/triage/{part.petition.number}{query}"


def fields(page):
    return {name: unescape(value) for name, value in re.findall(
        r'<input[^>]*name="(part|version|institution_code)"[^>]*value="([^"]*)"', page.get_data(as_text=True))}


def test_an_empty_desk_teaches(browser):
    page = browser.get("/en/operator/triage")
    assert page.status_code == 200
    assert "Nothing to decide" in page.get_data(as_text=True)


def test_the_list_shows_the_hours_and_what_was_proposed(app, browser):
    wanted = InstitutionFactory(name_en="Bureau of Lamps")
    late = matter_at(None, due=now() - timedelta(days=10))
    first, second = InstitutionFactory(), InstitutionFactory()
    part = matter_at(first)
    for target in (second, wanted, first):
        part = desk.transfer(officer(part.institution), part, institution_code=target.code, reason="이유",
                             version=part.version)
    html = browser.get("/en/operator/triage").get_data(as_text=True)
    assert html.index(late.petition.number) < html.index(part.petition.number)
    assert "late: it was due by" in html
    assert first.name("en") in html


def test_the_list_is_paged(app, browser):
    numbers = {matter_at(None, due=now() + timedelta(minutes=n)).petition.number for n in range(23)}
    page = browser.get("/en/operator/triage").get_data(as_text=True)
    onward = browser.get(unescape(re.search(r'rel="next" href="([^"]+)"', page).group(1))).get_data(as_text=True)
    seen = [number for html in (page, onward) for number in re.findall(r"· (2510-0000-\d{4})", html)]
    assert (len(seen), set(seen)) == (23, numbers)


def test_search_choose_and_decide(app, browser):
    part, target = matter_at(None), InstitutionFactory(name_en="Bureau of Lamps", remit_en="Lamps of all kinds.")
    assert f"to={target.code}" in browser.get(at(part, "?q=lamps")).get_data(as_text=True)
    chosen = browser.get(at(part, f"?to={target.code}"))
    html = chosen.get_data(as_text=True)
    for piece in ("Lamps of all kinds.", "It cannot pass it on.", "The author gets a notice with your reason."):
        assert piece in html, piece
    empty = browser.submit(at(part), {**fields(chosen), "reason": ""}, page=at(part, f"?to={target.code}"))
    assert empty.status_code == 400
    done = browser.submit(at(part), {**fields(chosen), "reason": "도로"}, page=at(part, f"?to={target.code}"))
    assert (done.status_code, done.location) == (303, "/en/operator/triage")
    current().rollback()
    assert [row.institution_id for row in part.petition.assignments] == [None, target.id]
    left = browser.get(at(part)).get_data(as_text=True)
    assert "has left the triage desk" in left


def test_the_second_decision_comes_too_late_and_keeps_its_reason(app, browser):
    part, target = matter_at(None), InstitutionFactory()
    query = f"?to={target.code}"
    shown = fields(browser.get(at(part, query)))
    other = signed_in(app, staff(Role.OPERATOR, name="최운영"))
    assert other.submit(at(part), {**shown, "reason": "먼저"}, page=at(part, query)).status_code == 303
    late = browser.submit(at(part), {**shown, "reason": "나의 이유"}, page="/en/operator/triage")
    html = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "최운영" in html
    assert "나의 이유" in html


def test_suggestions_lead_to_the_decision(app, browser):
    lamps = InstitutionFactory(name_ko="가로등관리공단")
    part = matter_at(None, text="가로등관리공단에 여러 번 전화했습니다.")
    assert f"to={lamps.code}" in browser.get(at(part)).get_data(as_text=True)


@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.DIRECTOR])
def test_others_get_403_whether_the_matter_is_there_or_not(app, role):
    who = staff(role, InstitutionFactory()) if role else PersonFactory()
    browser, part = signed_in(app, who), matter_at(None)
    for path in ("/en/operator/triage", at(part), f"/en/operator/triage/{next_number()}"):
        assert browser.get(path).status_code == 403, path


def test_what_was_never_at_triage_is_not_found_there(app, browser):
    assert browser.get(at(matter_at(InstitutionFactory()))).status_code == 404
    assert browser.get(f"/en/operator/triage/{next_number()}").status_code == 404
