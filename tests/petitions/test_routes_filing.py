"""The question pages over HTTP: a guest's whole walk, lost sessions, wrong input, sending twice."""

import re
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, Person
from civicportal.accounts.passwords import hash_password
from civicportal.core.clock import now
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.states import PetitionState
from tests.conftest import TOKEN
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.institutions import InstitutionFactory, RegionFactory
from tests.factories.petitions import TEXT, TITLE, drafted
from tests.petitions.test_filing import confirm_token, mails

MINE = {"mine": "yes"}
GUEST = {"name": "김하늘", "address": "haneul@example.org", "phone": "010-1234-5678"}


def begin(browser, **data):
    """Start a draft; the address of its text page."""
    response = browser.submit("/en/file", {"type": "petition", **data})
    assert response.status_code == 303
    return response.location


def page(draft_url, name):
    return draft_url.rsplit("/", 1)[0] + "/" + name


def text_of(response):
    return unescape(response.get_data(as_text=True))


def upload(name="a.txt", content=b"hello there"):
    return (BytesIO(content), name)


def rows(table):
    """What is in the database now, whatever this test has read before."""
    current().rollback()
    return current().scalars(select(table)).all()


def the_draft():
    [draft] = rows(Draft)
    return draft


def the_petition():
    [petition] = rows(Petition)
    return petition


def token_of(browser, path):
    return unescape(TOKEN.search(browser.get(path).get_data(as_text=True).partition("<main")[2]).group(1))


def test_a_guests_walk_takes_eight_screens(client):
    region, institution = RegionFactory(), InstitutionFactory(name_en="Lamp Office")
    screens = ["home"]
    text = begin(client, type="proposal")
    screens += ["what", "text"]
    response = client.submit(text, {"title": TITLE, "text": TEXT})
    for name, data in (("place", {"region_code": region.code}), ("files", {"files": [upload()]}),
                       ("readers", {"readers": "public"})):
        assert response.location.endswith(f"/{name}")
        screens.append(name)
        response = client.submit(response.location, data)
    assert response.location.endswith("/check")
    screens.append("check")
    shown = text_of(client.get(response.location))
    assert TITLE in shown
    assert "a.txt" in shown
    assert region.name_en in shown
    response = client.submit(response.location, {"institution": "triage", **GUEST})
    assert response.status_code == 303
    screens.append("done")
    receipt = text_of(client.get(response.location))
    petition = the_petition()
    assert petition.number in receipt
    assert "h***@example.org" in receipt
    assert GUEST["address"] not in receipt
    assert len(screens) <= 8
    assert (petition.type, petition.region_code, petition.state) == ("proposal", region.code, PetitionState.UNCONFIRMED)
    assert [file.name for file in petition.files] == ["a.txt"]
    assert petition.author.name == "김하늘"
    assert petition.author.phone == "+821012345678"
    assert client.get_cookie("session") is None
    assert institution.name_en not in receipt


def test_the_proposed_institution_can_be_accepted(client):
    institution = InstitutionFactory(name_en="Lamp Office", name_ko="가로등관리청", remit_en="Street lights and lamps.")
    check = page(begin(client), "check")
    client.submit(page(check, "text"), {"title": "가로등관리청에 요청합니다", "text": "가로등관리청에서 고쳐 주세요."})
    shown = text_of(client.get(check))
    assert f'value="{institution.code}"' in shown
    client.submit(check, {"institution": institution.code, **GUEST})
    petition = the_petition()
    assert petition.suggestions[0]["institution_code"] == institution.code


def test_another_institution_can_be_chosen(client):
    institution = InstitutionFactory(name_en="Ferry Board")
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": TEXT})
    check = page(text, "check")
    response = client.submit(check, {"institution": "other", **GUEST})
    assert response.location.endswith("/institution")
    assert "Ferry Board" in text_of(client.get(response.location + "?q=ferry"))
    response = client.submit(response.location + "?q=ferry", {"institution": institution.code})
    shown = text_of(client.get(response.location))
    assert re.search(rf'value="{institution.code}"[^>]*checked', shown)
    assert GUEST["name"] in shown
    client.submit(check, {"institution": institution.code, **GUEST})
    assert the_petition().chosen_institution_id == institution.id


def test_a_signed_in_author_is_received_at_once_and_asked_for_no_name(app):
    person = PersonFactory()
    browser, institution = signed_in(app, person), InstitutionFactory(name_en="Ferry Board")
    text = begin(browser)
    browser.submit(text, {"title": TITLE, "text": TEXT})
    choose = page(text, "institution") + "?q=ferry"
    browser.submit(choose, {"institution": institution.code})
    check = page(text, "check")
    assert 'name="address"' not in text_of(browser.get(check))
    response = browser.submit(check, {"institution": institution.code})
    receipt = text_of(browser.get(response.location))
    petition = the_petition()
    assert (petition.author_id, petition.state) == (person.id, PetitionState.RECEIVED)
    assert "Ferry Board has received it" in receipt


