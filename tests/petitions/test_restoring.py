"""A filing that was lost comes back from its receipt: once, whole, with its number, its time and its clock."""

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.deadlines.queries import portal_deadline
from civicportal.deadlines.rules import PETITION
from civicportal.notifications.rendering import letter
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.receipts import file_of
from civicportal.petitions.queries.timeline import past
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.services import restoring
from civicportal.petitions.services.files import derive_missing, storage
from civicportal.petitions.services.reception import confirm
from civicportal.petitions.services.restoring import Beside, Outcome, restore
from civicportal.petitions.services.unconfirmed import purge_unconfirmed, remind_unconfirmed
from civicportal.petitions.states import PetitionState, Publication
from civicportal.voting.services.keys import receipt_signers
from tests.conftest import empty_database
from tests.factories.accounts import PersonFactory
from tests.factories.institutions import InstitutionFactory, RegionFactory
from tests.factories.petitions import TITLE, Sent, filed, guest_filed
from tests.petitions.test_filing import confirm_token, mails

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = "haneul@example.org"
LATER = timedelta(days=20)


def lost(petition):
    """The receipt of a petition of which nothing is left in the database."""
    text = file_of(petition.receipt)
    current().rollback()
    current().expunge_all()
    empty_database()
    return text


def back(text, *files):
    return restore(SYSTEM, text.encode(), Beside.of(files))


def the_petition():
    current().rollback()
    return current().scalars(select(Petition)).one()


@pytest.fixture
def author():
    return PersonFactory(name="김하늘", address=ADDRESS, address_canonical=ADDRESS, locale="ko")


@pytest.fixture
def receipt(author):
    region = RegionFactory(code="11110")
    with time_machine.travel(now() - LATER, tick=False):
        petition = filed(author, InstitutionFactory(code="lamps"), files=(Sent("a.txt", b"hello"),), wants_public=True,
                         region_code=region.code)
    return lost(petition)


def test_it_comes_back_with_number_time_place_and_clock(receipt):
    here = InstitutionFactory(code="lamps")
    RegionFactory(code="11110")
    told = json.loads(receipt)["filing"]
    assert back(receipt).outcome is Outcome.RESTORED
    petition = the_petition()
    assert (petition.number, petition.title, petition.text, petition.region_code) == (
        told["number"], told["title"], told["text"], "11110")
    assert petition.filed_at.isoformat() == told["filed_at"].replace("Z", "+00:00")
    assert (petition.state, petition.publication) == (PetitionState.RECEIVED, Publication.PENDING)
    [part] = petition.assignments
    due = portal_deadline(PETITION, petition.filed_at)
    assert (part.institution_id, part.received_at, part.due_at) == (here.id, petition.filed_at, due.due_at)
    assert (petition.received_at, petition.due_at) == (petition.filed_at, due.due_at)
    assert [step.key for step in past(petition, Viewer.PUBLIC)][-1] == "restored"
    assert now() - petition.restored_at < timedelta(minutes=1)


def test_its_receipt_is_the_one_that_was_given(receipt):
    back(receipt)
    assert file_of(the_petition().receipt) == receipt


def test_its_author_gets_it_back_and_is_told(receipt):
    InstitutionFactory(code="lamps", name_en="Lamp Office")
    back(receipt)
    petition = the_petition()
    assert (petition.author.name, petition.author.address, petition.author.level) == ("김하늘", ADDRESS, 1)
    [mail] = mails("petitions.restored")
    assert mail.address == ADDRESS
    for locale in ("ko", "en"):
        written = letter(mail.slug, locale, mail.context, mail.token)
        assert petition.number in written.text
        assert "Lamp Office" in written.html
    assert mails("petitions.received") == []


def test_an_account_that_is_there_gets_it(receipt):
    known = PersonFactory(address="HaNeul@Example.org", address_canonical=ADDRESS)
    back(receipt)
    assert the_petition().author_id == known.id
    assert len(current().scalars(select(Person)).all()) == 1


