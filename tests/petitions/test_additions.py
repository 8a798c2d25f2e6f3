"""Additions: dated records until the answer, told to who has the matter, and never read by the public."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Gone, Invalid, NotFound
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import Addition, Draft, PetitionFile, RecordEntry
from civicportal.petitions.queries.receipts import content_of
from civicportal.petitions.services import additions
from civicportal.petitions.services.additions import add
from civicportal.petitions.services.files import derive_file, storage
from civicportal.petitions.services.subjects import name_person
from civicportal.petitions.services.unconfirmed import purge_unconfirmed
from civicportal.petitions.states import RecordAct
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, answered, filed, guest_filed, published, taken
from tests.petitions import samples

pytestmark = pytest.mark.usefixtures("app")
WORDS = "The third lamp is dark as well since yesterday."


@pytest.fixture
def here():
    return InstitutionFactory()


@pytest.fixture
def officer(here):
    return staff(Role.OFFICER, here)


@pytest.fixture
def petition(here):
    return filed(institution=here, files=(Sent("first.txt", b"first"),))


def added(petition, text=WORDS, *files):
    return add(actor_for(petition.author), petition, text=text, uploads=files).addition


def notices():
    return [(row.person_id, row.channel) for row in current().scalars(
        select(OutboxMessage).where(OutboxMessage.slug == "petitions.added_to").order_by(OutboxMessage.id))]


def page(app, person, petition, tail=""):
    return signed_in(app, person).get(f"/en/petitions/{petition.number}{tail}")


def test_an_addition_is_a_record_of_its_own(petition):
    receipt, due, text = petition.receipt.digest, petition.due_at, petition.text
    one = added(petition, " more\r\nwords ", Sent("note.txt", b"note"))
    two = added(petition, "again")
    assert (one.number, one.text, two.number) == (1, "more\nwords", 2)
    assert [file.name for file in one.files] == ["note.txt"]
    assert [file.name for file in petition.files] == ["first.txt"]
    assert (petition.receipt.digest, petition.due_at, petition.text) == (receipt, due, text)
    assert [file["name"] for file in content_of(petition.receipt)["files"]] == ["first.txt"]


def test_the_public_record_commits_to_it_and_cannot_be_guessed_from(petition):
    one = added(petition, WORDS, Sent("note.txt", b"note"))
    entry = current().scalars(select(RecordEntry).where(RecordEntry.act == RecordAct.ADDED)).one()
    assert hash_of(one.salt, WORDS, one.files[0].sha256) in entry.statement
    assert hash_of(WORDS, one.files[0].sha256) not in entry.statement
    assert one.salt not in entry.statement


def test_the_same_sent_twice_is_one(petition, media):
    first = added(petition, WORDS, Sent("note.txt", b"note"))
    stored = len([path for path in media.rglob("*") if path.is_file()])
    assert added(petition, WORDS, Sent("other.txt", b"note")).id == first.id
    assert len([path for path in media.rglob("*") if path.is_file()]) == stored
    assert len(notices()) == 0


def test_the_officer_in_charge_is_told_else_the_desk(petition, officer, here):
    other = staff(Role.OFFICER, here)
    added(petition, "to the desk")
    assert sorted(notices()) == sorted([(officer.id, "portal"), (other.id, "portal")])
    taken(petition, officer)
    added(petition, "to the officer")
    assert notices()[2:] == [(officer.id, "email"), (officer.id, "portal")]


def test_no_official_whom_it_is_about_is_told(petition, officer, here):
    other = staff(Role.OFFICER, here)
    taken(petition, officer)
    name_person(actor_for(staff(Role.OPERATOR)), petition, officer.id)
    added(petition, "about the officer")
    assert notices() == [(other.id, "portal")]


def test_operators_are_told_while_the_triage_desk_has_it(app):
    operator, matter = staff(Role.OPERATOR, locale="en"), filed()
    added(matter)
    assert notices() == [(operator.id, "portal")]
    notice = signed_in(app, operator).get("/en/notices").get_data(as_text=True)
    assert "Something was added" in notice


def test_nothing_is_added_after_the_answer(petition, officer):
    answered(petition, officer)
    with pytest.raises(Conflict):
        added(petition)
    assert current().scalars(select(Addition)).all() == []


def test_there_is_a_limit(petition, monkeypatch, app):
    for number in range(app.config["SETTINGS"].additions_per_petition):
        added(petition, f"number {number}")
    with pytest.raises(Conflict):
        added(petition, "one more")


def test_nobody_else_adds(petition, officer):
    for person in (officer, PersonFactory(), staff(Role.OPERATOR)):
        with pytest.raises(NotFound):
            add(actor_for(person), petition, text=WORDS)


def test_an_empty_or_endless_one_is_refused(petition):
    for text in ("", "  \n ", "x" * 20_001):
        with pytest.raises(Invalid):
            added(petition, text)


def test_what_cannot_be_taken_is_named_and_the_rest_is_kept(petition, media):
    done = add(actor_for(petition.author), petition, text="", uploads=[
        Sent("a.zip", samples.zipped({"a": "b"})), Sent("b.txt", b"b")])
    assert [file.name for file in done.addition.files] == ["b.txt"]
    assert [file.name for file in done.refused] == ["a.zip"]
    with pytest.raises(Invalid):
        add(actor_for(petition.author), petition, text="", uploads=[Sent("a.zip", samples.zipped({"a": "b"}))])


def test_author_and_officials_read_it_and_the_public_does_not(app, client, here, officer):
    petition = published(filed(institution=here, wants_public=True), officer)
    one = added(petition, WORDS, Sent("note.txt", b"a private note"))
    derive_file(one.files[0].id)
    for person in (petition.author, officer):
        assert WORDS in page(app, person, petition).get_data(as_text=True)
    assert WORDS in signed_in(app, officer).get(f"/en/desk/matters/{petition.number}").get_data(as_text=True)
    for who in (client, signed_in(app, PersonFactory())):
        shown = who.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
        assert WORDS not in shown
        assert "note.txt" not in shown
        assert "Something was added" not in shown
        assert "Something was added" not in who.get(f"/en/petitions/{petition.number}/feed.atom").get_data(as_text=True)
        proofs = who.get(f"/en/petitions/{petition.number}/record.json").get_json()
        assert len(proofs["acts"]) == len(signed_in(app, officer).get(
            f"/en/petitions/{petition.number}/record.json").get_json()["acts"]) - 1
        for tail in ("", "/original"):
            address = f"/en/petitions/{petition.number}/files/{one.files[0].public_id}{tail}"
            assert who.get(address).status_code == 404


def test_adding_on_the_page(app, petition, officer, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)
    browser = signed_in(app, petition.author)
    path = f"/en/petitions/{petition.number}/add"
    assert browser.submit(path, {"text": ""}).status_code == 400
    big = BytesIO(b"x" * 50_000)  # more than a plain form may carry
    done = browser.submit(path, {"text": WORDS, "files": [(big, "long.txt"), (BytesIO(b"MZ\x90\0"), "x.exe")]})
    assert done.status_code == 303
    shown = browser.get(done.location).get_data(as_text=True)
    assert WORDS in shown
    assert "long.txt" in shown
    assert "This file was not taken. x.exe" in shown
    assert browser.post(path, data={"text": "forged", "csrf_token": "x"}).status_code == 400
    assert page(app, PersonFactory(), petition, "/add").status_code == 404
    answered(petition, officer)
    assert "nothing can be added" in browser.get(path).get_data(as_text=True)


def key_of(petition):
    return current().scalar(select(Draft.key).where(Draft.petition_id == petition.id))


def test_a_guest_adds_on_the_secret_page_for_a_short_time(client, here):
    petition = guest_filed(here)
    path = f"/en/file/{key_of(petition)}/add"
    done = client.submit(path, {"text": WORDS, "files": [(BytesIO(b"note"), "note.txt")]})
    assert done.status_code == 200
    assert WORDS not in done.get_data(as_text=True)
    assert "Set-Cookie" not in done.headers
    assert done.headers["Cache-Control"] == "no-store"
    current().rollback()
    assert [one.text for one in petition.additions] == [WORDS]
    with time_machine.travel(petition.filed_at + timedelta(minutes=61)):
        assert client.get(path).status_code == 410
        with pytest.raises(Gone):
            additions.add_by_key(current().scalars(select(Draft)).one(), text="late")


def test_what_is_never_confirmed_goes_with_what_was_added(here, media):
    petition = guest_filed(here, files=(Sent("a.txt", b"a"),))
    one = add(actor_for(petition.author), petition, text="", uploads=[Sent("b.txt", b"b")]).addition
    key = one.files[0].storage_key
    assert storage().exists(key)
    with time_machine.travel(now() + timedelta(days=8)):
        purge_unconfirmed()
    assert current().scalars(select(PetitionFile)).all() == []
    assert current().scalars(select(Addition)).all() == []
    assert not storage().exists(key)