def test_a_guest_with_an_account_signs_in_at_the_check_and_loses_nothing(client):
    person = PersonFactory(password_hash=hash_password("four plain words here"))
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": TEXT})
    client.submit(page(text, "files"), {"files": [upload()]})
    check = page(text, "check")
    [way] = re.findall(r'href="([^"]*/sign-in\?next=[^"]*)"', text_of(client.get(check)))
    assert f'name="next" type="hidden" value="{check}"' in text_of(client.get(way))
    entered = client.submit(way, {"address": person.address, "password": "four plain words here", "next": check})
    assert entered.location == check
    assert 'name="address"' not in text_of(client.get(check)).partition("<main")[2]
    client.submit(check, {"institution": "triage"})
    petition = the_petition()
    assert petition.author_id == person.id
    assert petition.received_at is not None
    assert [file.name for file in petition.files] == ["a.txt"]


def test_every_draft_page_is_sealed(client):
    text = begin(client)
    for name in ("what", "text", "place", "files", "readers", "check", "institution", "delete"):
        response = client.get(page(text, name))
        assert response.status_code == 200, name
        assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert client.get_cookie("session") is None


def test_wrong_input_keeps_text_and_files(client):
    text = begin(client)
    response = client.submit(text, {"title": "x" * 130, "text": TEXT})
    assert response.status_code == 400
    assert "x" * 130 in text_of(response)
    assert the_draft().text == TEXT
    files = page(text, "files")
    response = client.submit(files, {"files": [upload(), upload("bad.exe", b"MZ\x90\x00\x03\x00")]})
    assert response.status_code == 400
    assert "bad.exe: " in text_of(response)
    assert [file.name for file in the_draft().files] == ["a.txt"]
    check = page(text, "check")
    response = client.submit(check, {"institution": "triage", **GUEST, "address": "nowhere"})
    assert response.status_code == 400
    assert "nowhere" in text_of(response)
    assert "a.txt" in text_of(response)
    assert the_draft().name == GUEST["name"]
    assert rows(Petition) == []


def test_what_is_missing_is_said_at_the_check(client):
    response = client.submit(page(begin(client), "check"), {"institution": "triage", **GUEST})
    assert response.status_code == 400
    assert "Write what it is about." in text_of(response)


def test_without_its_token_the_form_comes_back_as_typed(client):
    text = begin(client)
    response = client.post(text, data={"title": TITLE, "text": TEXT, "csrf_token": "wrong"})
    assert response.status_code == 400
    assert TEXT in text_of(response)
    assert the_draft().text == ""


def test_files_can_be_removed_and_added_without_leaving(client):
    files = page(begin(client), "files")
    response = client.submit(files, {"files": [upload()], "add": "1"})
    assert response.location.endswith("/files")
    kept = the_draft().files[0]
    assert str(kept.public_id) in text_of(client.get(files))
    response = client.submit(files, {"remove": str(kept.public_id)})
    assert response.location.endswith("/files")
    assert the_draft().files == []


def test_too_much_at_once_says_the_limit_and_the_way_back(app, client):
    settings = app.config["SETTINGS"]
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": TEXT})
    size = settings.upload_max_files * settings.upload_max_bytes + 1024 * 1024
    response = client.post(page(text, "files"), content_type="multipart/form-data; boundary=x",
                           environ_overrides={"CONTENT_LENGTH": str(size)})
    assert response.status_code == 413
    assert f"{settings.upload_max_bytes // 1024 ** 2} MB" in text_of(response)
    assert page(text, "files") in text_of(response)
    assert the_draft().text == TEXT


def test_other_pages_refuse_large_bodies_before_reading(client):
    text = begin(client)
    assert client.post(text, data={"text": "x" * (1100 * 1024)}).status_code == 413


def ended(person):
    with atomic() as session:
        for row in session.scalars(select(AccountSession).where(AccountSession.person_id == person.id)):
            row.revoked_at = now()


