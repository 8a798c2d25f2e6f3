"""The officers' pages: what they show, what they refuse, and that hidden matters look like absent ones."""

import re
from html import unescape

import pytest
from sqlalchemy import event

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import Role, Scope
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.petitions.reasons import RefusalReason
from civicportal.petitions.services import answers, desk, publication
from civicportal.petitions.states import AssignmentState, Publication
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.desk import matter_at, next_number, officer
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import operator

GETS = ["", "/assign", "/transfer", "/answer", "/answer/send", "/publication"]
POSTS = ["/take", "/assign", "/transfer", "/answer", "/answer/send", "/publication"]


@pytest.fixture
def here(app):
    return InstitutionFactory(code="body-a")


@pytest.fixture
def part(here):
    return matter_at(here, author=PersonFactory(name="김하늘"), publication=Publication.PENDING)


@pytest.fixture
def person(here):
    return staff(Role.OFFICER, here, name="박서준")


@pytest.fixture
def browser(app, person):
    return signed_in(app, person)


def at(part, tail=""):
    return f"/en/desk/matters/{part.petition.number}{tail}"


def fields(page):
    """The hidden fields of the form on a page that posts."""
    html = page.get_data(as_text=True)
    return {name: unescape(value) for name, value in re.findall(
        r'<input[^>]*name="(part|version|base_version|institution_code)"[^>]*value="([^"]*)"', html)}


def press(browser, part, tail, data=None, page=None):
    """Fill in the page's form and press its button."""
    shown = at(part, tail) if page is None else page
    return browser.submit(at(part, tail), {**fields(browser.get(shown)), **(data or {})}, page=shown)


def fresh(row):
    current().rollback()
    current().expire_all()
    return row


def test_one_desk_leads_to_its_inbox_and_several_to_a_choice(app, here, person):
    assert signed_in(app, person).get("/en/desk").location == "/en/desk/body-a"
    other = InstitutionFactory(code="body-b")
    both = staff(Role.OFFICER, here)
    GrantFactory(person_id=both.id, role=Role.MANAGER, scope_kind=Scope.INSTITUTION, scope_id=other.id)
    page = signed_in(app, both).get("/en/desk").get_data(as_text=True)
    assert "/en/desk/body-a" in page
    assert "/en/desk/body-b" in page


@pytest.mark.parametrize("role", [None, Role.OPERATOR])
def test_people_without_a_desk_get_403(app, part, role):
    who = staff(role) if role else PersonFactory()
    browser = signed_in(app, who)
    for path in ("/en/desk", "/en/desk/body-a", *(at(part, tail) for tail in GETS)):
        assert browser.get(path).status_code == 403, path


def test_visitors_are_asked_to_sign_in(client, part):
    assert client.get(at(part)).status_code in (302, 303, 401)


def test_the_inbox_shows_what_one_needs_to_choose(browser, part):
    page = browser.get("/en/desk/body-a").get_data(as_text=True)
    for piece in (part.petition.title, part.petition.number, "Nobody has it yet", "working days left", "Petition"):
        assert piece in page, piece
    assert re.search(r'aria-current="true"[^>]*>New <span>\(1\)', page)


@pytest.mark.parametrize("tab", ["mine", "due-soon", "overdue", "answered", "open", "new", "nonsense"])
def test_empty_lists_teach(app, tab):
    empty = InstitutionFactory()
    page = signed_in(app, staff(Role.OFFICER, empty)).get(f"/en/desk/{empty.code}?tab={tab}&cursor=x&sort=y&type=z")
    assert page.status_code == 200
    assert "cp-empty" in page.get_data(as_text=True)


@pytest.mark.parametrize("query", [
    "q=%00", "q=%ED%A0%80", "officer=99999999999999999999", "officer=-1", "officer=x", "type=%00", "sort=%00",
    "cursor=WyIyMDI1LTEwLTE3VDAwOjAwOjAwKzAwOjAwIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    "cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwgMV0",
])
def test_strange_addresses_are_lists_all_the_same(browser, part, query):
    assert browser.get(f"/en/desk/body-a?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/en/desk/%00", "/en/desk/body-a%00x", "/en/desk/matters/%00"])
def test_strange_names_are_not_found(browser, path):
    assert browser.get(path).status_code == 404