def test_it_is_recorded(receipt):
    back(receipt)
    [event] = current().scalars(select(AuditEvent).where(AuditEvent.name == "petition:restored")).all()
    assert (event.subject_id, event.actor_id) == (the_petition().id, None)


def test_without_its_institution_it_goes_to_triage(receipt):
    assert back(receipt).outcome is Outcome.RESTORED
    assert the_petition().state is PetitionState.TRIAGE
    assert the_petition().region_code is None


def test_the_heir_of_a_closed_institution_receives_it(receipt):
    heir = InstitutionFactory(code="heir")
    InstitutionFactory(code="lamps", active_to=now().date(), successor=heir)
    back(receipt)
    assert the_petition().assignments[0].institution_id == heir.id


def test_the_same_receipt_twice_is_one_filing(receipt):
    back(receipt)
    rows, before = [Petition, AuditEvent, Person], []
    for table in rows:
        before.append(len(current().scalars(select(table)).all()))
    for text in (receipt, unicodedata.normalize("NFD", receipt).replace("\n", "\r\n")):
        assert back(text).outcome is Outcome.THERE
    assert [len(current().scalars(select(table)).all()) for table in rows] == before


def test_a_filing_that_was_never_lost_is_there(author):
    assert back(file_of(filed(author).receipt)).outcome is Outcome.THERE


def test_another_filing_under_the_number_is_not_touched(receipt, author):
    InstitutionFactory(code="lamps")
    other = filed(PersonFactory())
    number, mine = other.number, json.loads(receipt)["filing"]["number"]
    with restoring.atomic() as session:
        session.get(Petition, other.id).number = mine
    assert back(receipt).outcome is Outcome.OTHER
    assert the_petition().author.address != ADDRESS
    assert number != mine


@pytest.mark.parametrize("change", [
    lambda text: text.replace(TITLE, "Another title"), lambda text: text.replace(ADDRESS, "other@example.org"),
    lambda text: "hello", lambda text: text.replace("/development ", "/other "),
])
def test_what_is_not_genuine_brings_nothing_back(receipt, change):
    assert back(change(receipt)).outcome is Outcome.NOT_GENUINE
    assert current().scalars(select(Petition)).all() == []


def test_the_short_form_brings_nothing_back(receipt):
    assert back(json.loads(receipt)["note"]).outcome is Outcome.SHORT


def test_a_type_that_this_portal_does_not_have_brings_nothing_back(receipt, monkeypatch):
    monkeypatch.setattr(restoring, "TYPES", {})
    assert back(receipt).outcome is Outcome.UNUSABLE
    assert current().scalars(select(Petition)).all() == []


def test_files_beside_it_are_attached_by_their_content(receipt, tmp_path, media):
    (tmp_path / "renamed.bin").write_bytes(b"hello")
    (tmp_path / "a.txt").write_bytes(b"hullo")
    (tmp_path / "link").symlink_to(tmp_path / "renamed.bin")
    assert back(receipt, *sorted(tmp_path.iterdir())).missing == ()
    [file] = the_petition().files
    assert (file.name, file.size) == ("a.txt", 5)
    with storage().open(file.storage_key) as stream:
        assert stream.read() == b"hello"


def test_files_that_are_not_there_are_named(receipt, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"hullo")
    (tmp_path / "link").symlink_to("/etc/hostname")
    done = back(receipt, *tmp_path.iterdir())
    assert (done.outcome, done.missing) == (Outcome.RESTORED, ("a.txt",))
    assert the_petition().files == []