def test_a_lost_session_loses_neither_text_nor_files(app):
    person = PersonFactory()
    browser = signed_in(app, person)
    text = begin(browser)
    files = page(text, "files")
    token = token_of(browser, text)
    ended(person)
    response = browser.post(text, data={"title": TITLE, "text": TEXT, "csrf_token": token})
    assert response.status_code == 303
    assert the_draft().text == TEXT
    assert TEXT not in text_of(browser.get(text))
    assert browser.get(text).status_code in (302, 303, 401)
    browser.post(files, data={"files": [upload()], "csrf_token": token})
    assert [file.name for file in the_draft().files] == ["a.txt"]
    response = browser.post(text, data={"title": "", "text": "longer text", "csrf_token": token})
    assert the_draft().text == "longer text"
    assert "longer text" not in text_of(response)
    again = signed_in(app, person)
    assert "longer text" in text_of(again.get(text))
    assert "a.txt" in text_of(again.get(files))


def test_another_persons_draft_is_not_there(app, client):
    draft = drafted(PersonFactory())
    stranger = signed_in(app, PersonFactory())
    for name in ("text", "check", "delete", "done"):
        url = f"/en/file/{draft.key}/{name}"
        assert stranger.get(url).status_code == 404
        assert client.get(url).status_code != 200
    assert stranger.get("/en/file/" + "A" * 24 + "/text").status_code == 404
    assert len(stranger.get(f"/en/file/{draft.key}/text").data) == len(
        stranger.get("/en/file/" + "A" * 24 + "/text").data)


def test_autosave_keeps_what_is_typed(client):
    text = begin(client)
    saved = client.submit(page(text, "autosave"), {"text": "half a sen", "institution": "x"}, page=text)
    assert saved.status_code == 204
    assert the_draft().text == "half a sen"
    assert client.post(page(text, "autosave"), data={"text": "forged"}).status_code == 400
    assert the_draft().text == "half a sen"


def test_sending_twice_leads_to_the_same_receipt(client):
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": TEXT})
    check = page(text, "check")
    token = token_of(client, check)
    data = {"institution": "triage", **GUEST, "csrf_token": token}
    answers = [client.post(check, data=data) for _ in range(2)]
    assert [answer.location for answer in answers] == [page(text, "done")] * 2
    assert len(rows(Petition)) == 1
    assert len(mails("petitions.confirm")) == 1
    assert client.get(text).location == page(text, "done")


def test_a_draft_can_be_deleted(client):
    text = begin(client)
    response = client.submit(page(text, "delete"))
    assert client.get(response.location).status_code == 200
    assert client.get(text).status_code == 404


def test_changing_from_the_check_leads_back_to_it(client):
    text = begin(client)
    response = client.submit(text + "?from=check", {"title": TITLE, "text": TEXT})
    assert response.location.endswith("/check")
    response = client.submit(page(text, "what"), {"type": "proposal"})
    assert the_draft().type == "proposal"


@pytest.fixture
def link(client):
    """The mailed link of a guest's filing."""
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": TEXT})
    client.submit(page(text, "check"), {"institution": "triage", **GUEST})
    return f"/en/petitions/confirm/{confirm_token(the_petition())}", page(text, "done")


def test_opening_the_mailed_link_changes_nothing(client, link):
    response = client.get(link[0])
    assert response.status_code == 200
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert client.post(link[0], data={}).status_code == 200
    assert the_petition().received_at is None


def test_confirming_shows_what_happens_next(client, link):
    response = client.submit(link[0], MINE)
    petition = the_petition()
    shown = text_of(response)
    assert petition.received_at is not None
    assert petition.number in shown
    assert "Set a password" in shown
    assert response.headers["Cache-Control"] == "no-store"
    assert client.get_cookie("session") is None
    assert client.get(link[0]).status_code == 410
    assert "sign in to follow it" in text_of(client.post(link[0], data={}))
    assert "Your address is confirmed" in text_of(client.get(link[1]))


def test_a_program_that_presses_every_button_confirms_nothing(client, link):
    answer = client.submit(link[0])
    assert answer.status_code == 400
    assert "Say whether this is yours." in text_of(answer)
    assert the_petition().received_at is None


def test_who_did_not_write_it_has_it_deleted_at_once(client, link, media):
    assert "Somebody had used your address" in text_of(client.submit(link[0], {"mine": "no"}))
    current().rollback()
    assert current().scalars(select(Petition)).all() == []
    assert current().scalars(select(Person)).all() == []
    assert client.get(link[0]).status_code == 410


def test_the_password_page_of_the_confirmation_opens(client, link):
    shown = text_of(client.submit(link[0], MINE))
    target = re.search(r'href="([^"]*)"[^>]*>\s*Set a password', shown).group(1)
    assert client.get(target).status_code == 200


def test_a_network_begins_only_so_many_drafts(app, client):
    limit = app.config["SETTINGS"].drafts_per_network_per_hour
    codes = {client.submit("/en/file", {"type": "petition"}).status_code for _ in range(limit)}
    assert codes == {303}
    assert client.submit("/en/file", {"type": "petition"}).status_code == 429
