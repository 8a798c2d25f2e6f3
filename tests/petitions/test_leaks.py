"""Personal data is found, shown, and held back until somebody has looked."""

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.leaks import LeakKind, find_leaks
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.leaks import leaks_in
from civicportal.petitions.services import answers
from civicportal.petitions.services.leaks import LeaksFound
from civicportal.petitions.services.revising import correct
from civicportal.petitions.states import PetitionState
from tests.factories.accounts import signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed, public_matter, taken

SECRET = "Mr Kim (800101-1234567) can be reached at 010-1234-5678."


def kinds(text):
    return [leak.kind for leak in find_leaks(text)]


@pytest.mark.parametrize(("text", "found"), [
    ("주민번호 800101-1234567입니다", "800101-1234567"), ("(8001011234567)", "8001011234567"),
    ("000229-3123456", "000229-3123456"), ("800101 - 1******", "800101 - 1******"),
    ("991231-6000000", "991231-6000000"),
])
def test_resident_numbers(text, found):
    [leak] = find_leaks(text)
    assert (leak.kind, leak.words, text[leak.start:leak.end]) == (LeakKind.RESIDENT_NUMBER, found, found)


@pytest.mark.parametrize("text", [
    "801301-1234567", "800230-1234567", "010229-3123456", "800101-9234567", "1800101-1234567", "800101-12345678",
    "2611-7K3M-9QXA", "2026-11-28 10:30", "1,234,567", "₩120,000",
])
def test_what_only_looks_so(text):
    assert LeakKind.RESIDENT_NUMBER not in kinds(text)


@pytest.mark.parametrize(("text", "kind", "found"), [
    ("전화 010-1234-5678로", LeakKind.PHONE, "010-1234-5678"),
    ("+82 10 1234 5678.", LeakKind.PHONE, "+82 10 1234 5678"),
    ("call (02) 2133-1234", LeakKind.PHONE, "(02) 2133-1234"),
    ("(010-1234-5678)", LeakKind.PHONE, "010-1234-5678"), ("01012345678", LeakKind.PHONE, "01012345678"),
    ("write to kim.h@example.co.kr, please", LeakKind.MAIL, "kim.h@example.co.kr"),
    ("카드 4111 1111 1111 1111로", LeakKind.CARD, "4111 1111 1111 1111"),
    ("종로구 세종대로 209, 101동 1203호에", LeakKind.HOME, "세종대로 209, 101동 1203호"),
    ("홍길로12길 3 (가나아파트) 502호", LeakKind.HOME, "홍길로12길 3 (가나아파트) 502호"),
])
def test_the_other_kinds(text, kind, found):
    assert [(leak.kind, leak.words) for leak in find_leaks(text)] == [(kind, found)]


@pytest.mark.parametrize("text", [
    "세종대로 209에서 합니다", "4111 1111 1111 1112", "0000 0000 0000 0000", "제12조 제3항", "2026. 11. 28.",
    "@home", "a@b",
    "처리기한 7일, 예산 12,345,678원",
])
def test_nothing_is_found_in(text):
    assert kinds(text) == []


def test_of_two_that_overlap_the_graver_counts_and_all_stand_in_their_order():
    found = find_leaks("kim@example.org 01012345678 8001011234567")
    assert [leak.kind for leak in found] == [LeakKind.MAIL, LeakKind.PHONE, LeakKind.RESIDENT_NUMBER]


def test_words_around_are_shown_and_no_more():
    [leak] = find_leaks("x" * 100 + " kim@example.org " + "y" * 100)
    assert (len(leak.before), len(leak.after)) == (24, 24)


@pytest.mark.parametrize("text", ["1" * 20_000, "가1로1, " * 2_500, "a" * 20_000 + "@", "+1 " * 6_000, "01 " * 6_000])
def test_long_and_senseless_texts_are_read_to_their_end(text):
    assert kinds(f"{text} kim@example.org")[-1:] == [LeakKind.MAIL]


def test_numbers_of_offices_are_no_secret(app):
    InstitutionFactory(phone="02) 2133-1234")
    assert [leak.words for leak in leaks_in("02-2133-1234, 010-1234-5678")] == ["010-1234-5678"]


@pytest.fixture
def part(app):
    place = InstitutionFactory()
    officer = staff(Role.OFFICER, place)
    petition = filed(None, place)
    taken(petition, officer)
    return petition.assignments[0], actor_for(officer), signed_in(app, officer), petition


def test_an_answer_is_held_back_until_somebody_has_looked(part):
    assignment, officer, _browser, petition = part
    answers.save(officer, assignment, text=SECRET, base_version=0)
    with pytest.raises(LeaksFound):
        answers.send(officer, assignment, base_version=1)
    current().rollback()
    assert current().get_one(Petition, petition.id).state is PetitionState.IN_PROGRESS
    answers.send(officer, current().merge(assignment), base_version=1, leaks_seen=True)
    assert current().get_one(Petition, petition.id).state is PetitionState.ANSWERED
    [event] = current().scalars(select(AuditEvent).where(AuditEvent.name == "answer:leaks-seen"))
    assert event.details == {"kinds": "phone,resident_number"}
    assert "1234567" not in str(event.details), "the record does not repeat them"


def test_an_answer_without_any_goes_as_ever(part):
    assignment, officer, _browser, _petition = part
    answers.save(officer, assignment, text="The lamps burn again.", base_version=0)
    answers.send(officer, assignment, base_version=1)
    assert current().scalar(select(AuditEvent.id).where(AuditEvent.name == "answer:leaks-seen")) is None


def test_the_officer_sees_what_and_where_and_decides(part):
    assignment, officer, browser, petition = part
    answers.save(officer, assignment, text=SECRET, base_version=0)
    path = f"/en/desk/matters/{petition.number}/answer/send"
    page = browser.get(path).get_data(as_text=True)
    assert "<mark>800101-1234567</mark>" in page
    assert "<mark>010-1234-5678</mark>" in page
    sent = {"part": str(assignment.id), "base_version": "1"}
    held = browser.submit(path, sent)
    assert held.status_code == 400
    assert "Look at what was found" in held.get_data(as_text=True)
    assert browser.submit(path, {**sent, "leaks_seen": "y"}).status_code == 303


def test_a_correction_is_looked_at_too(app):
    petition, officer = public_matter()
    actor = actor_for(officer)
    assignment = petition.assignments[0]
    taken(petition, officer)
    answers.save(actor, assignment, text="Fine.", base_version=0)
    answers.send(actor, assignment, base_version=1)
    given = {"reason": "A mistake.", "withhold": False, "base_version": 1}
    with pytest.raises(LeaksFound):
        correct(actor, assignment, text=SECRET, **given)
    current().rollback()
    browser, path = signed_in(app, officer), f"/en/desk/matters/{petition.number}/correct"
    sent = {"part": str(assignment.id), "base_version": "1", "text": SECRET, "reason": "A mistake."}
    held = browser.submit(path, sent)
    assert held.status_code == 400
    assert "<mark>800101-1234567</mark>" in held.get_data(as_text=True)
    assert browser.submit(path, {**sent, "leaks_seen": "y"}).status_code == 303


def test_the_check_before_publication_shows_them(app):
    place = InstitutionFactory()
    petition = filed(None, place, wants_public=True, text=SECRET)
    page = signed_in(app, staff(Role.OFFICER, place)).get(f"/en/desk/matters/{petition.number}/publication")
    assert "<mark>010-1234-5678</mark>" in page.get_data(as_text=True)
