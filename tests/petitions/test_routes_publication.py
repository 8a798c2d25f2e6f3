"""Pages of checks, appeals and public figures: what they show, to whom, and what they refuse."""

import csv
import json
from html import unescape
from io import StringIO

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.reasons import RefusalReason
from civicportal.petitions.services import appeals, publication
from civicportal.petitions.states import AppealState, Publication
from tests.architecture.doors.looking import csrf_token
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.desk import DAY, matter_at, officer
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed, operator, refused


@pytest.fixture
def place(app):
    return InstitutionFactory(code="lamps", name_en="Lamp Office")


@pytest.fixture
def petition(place):
    return filed(PersonFactory(name="Jane Doe"), place, wants_public=True)


@pytest.fixture
def browser(app):
    return signed_in(app, staff(Role.OPERATOR))


def at(petition, tail=""):
    return f"/en/operator/publication/{petition.number}{tail}"


def show(petition):
    return f"/en/petitions/{petition.number}"


def text_of(response):
    return unescape(response.get_data(as_text=True))


def fresh(row):
    current().rollback()
    current().expire_all()
    return row


def test_the_author_sees_until_when_it_is_checked_and_that_it_is_late(app, petition, client):
    author = signed_in(app, petition.author)
    assert "working hours left)" in text_of(author.get(show(petition)))
    with clock.at(petition.check.due_at + 3 * DAY):
        late = text_of(signed_in(app, petition.author).get(show(petition)))
        operated = text_of(signed_in(app, staff(Role.OPERATOR)).get("/en/operator/publication"))
    assert "cp-clock--overdue" in late
    assert "late: it was due by" in late
    assert "cp-table__row--overdue" in operated
    assert client.get(show(petition)).status_code == 404


def test_an_operator_reads_what_the_public_would_and_the_advice(browser, petition, place):
    publication.advise(officer(place), petition, RefusalReason.ADVERTISING)
    listed = text_of(browser.get("/en/operator/publication"))
    assert petition.title in listed
    assert "It advertises something." in listed
    page = text_of(browser.get(at(petition)))
    assert "Lamp Office looked at it first" in page
    assert "J***" in page
    assert "Jane" not in page


def test_an_operator_publishes_or_refuses_with_a_reason(browser, petition, place, client):
    assert browser.submit(at(petition), {}).status_code == 400
    assert browser.submit(at(petition), {"decision": "refuse"}).status_code == 400
    assert browser.submit(at(petition), {"decision": "publish"}).status_code == 303
    assert client.get(show(petition)).status_code == 200
    other = filed(institution=place, wants_public=True)
    assert browser.submit(at(other), {"decision": "refuse", "reason": "court"}).status_code == 303
    assert fresh(other).refusal.reason is RefusalReason.COURT
    assert browser.submit(at(other), {"decision": "publish"}).status_code == 409


def test_an_operator_who_works_there_is_told_that_a_colleague_decides(app, petition, place):
    person = staff(Role.OPERATOR)
    GrantFactory(person_id=person.id, role=Role.OFFICER, scope_kind="institution", scope_id=place.id)
    browser = signed_in(app, person)
    page = text_of(browser.get(at(petition)))
    assert "A colleague decides." in page
    assert 'value="publish"' not in page
    token = {"decision": "publish"}
    assert browser.submit(at(petition), token, page=f"/en/desk/matters/{petition.number}").status_code == 403
    assert fresh(petition).publication is Publication.PENDING


@pytest.mark.parametrize("tail", ["", "/appeal", "/remove", "/put-back", "/revise"])
def test_the_pages_are_for_operators(app, petition, place, client, tail):
    assert client.get(at(petition, tail)).status_code == 401
    for who in (PersonFactory(), petition.author, staff(Role.DIRECTOR, place), staff(Role.SUPPORT)):
        assert signed_in(app, who).get(at(petition, tail)).status_code == 403


def test_an_author_appeals_on_the_page_and_reads_what_became_of_it(app, petition, browser):
    refused(petition)
    author = signed_in(app, petition.author)
    page, address = text_of(author.get(show(petition))), f"{show(petition)}/appeal"
    assert f"{address}\"" in page
    assert "A court is dealing with the matter." in text_of(author.get(address))
    assert author.submit(address, {"text": " "}).status_code == 400
    assert author.submit(address, {"text": "x" * 2001}).status_code == 400
    assert author.submit(address, {"text": "No court has it."}).status_code == 303
    waiting = text_of(author.get(show(petition)))
    assert "Waiting for a decision" in waiting
    assert "working days left)" in waiting
    assert address not in waiting
    assert author.get(address).status_code == 303
    assert petition.number in text_of(browser.get("/en/operator/publication"))
    decide = at(petition, "/appeal")
    assert "No court has it." in text_of(browser.get(decide))
    assert browser.submit(decide, {"verdict": "grant"}).status_code == 400
    assert browser.submit(decide, {"verdict": "dismiss", "decision": "It is on trial."}).status_code == 303
    assert fresh(petition).refusal.appeal.state is AppealState.DISMISSED
    assert "It is on trial." in text_of(author.get(show(petition)))