def test_a_strange_target_is_refused(browser, part):
    assert browser.get(at(part, "/transfer?to=%00x&q=%00")).status_code == 400


def test_filters_stay_in_every_link_and_in_the_form(app, here, browser):
    for _ in range(21):
        matter_at(here, type="proposal")
    page = browser.get("/en/desk/body-a?type=proposal&sort=newest&q=%EA%B0%80").get_data(as_text=True)
    onward = unescape(re.search(r'rel="next" href="([^"]+)"', page).group(1))
    assert {"type=proposal", "sort=newest", "tab=new"} <= set(onward.split("?")[1].split("&"))
    assert browser.get(onward).get_data(as_text=True).count('<th scope="row">') == 1
    assert 'value="가"' in page
    assert re.search(r'<option value="proposal" selected>', page)


def test_the_matter_shows_text_clock_chain_and_people(browser, part):
    page = browser.get(at(part)).get_data(as_text=True)
    for piece in ("골목이 어둡습니다.", "김하늘", "Why this date", part.institution.name("en"), "Take it",
                  "Check before publication"):
        assert piece in page, piece
    assert "Give it to an officer" not in page


def test_taking_and_who_was_first(app, here, browser, part):
    second = signed_in(app, staff(Role.OFFICER, here))
    shown = fields(second.get(at(part)))
    done = press(browser, part, "/take", page=at(part))
    assert (done.status_code, done.location) == (303, at(part))
    late = second.submit(at(part, "/take"), shown, page=at(part))
    assert late.status_code == 409
    assert "박서준" in late.get_data(as_text=True)
    assert fresh(part).officer.name == "박서준"


def test_a_manager_assigns(app, here, part, person):
    boss = signed_in(app, staff(Role.MANAGER, here))
    done = press(boss, part, "/assign", {"officer_id": str(person.id), "department_id": "0"})
    assert done.status_code == 303
    assert fresh(part).officer_id == person.id
    wrong = press(boss, part, "/assign", {"officer_id": str(PersonFactory().id), "department_id": "0"})
    assert wrong.status_code == 400


def test_transfer_searches_says_what_happens_and_moves(browser, part):
    target = InstitutionFactory(name_en="Bureau of Lamps")
    found = browser.get(at(part, "/transfer?q=lamps")).get_data(as_text=True)
    assert f"to={target.code}" in found
    chosen = at(part, f"/transfer?to={target.code}")
    page = browser.get(chosen).get_data(as_text=True)
    assert "The author gets a notice with your reason." in page
    assert "triage" not in page.split("<main")[1].split("</main>")[0]
    empty = press(browser, part, "/transfer", {"reason": "  "}, page=chosen)
    assert empty.status_code == 400
    assert "Write the reason" in empty.get_data(as_text=True)
    done = press(browser, part, "/transfer", {"reason": "소관"}, page=chosen)
    assert done.status_code == 303
    assert [row.institution_id for row in fresh(part).petition.assignments] == [part.institution_id, target.id]
    assert done.location.endswith(f"/desk/{part.institution.code}")
    assert browser.get(at(part)).status_code == 404  # it is theirs no longer


def test_the_officer_reads_of_triage_before_pressing(app, here, part):
    elsewhere = InstitutionFactory()
    moved = desk.transfer(officer(here), part, institution_code=elsewhere.code, reason="소관", version=part.version)
    back = signed_in(app, staff(Role.OFFICER, elsewhere))
    page = back.get(at(moved, f"/transfer?to={here.code}")).get_data(as_text=True)
    assert "had this matter before" in page
    assert "Send it to the triage desk" in page


def test_an_impossible_target_is_said_at_once(browser, part):
    page = browser.get(at(part, f"/transfer?to={part.institution.code}"))
    assert page.status_code == 400
    assert "already at this institution" in page.get_data(as_text=True)


def test_an_impossible_target_keeps_the_reason(browser, part):
    shown = fields(browser.get(at(part, f"/transfer?to={InstitutionFactory().code}")))
    gone = browser.submit(at(part, "/transfer"), {
        **shown, "institution_code": part.institution.code, "reason": "내가 쓴 이유"})
    assert gone.status_code == 400
    assert "내가 쓴 이유" in gone.get_data(as_text=True)