def test_what_fails_leaves_nothing_behind(receipt, tmp_path, media, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"hello")
    kept = {path for path in media.rglob("*") if path.is_file()}
    monkeypatch.setattr(restoring, "receive", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        back(receipt, tmp_path / "a.txt")
    assert {path for path in media.rglob("*") if path.is_file()} == kept
    assert current().scalars(select(Petition)).all() == []
    assert current().scalars(select(Person)).all() == []


class TestOfAGuest:
    """Whether the address was confirmed is not on the receipt, so it is asked again."""

    @pytest.fixture
    def receipt(self, app):
        with time_machine.travel(now() - LATER, tick=False):
            petition = guest_filed(InstitutionFactory(code="lamps"))
        return lost(petition)

    def test_the_address_is_asked_for_first(self, receipt):
        here = InstitutionFactory(code="lamps")
        assert back(receipt).outcome is Outcome.WAITING
        petition = the_petition()
        assert petition.state is PetitionState.UNCONFIRMED
        [mail] = mails("petitions.confirm")
        assert mail.address == "jane@example.org"
        confirm(None, confirm_token(petition))
        [part] = petition.assignments
        assert (part.institution_id, part.received_at) == (here.id, petition.filed_at)
        assert len(mails("petitions.restored")) == 1

    def test_a_stranger_gets_no_account_by_a_receipt(self, receipt):
        """Whoever filed under somebody's address has a receipt with it, but not the mail."""
        owner = PersonFactory(address="jane@example.org", address_canonical="jane@example.org")
        back(receipt)
        assert the_petition().author_id != owner.id

    def test_the_days_to_confirm_count_from_its_return(self, receipt):
        back(receipt)
        purge_unconfirmed()
        remind_unconfirmed()
        assert the_petition().reminded_at is None
        with time_machine.travel(now() + timedelta(days=4)):
            remind_unconfirmed()
            assert the_petition().reminded_at is not None
            confirm_token(the_petition())
        with time_machine.travel(now() + timedelta(days=8)):
            purge_unconfirmed()
            assert current().scalars(select(Petition)).all() == []


def test_copies_of_its_files_are_made_though_it_is_old(receipt, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"hello")
    asked = []
    monkeypatch.setattr("civicportal.petitions.services.files.enqueue", lambda name, one: asked.append(one))
    back(receipt, tmp_path / "a.txt")
    derive_missing()
    assert asked == [the_petition().files[0].id]


class TestTheCommand:
    @pytest.fixture
    def run(self, app, tmp_path, receipt):
        (tmp_path / "good.json").write_text(receipt, encoding="utf-8")
        (tmp_path / "bad.json").write_text(receipt.replace(TITLE, "Another"), encoding="utf-8")
        (tmp_path / "beside" / "deep").mkdir(parents=True)
        return lambda *args: app.test_cli_runner().invoke(
            args=["receipts", "restore", *(str(tmp_path / one) if one[0] != "-" else one for one in args)])

    def test_it_says_what_became_of_each(self, run, tmp_path):
        done = run("good.json", "bad.json", "good.json", "--files", "beside")
        first, bad, again, total = done.output.splitlines()
        number = the_petition().number
        assert first.endswith(f"good.json: brought back (number {number}); without 1 of its files: a.txt")
        assert "bad.json: REFUSED: ALTERED" in bad
        assert "is there already, nothing was done" in again
        assert total == "3 receipts, 2 of them in the portal."
        assert done.exit_code == 1

    def test_files_are_found_below_the_folder(self, run, tmp_path):
        (tmp_path / "beside" / "deep" / "any.name").write_bytes(b"hello")
        done = run("good.json", "--files", "beside")
        assert "without" not in done.output
        assert done.exit_code == 0
        assert [file.name for file in the_petition().files] == ["a.txt"]


def test_retired_keys_bring_back_too(app, receipt):
    before = app.config["SETTINGS"]
    old = restoring.verify(receipt).note
    vkey = receipt_signers()[0].vkey
    app.config["SETTINGS"] = replace(
        before, receipt_signing_keys="2027a:" + "B" * 43 + "=", receipt_verify_keys=vkey)
    try:
        assert back(receipt).outcome is Outcome.RESTORED
        assert the_petition().receipt.note == old
    finally:
        app.config["SETTINGS"] = before
