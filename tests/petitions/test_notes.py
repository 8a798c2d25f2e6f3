"""Notes among colleagues: who reads them, who is told, and that nobody else ever meets one."""

import json

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.colleagues import mentioned
from civicportal.petitions.models import MatterNote
from civicportal.petitions.services.desk import transfer
from civicportal.petitions.services.notes import write_note
from civicportal.petitions.services.subjects import name_person
from civicportal.retention.services.people import export_person
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, published, taken

SECRET = "zebrafinch"


@pytest.mark.parametrize(("text", "found", "unknown"), [
    ("@Kim Minji please look", {"Kim Minji"}, []), ("@김서연님께 여쭙니다", {"김서연"}, []),
    ("(@kim minji) @김서연", {"Kim Minji", "김서연"}, []), ("@Kim Minjin", {"Kim Minji"}, []),
    ("mail kim@example.org", set(), []), ("@nobody there", set(), ["nobody"]), ("@ alone", set(), []),
    ("@Kim Minji Ho and @Kim Minji", {"Kim Minji Ho", "Kim Minji"}, []),
])
def test_names_behind_an_at(text, found, unknown):
    assert mentioned(text, ["Kim Minji", "김서연", "Kim Minji Ho"]) == (found, unknown)


@pytest.fixture
def place(app):
    return InstitutionFactory(code="here")


@pytest.fixture
def officer(place):
    return staff(Role.OFFICER, place, name="Lee Officer")


@pytest.fixture
def colleague(place):
    return staff(Role.MANAGER, place, name="Kim Minji", address="minji@example.org")


@pytest.fixture
def petition(place, officer):
    return filed(PersonFactory(address="author@example.org"), place, wants_public=True)


def note(officer, petition, text=f"A {SECRET}."):
    return write_note(actor_for(officer), petition.assignments[-1], text=text)


def at(petition):
    return f"/en/desk/matters/{petition.number}/notes"


def mails():
    return current().scalars(select(OutboxMessage).where(OutboxMessage.slug == "petitions.noted")).all()


def read(browser, path):
    answer = browser.get(path, follow_redirects=True)
    return answer.get_data(as_text=True)


def test_colleagues_read_it(app, petition, officer, colleague):
    note(officer, petition)
    browser = signed_in(app, colleague)
    assert SECRET in read(browser, at(petition))
    matter = read(browser, f"/en/desk/matters/{petition.number}")
    assert "1 note of colleagues" in matter
    assert SECRET not in matter


def test_nobody_else_meets_it_anywhere(app, petition, officer, colleague, tmp_path):
    note(officer, petition, f"@Kim Minji, a {SECRET}.")
    published(petition, officer)
    answered(petition, officer)
    number, author = petition.number, petition.author
    readers = {"author": signed_in(app, author), "operator": signed_in(app, staff(Role.OPERATOR)),
               "officer elsewhere": signed_in(app, staff(Role.OFFICER, InstitutionFactory())),
               "support": signed_in(app, staff(Role.SUPPORT)), "anonymous": app.test_client()}
    pages = [f"/en/petitions/{number}", f"/en/petitions/{number}/feed.atom", f"/en/petitions/{number}/versions",
             f"/en/petitions/{number}/receipt", f"/en/petitions/{number}/record", "/en/petitions/feed.atom",
             f"/en/petitions?q={SECRET}", f"/en/operator/publication/{number}", "/en/my-matters", at(petition),
             f"/en/desk/matters/{number}"]
    assert all(readers["author"].get(path).status_code == 200 for path in pages[:7]), "the author does see these"
    assert readers["operator"].get(pages[7]).status_code == 200
    for name, browser in readers.items():
        for path in pages:
            assert SECRET not in read(browser, path).replace(f"q={SECRET}", "").replace(f'value="{SECRET}"', ""), (
                name, path)
    here = signed_in(app, officer)
    csv = here.submit("/en/desk/here/export", {"tab": "answered", "reason": "For the audit of this year"})
    assert csv.mimetype == "text/csv"
    assert number in csv.get_data(as_text=True)
    assert SECRET not in csv.get_data(as_text=True)
    for address in (author.address, officer.address):
        export_person(address, tmp_path / address)
        told = json.loads((tmp_path / address / "data.json").read_text("utf-8"))
        assert SECRET not in json.dumps(told, ensure_ascii=False)
    for row in current().scalars(select(OutboxMessage)):
        assert SECRET not in json.dumps(row.context, ensure_ascii=False)


def test_notes_stay_where_they_were_written(app, petition, officer, colleague):
    note(officer, petition)
    taken(petition, officer)
    there = InstitutionFactory(code="there")
    part = petition.assignments[-1]
    transfer(actor_for(officer), part, institution_code="there", reason="Theirs.", version=part.version)
    assert SECRET not in read(signed_in(app, staff(Role.OFFICER, there)), at(petition))


def test_whom_the_matter_is_about_neither_reads_nor_is_told(app, petition, officer, colleague):
    name_person(actor_for(staff(Role.OPERATOR)), petition, colleague.id)
    told = note(officer, petition, f"@Kim Minji, a {SECRET}.")
    assert (told.told, told.unknown, mails()) == ([], ["kim"], [])
    assert signed_in(app, colleague).get(at(petition)).status_code == 404
    with pytest.raises(Forbidden):
        note(colleague, petition)


def test_who_is_named_gets_a_notice_without_the_words(app, petition, officer, colleague):
    told = note(officer, petition, f"@Kim Minji, a {SECRET}. @Nobody")
    assert (told.told, told.unknown) == (["Kim Minji"], ["nobody"])
    assert {(row.person_id, row.channel) for row in mails()} == {(colleague.id, "email"), (colleague.id, "portal")}
    assert all(row.context == {"number": petition.number, "by": "Lee Officer"} for row in mails())


def test_the_page_says_who_was_told_and_who_was_not_found(app, petition, officer, colleague):
    browser = signed_in(app, officer)
    sent = {"part": str(petition.assignments[-1].id), "text": "@Kim Minji and @Nobody"}
    assert browser.submit(at(petition), {**sent, "text": " "}).status_code == 400
    assert browser.submit(at(petition), sent).status_code == 303
    page = read(browser, at(petition))
    assert "These colleagues get a notice: Kim Minji" in page
    assert "Nobody at your institution was found for @nobody" in page


def test_the_same_note_sent_twice_is_one(app, petition, officer):
    assert note(officer, petition).note.id == note(officer, petition).note.id
    note(officer, petition, "Another.")
    assert len(current().scalars(select(MatterNote)).all()) == 2


def test_limits(app, petition, officer):
    for text in (" ", "x" * 4_001):
        with pytest.raises(Invalid):
            note(officer, petition, text)
    with atomic() as session:
        session.add_all([
            MatterNote(petition_id=petition.id, institution_id=petition.assignments[-1].institution_id,
                       author_id=officer.id, text=str(number))
            for number in range(app.config["SETTINGS"].notes_per_matter)])
    with pytest.raises(Conflict):
        note(officer, petition)


def test_others_write_none(app, petition, officer):
    for person in (petition.author, staff(Role.OFFICER, InstitutionFactory()), staff(Role.OPERATOR)):
        with pytest.raises(Forbidden):
            note(person, petition)
