"""The receipt over the web: for whoever filed, as page, file, code and attachment."""

import email
import json
from datetime import timedelta
from email.policy import SMTP
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.news import AccountDeleted
from civicportal.core.events import publish
from civicportal.core.qr import qr_svg
from civicportal.core.transactions import atomic, current
from civicportal.notifications.attachments import attached
from civicportal.notifications.services import _parcel, deliver
from civicportal.petitions.filing_receipts import check
from civicportal.petitions.models import FilingReceipt
from civicportal.petitions.services.reception import confirm
from civicportal.voting.services.keys import settled_receipt_verifiers
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import TEXT, TITLE, Sent, filed, guest_filed
from tests.petitions.test_filing import confirm_token, mails
from tests.petitions.test_receipt import RIGHT, WRONG, done  # noqa: F401 - `done` is a fixture
from tests.petitions.test_routes_filing import page, text_of, the_petition


def checked(text):
    found = check(text, settled_receipt_verifiers())
    assert found.genuine
    return found


@pytest.fixture
def author(app):
    return PersonFactory(name="김하늘", address="haneul@example.org", locale="en")


@pytest.fixture
def petition(author):
    return filed(author, InstitutionFactory(code="lamps", name_en="Lamp Office"), text="First\r\nsecond e\u0301",
                 files=(Sent("a.txt", b"hello"),))


def address(petition, ending=""):
    return f"/en/petitions/{petition.number}/receipt{ending}"


def test_the_file_holds_what_was_filed(app, author, petition):
    answer = signed_in(app, author).get(address(petition, ".json"))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipt-{petition.number}.json"'
    content = checked(answer.text).content
    assert (content["number"], content["title"], content["text"]) == (petition.number, TITLE, "First\nsecond é")
    assert content["institution"] == {"code": "lamps", "name": "Lamp Office"}
    assert content["author"] == {
        "name": "김하늘", "address": "haneul@example.org", "phone": author.phone, "confirmed": True}
    assert content["files"] == [{"name": "a.txt", "size": 5, "sha256": petition.files[0].sha256}]
    assert len(content["salt"]) == 64


def test_the_page_shows_all_of_it(app, author, petition):
    shown = text_of(signed_in(app, author).get(address(petition)))
    for wanted in (petition.number, TITLE, "Lamp Office", "a.txt", petition.files[0].sha256, "haneul@example.org",
                   petition.receipt.note):
        assert wanted in shown


def test_the_code_holds_the_note_alone(app, author, petition):
    answer = signed_in(app, author).get(address(petition, ".svg"))
    assert answer.mimetype == "image/svg+xml"
    svg = ElementTree.fromstring(answer.text)  # noqa: S314 - our own text
    said = {name: svg.findtext(f"{{*}}{name}") for name in ("title", "desc")}
    assert petition.number in said["title"]
    assert petition.receipt.note.strip() in said["desc"]
    assert answer.text == qr_svg(petition.receipt.note, caption=petition.number, **said)
    assert checked(petition.receipt.note).content is None


@pytest.mark.parametrize("ending", ["", ".json", ".svg"])
def test_it_is_for_its_author_alone_and_never_stored(app, author, petition, ending):
    for browser in (app.test_client(), signed_in(app, PersonFactory())):
        assert browser.get(address(petition, ending)).status_code in {401, 404}
    answer = signed_in(app, author).get(address(petition, ending))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_a_guest_can_download_it_for_a_while(client, done):  # noqa: F811
    shown = text_of(client.get(done))
    for ending in ("json", "svg"):
        assert page(done, f"receipt.{ending}") in shown
        assert client.get(page(done, f"receipt.{ending}")).headers["Cache-Control"] == "no-store"
    content = checked(client.get(page(done, "receipt.json")).text).content
    assert (content["author"]["address"], content["author"]["confirmed"]) == (WRONG, False)


def test_whoever_finds_the_page_later_does_not_read_what_was_filed(client, done):  # noqa: F811
    with time_machine.travel(the_petition().filed_at + timedelta(minutes=61)):
        assert "receipt.json" not in client.get(done).text
        for ending in ("json", "svg"):
            answer = client.get(page(done, f"receipt.{ending}"))
            assert answer.status_code == 410
            assert "Dark." not in answer.text


def test_a_corrected_address_makes_another_receipt(client, done):  # noqa: F811
    before = client.get(page(done, "receipt.json")).text
    client.submit(done, {"address": RIGHT})
    after = client.get(page(done, "receipt.json")).text
    assert checked(after).content["author"]["address"] == RIGHT
    assert checked(after).statement.digest != checked(before).statement.digest
    [kept] = current().scalars(select(FilingReceipt)).all()
    assert kept.digest == checked(after).statement.digest.hex()


def test_the_mail_of_reception_carries_it(app, petition):
    [mail] = mails("petitions.received")
    deliver(mail.id)
    [path] = Path(app.config["SETTINGS"].instance_path, "mail").glob("*.eml")
    written = email.message_from_bytes(path.read_bytes(), policy=SMTP)
    assert "as a file" in written.get_body(("plain",)).get_content()
    [file] = written.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (
        f"receipt-{petition.number}.json", "application/json")
    assert checked(file.get_content().decode()).content["text"].startswith("First")


def test_an_address_that_is_not_confirmed_gets_no_text_by_mail(app):
    """Else anybody could have the portal send any text to anybody."""
    petition = guest_filed()
    [mail] = mails("petitions.confirm")
    assert _parcel(mail).attachments == ()
    confirm(None, confirm_token(petition))
    [mail] = mails("petitions.received")
    assert TEXT in json.loads(_parcel(mail).attachments[0].data)["filing"]["text"]


def test_without_an_account_the_hash_alone_stays(app, author, petition):
    digest = petition.receipt.digest
    with atomic():
        publish(AccountDeleted(person_id=author.id))
    kept = current().get(FilingReceipt, petition.id, populate_existing=True)
    assert (kept.content, kept.digest) == (None, digest)
    assert attached("petitions.received", {"number": petition.number}) == ()


def test_what_was_filed_before_there_were_receipts_has_none(app, author, petition):
    with atomic() as session:
        session.delete(session.get(FilingReceipt, petition.id))
    browser = signed_in(app, author)
    assert browser.get(address(petition)).status_code == 404
    assert address(petition) not in browser.get(f"/en/petitions/{petition.number}").text