def test_an_appeal_is_nobody_elses_to_make_or_read(app, petition, place):
    refused(petition)
    made = appeals.appeal(actor_for(petition.author), petition, text="My zebrafinch reasons.")
    stranger, desk = signed_in(app, PersonFactory()), signed_in(app, staff(Role.OFFICER, place))
    assert stranger.get(f"{show(petition)}/appeal").status_code == 404
    assert desk.get(f"{show(petition)}/appeal").status_code == 404
    for page in (show(petition), f"/en/desk/matters/{petition.number}"):
        assert "zebrafinch" not in text_of(desk.get(page))
    appeals.grant(operator(), made, decision="A zebrafinch of a decision.")
    assert "zebrafinch" not in text_of(stranger.get(show(petition)))


def test_a_reason_for_an_appeal_that_a_colleague_decided_is_not_lost(petition, browser):
    made = appeals.appeal(actor_for(petition.author), refused(petition), text="Everybody walks there.")
    token = csrf_token(browser)
    appeals.dismiss(operator(), made, decision="The court is still at it.")
    answer = browser.post(at(petition, "/appeal"), data={"csrf_token": token, "decision": "Typed for an hour."})
    assert answer.status_code == 400
    assert "Typed for an hour." in text_of(answer)


def test_looking_at_an_appeal_makes_none(app, petition):
    refused(petition)
    signed_in(app, petition.author).get(f"{show(petition)}/appeal")
    assert fresh(petition).refusal.appeal is None


def test_everybody_reads_the_reasons_and_the_figures(client, place):
    for _number in range(6):
        refused(matter_at(place, publication=Publication.PENDING).petition, RefusalReason.PERSONAL_DATA)
    for locale, words in (("en", "Facts by which"), ("ko", "personal_data")):
        page = text_of(client.get(f"/{locale}/publication"))
        assert words in page
        assert all(one.value in page for one in RefusalReason)
    told = json.loads(client.get("/en/publication/refusals.json").data)
    assert told["list_version"] == 1
    reason = next(one for one in told["reasons"] if one["code"] == "court")
    assert (reason["title_en"], reason["title_ko"]) == (
        "A court is dealing with the matter.", "법원에서 다루고 있는 사안입니다.")
    here = told["institutions"][0]
    assert (here["code"], here["refusals"], here["by_reason"]["personal_data"]) == ("lamps", 5, 5)
    lines = list(csv.DictReader(StringIO(client.get("/en/publication/refusals.csv").data.decode("utf-8-sig"))))
    assert [line["refusals_at_least"] for line in lines if line["reason"] == "personal_data"] == ["5"]


def test_no_name_of_an_institution_is_a_formula(client):
    place = InstitutionFactory(name_en="=HYPERLINK(1)")
    for _number in range(5):
        refused(matter_at(place, publication=Publication.PENDING).petition)
    assert ",'=HYPERLINK(1)," in client.get("/en/publication/refusals.csv").get_data(as_text=True)


def test_a_single_refusal_changes_no_public_figure(client, place):
    def public():
        return [client.get(f"/en/publication{tail}").data for tail in ("", "/refusals.json", "/refusals.csv")]

    before = public()
    refused(matter_at(place, publication=Publication.PENDING).petition)
    assert public() == before


def test_words_are_taken_out_before_a_removed_petition_comes_back(app, petition, browser):
    publication.publish(operator(), petition)
    assert browser.submit(at(petition, "/remove"), {"reason": "personal_data", "authority": "City"}).status_code == 303
    assert at(petition, "/revise") in text_of(browser.get(at(petition)))
    page = text_of(browser.get(at(petition, "/revise")))
    assert "Change the text before it is public again" in page
    assert "in public" not in page
    done = browser.submit(at(petition, "/revise"), {
        "title": "A title", "text": "No names.", "reason": "A name was in it.", "withhold": "y", "base_version": "1"})
    assert done.status_code == 303
    assert fresh(petition).text == "No names."
    assert fresh(petition).publication is Publication.REMOVED
    assert browser.submit(at(petition, "/put-back"), {"reason": "The name is out."}).status_code == 303
    assert "No names." in text_of(app.test_client().get(show(petition)))