def test_a_late_transfer_keeps_the_reason(app, here, browser, part):
    target = InstitutionFactory()
    shown = fields(browser.get(at(part, f"/transfer?to={target.code}")))
    desk.transfer(officer(here), part, institution_code=target.code, reason="먼저", version=part.version)
    late = browser.submit(at(part, "/transfer"), {**shown, "reason": "내가 쓴 이유"}, page=at(part))
    assert late.status_code == 409
    assert "내가 쓴 이유" in late.get_data(as_text=True)


@pytest.fixture
def mine(part, person):
    desk.take(actor_for(person), part, version=part.version)
    return part


def test_preview_keeps_the_text_and_stores_nothing(browser, mine):
    page = press(browser, mine, "/answer", {"text": "**굵게** <b>x</b>", "intent": "preview"})
    html = page.get_data(as_text=True)
    assert "<strong>굵게</strong>" in html
    assert "**굵게** &lt;b&gt;" in html
    assert fresh(mine).answer is None


def test_save_check_and_send(browser, mine):
    saved = press(browser, mine, "/answer", {"text": "고쳤습니다.", "intent": "save"})
    assert (saved.status_code, saved.location) == (303, at(mine, "/answer"))
    assert "고쳤습니다." in browser.get(at(mine, "/answer")).get_data(as_text=True)
    onward = press(browser, mine, "/answer", {"text": "모두 **고쳤습니다**.", "intent": "send"})
    assert onward.location == at(mine, "/answer/send")
    check = browser.get(onward.location).get_data(as_text=True)
    for piece in ("<strong>고쳤습니다</strong>", "김하늘", "박서준"):
        assert piece in check, piece
    assert press(browser, mine, "/answer/send").status_code == 303
    assert fresh(mine).state is AssignmentState.ANSWERED
    assert "모두 <strong>고쳤습니다" in browser.get(at(mine)).get_data(as_text=True)


def test_an_unwritten_answer_has_nothing_to_check(browser, mine):
    assert browser.get(at(mine, "/answer/send")).location == at(mine, "/answer")


def test_both_texts_of_a_conflict_are_on_the_page_and_mine_can_be_saved(app, here, browser, mine):
    shown = fields(browser.get(at(mine, "/answer")))
    answers.save(officer(here, Role.MANAGER, name="이하은"), mine, text="관리자의 글", base_version=0)
    page = browser.submit(at(mine, "/answer"), {**shown, "text": "나의 글", "intent": "save"})
    html = page.get_data(as_text=True)
    assert page.status_code == 409
    for piece in ("관리자의 글", "나의 글", "이하은"):
        assert piece in html, piece
    again = browser.submit(at(mine, "/answer"), {**fields(page), "text": "나의 글", "intent": "save"})
    assert again.status_code == 303
    assert fresh(mine).answer.current == 2


@pytest.mark.parametrize("loss", ["given away", "passed on"])
def test_losing_the_matter_never_loses_the_text(app, here, browser, mine, loss):
    shown, boss = fields(browser.get(at(mine, "/answer"))), officer(here, Role.MANAGER, name="최관리")
    if loss == "given away":
        desk.assign(boss, mine, officer_id=staff(Role.OFFICER, here).id, department_id=None, version=mine.version)
    else:
        desk.transfer(boss, mine, institution_code=InstitutionFactory().code, reason="소관", version=mine.version)
    page = browser.submit(at(mine, "/answer"), {**shown, "text": "오래 쓴 답변", "intent": "save"}, page=at(mine))
    assert page.status_code in (403, 409)
    assert "오래 쓴 답변" in page.get_data(as_text=True)


def test_sending_what_has_changed_meanwhile_shows_the_new_text_first(app, here, browser, mine):
    press(browser, mine, "/answer", {"text": "하나", "intent": "save"})
    shown = fields(browser.get(at(mine, "/answer/send")))
    answers.save(officer(here, Role.MANAGER), mine, text="둘", base_version=1)
    page = browser.submit(at(mine, "/answer/send"), shown)
    assert page.status_code == 409
    assert at(mine, "/answer/send") in page.get_data(as_text=True)
    assert fresh(mine).state is AssignmentState.IN_PROGRESS


@pytest.mark.parametrize("tail", ["/answer", "/answer/send", "/assign"])
def test_what_is_for_others_of_the_house_is_403(browser, part, tail):
    desk.take(officer(part.institution), part, version=part.version)
    assert browser.get(at(part, tail)).status_code == 403


def test_publication_shows_the_public_text_with_the_author_masked(browser, part):
    page = browser.get(at(part, "/publication")).get_data(as_text=True)
    assert "김**" in page
    assert "김하늘" not in page
    assert browser.submit(at(part, "/publication"), {}).status_code == 400
    assert browser.submit(at(part, "/publication"), {"decision": "refuse"}).status_code == 400
    done = browser.submit(at(part, "/publication"), {"decision": "refuse", "reason": "court"})
    assert done.status_code == 303
    petition = fresh(part).petition
    assert (petition.publication, petition.check.advice_reason) == (Publication.SECOND_CHECK, RefusalReason.COURT)
    assert "There is nothing to decide" in browser.get(at(part, "/publication")).get_data(as_text=True)


def test_a_published_petition_is_decided_for_all_to_see(browser, part, client):
    assert browser.submit(at(part, "/publication"), {"decision": "publish"}).status_code == 303
    assert client.get(f"/en/petitions/{part.petition.number}").status_code == 404
    publication.publish(operator(), part.petition)
    shown = client.get(f"/en/petitions/{part.petition.number}")
    assert shown.status_code == 200
    assert "박서준" not in shown.get_data(as_text=True)


class Statements:
    """Counts what is sent to the database."""

    def __enter__(self):
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._add)
        return self

    def _add(self, *_args):
        self.count += 1

    def __exit__(self, *_error):
        event.remove(db.engine, "before_cursor_execute", self._add)


def trace(send, path, **kwargs):
    """What an onlooker could tell two answers apart by: the address, tokens and seconds left out."""
    with Statements() as counted:
        page = send(path, **kwargs)
    headers = sorted((name, value) for name, value in page.headers if name not in ("Date", "Set-Cookie"))
    tokens = r'(value|content|data-session-expires)="[^"]+"'
    body = re.sub(tokens, "", page.get_data(as_text=True).replace(path.removeprefix("/en"), ""))
    return page.status_code, len(page.get_data()), headers, body, counted.count


@pytest.mark.parametrize("tail", GETS)
def test_other_institutions_cannot_tell_hidden_from_absent_by_reading(app, part, tail):
    browser = signed_in(app, staff(Role.DIRECTOR, InstitutionFactory()))
    browser.get("/en/desk")
    hidden = trace(browser.get, at(part, tail))
    absent = trace(browser.get, f"/en/desk/matters/{next_number()}{tail}")
    assert hidden[0] == 404
    assert hidden == absent


@pytest.mark.parametrize("tail", POSTS)
def test_other_institutions_cannot_tell_hidden_from_absent_by_writing(app, part, tail):
    house = InstitutionFactory()
    browser = signed_in(app, staff(Role.DIRECTOR, house))
    own = at(matter_at(house))
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(own).get_data(as_text=True)).group(1)
    data = {"csrf_token": unescape(token), "part": str(part.id), "version": "1", "base_version": "0", "text": "x",
            "reason": "x", "institution_code": house.code, "officer_id": "1", "decision": "publish"}
    before = current().get_one(Person, part.petition.author_id).name
    hidden = trace(browser.post, at(part, tail), data=data)
    absent = trace(browser.post, f"/en/desk/matters/{next_number()}{tail}", data=data)
    assert hidden[0] == 404
    assert hidden == absent
    assert (fresh(part).version, part.petition.author.name) == (1, before)


def test_another_institutions_inbox_looks_absent(app, here):
    browser = signed_in(app, staff(Role.OFFICER, InstitutionFactory()))
    browser.get("/en/desk")
    hidden = trace(browser.get, "/en/desk/body-a")
    assert hidden[0] == 404
    assert hidden == trace(browser.get, "/en/desk/body-z")


def test_an_unconfirmed_filing_is_not_on_the_desk(browser, part):
    with atomic():
        part.petition.received_at = None
    assert browser.get(at(part)).status_code == 404


def test_a_part_of_another_institution_is_not_acted_on(app, here, browser, part):
    elsewhere = InstitutionFactory()
    moved = desk.transfer(officer(here), part, institution_code=elsewhere.code, reason="소관", version=part.version)
    data = {"part": str(moved.id), "version": str(moved.version)}
    assert browser.submit(at(part, "/take"), data, page=at(part)).status_code == 404
    assert fresh(moved).officer_id is None
