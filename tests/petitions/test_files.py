"""Files over HTTP: originals for author and officials, cleaned copies for the rest, safe headers for all."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from PIL import Image

from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.petitions.models import PetitionFile
from civicportal.petitions.services.files import derive_file, derive_missing
from tests.conftest import Browser
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, drafted, filed, public_matter

HWP_NAME = "가로등 사진 (1).png"


def photo():
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home by Jane"
    Image.new("RGB", (40, 20), "green").save(out, "PNG", exif=exif)
    return out.getvalue()


def url(petition, original=False, place=0):
    base = f"/en/petitions/{petition.number}/files/{petition.files[place].public_id}"
    return f"{base}/original" if original else base


@pytest.fixture
def public_photo(app):
    petition, _officer = public_matter(files=(Sent(HWP_NAME, photo()),))
    derive_file(petition.files[0].id)
    return petition


def test_the_public_gets_a_cleaned_copy(client, public_photo):
    response = client.get(url(public_photo), follow_redirects=True, buffered=True)
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert b"Jane" in photo()
    assert b"Jane" not in response.data
    assert Image.open(BytesIO(response.data)).size == (40, 20)
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert "filename*=UTF-8''%EA%B0%80" in response.headers["Content-Disposition"]


def test_the_public_never_gets_the_original(client, public_photo):
    assert client.get(url(public_photo, original=True), follow_redirects=True, buffered=True).status_code == 404


def test_author_and_officials_get_the_original_byte_for_byte(app):
    institution = InstitutionFactory()
    petition = filed(institution=institution, files=(Sent(HWP_NAME, photo()),))
    for person in (petition.author, staff(Role.OFFICER, institution), staff(Role.OPERATOR)):
        response = signed_in(app, person).get(url(petition, original=True), follow_redirects=True, buffered=True)
        assert response.data == photo()
        assert hashlib.sha256(response.data).hexdigest() == petition.files[0].sha256
        assert response.headers["Content-Disposition"].startswith("attachment; filename")
        assert response.headers["Cache-Control"] == "no-store"
    assert signed_in(app, PersonFactory()).get(url(petition, original=True)).status_code == 404


def test_what_has_no_copy_is_not_there_for_the_public(app, client):
    petition, _officer = public_matter(files=(Sent("a.txt", b"hello"),))
    assert client.get(url(petition), follow_redirects=True, buffered=True).status_code == 404
    shown = client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "Not shown to the public" in shown
    assert url(petition) not in shown


def test_a_known_copy_is_not_sent_again(client, public_photo):
    first = client.get(url(public_photo), follow_redirects=True, buffered=True)
    again = client.get(url(public_photo), follow_redirects=True, buffered=True,
                       headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_can_be_asked_for(app):
    petition = filed(files=(Sent("a.txt", b"0123456789"),))
    response = signed_in(app, petition.author).get(
        url(petition, original=True), headers={"Range": "bytes=2-4"}, follow_redirects=True,
        buffered=True)
    assert (response.status_code, response.data) == (206, b"234")


def test_a_file_of_another_petition_is_not_found(client, public_photo):
    other, _officer = public_matter()
    wrong = url(public_photo).replace(public_photo.number, other.number)
    assert client.get(wrong).status_code == 404


def test_text_is_shown_as_plain_text(app, client):
    petition, _officer = public_matter(files=(Sent("note.txt", "가로등\r\n&<script>".encode("cp949")),))
    derive_file(petition.files[0].id)
    response = client.get(url(petition), follow_redirects=True, buffered=True)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.data == "가로등\n&<script>\n".encode()


def test_a_copy_is_made_once_and_never_for_drafts(app, media):
    draft = drafted(files=(Sent("a.txt", b"hello"),))
    derive_file(draft.files[0].id)
    assert draft.files[0].shown_key is None
    derive_file(999_999)
    petition = filed(files=(Sent("a.txt", b"hello"),))
    derive_file(petition.files[0].id)
    key = petition.files[0].shown_key
    derive_file(petition.files[0].id)
    assert key is not None
    assert petition.files[0].shown_key == key


def test_lost_copies_are_asked_for_again(app, monkeypatch):
    asked = []
    monkeypatch.setattr("civicportal.core.tasks._publish", lambda task, args: asked.append((task.name, args)))
    petition = filed(files=(Sent("a.txt", b"hello"), Sent("b.pdf", b"%PDF-1.4\n%%EOF\n")))
    asked.clear()
    derive_missing()
    assert asked == [("petitions.derive_file", (petition.files[0].id,))]
    derive_file(petition.files[0].id)
    asked.clear()
    derive_missing()
    assert asked == []
    assert current().get_one(PetitionFile, petition.files[1].id).shown_key is None


def signed(app, person, petition):
    """The address that a person is led to, and the browser that was."""
    browser = signed_in(app, person)
    found = browser.get(url(petition, original=True))
    assert found.status_code == 303
    assert found.headers["Cache-Control"] == "no-store"
    return browser, found.location


def test_a_signed_address_is_for_one_person_one_file_and_a_minute(app, client):
    petition = filed(files=(Sent("a.txt", b"first"), Sent("b.txt", b"second")))
    browser, address = signed(app, petition.author, petition)
    assert browser.get(address, buffered=True).data == b"first"
    assert client.get(address).status_code == 404
    assert signed_in(app, PersonFactory()).get(address).status_code == 404
    assert signed_in(app, staff(Role.OPERATOR)).get(address).status_code == 404  # who may see it, by another address
    one, two = petition.files
    assert browser.get(address.replace(str(one.public_id), str(two.public_id))).status_code == 404
    for wrong in (address[:-1] + "x", address.replace(".original.", ".copy."), address.rpartition(".")[0], "/media/x"):
        assert browser.get(wrong).status_code == 404
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert browser.get(address).status_code == 404


def test_a_right_that_was_lost_ends_the_address(app):
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution)
    petition = filed(institution=institution, files=(Sent("a.txt", b"first"),))
    browser, address = signed(app, officer, petition)
    with atomic():
        for grant in officer.grants:
            grant.ends_at = now()
    assert browser.get(address).status_code == 404


@pytest.fixture
def media_origin(settings, tmp_path):
    """A portal on the same database whose files have an origin of their own."""
    other = create_app(replace(settings, media_url="http://files.localhost"))
    other.test_client_class = Browser
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def test_files_have_an_origin_of_their_own_without_cookies(app, media_origin):
    petition = filed(files=(Sent("a.txt", b"first"),))
    number, person = petition.number, petition.author
    path = url(petition, original=True)
    found = signed_in(media_origin, person).get(path)
    assert found.location.startswith("http://files.localhost/media/")
    stranger = media_origin.test_client()  # the other origin gets no cookie
    got = stranger.get(found.location, buffered=True)
    assert (got.status_code, got.data, got.headers["Cache-Control"]) == (200, b"first", "no-store")
    assert "Set-Cookie" not in got.headers
    assert got.headers["Content-Disposition"].startswith("attachment")
    on_the_portal = found.location.removeprefix("http://files.localhost")
    assert signed_in(media_origin, person).get(on_the_portal).status_code == 404
    for elsewhere in (f"/en/petitions/{number}", "/", "/static/build/site.css", "/en/sign-in"):
        assert stranger.get(f"http://files.localhost{elsewhere}").status_code == 404, elsewhere


@pytest.mark.parametrize("name", [
    "evil\u202etxt.exe.txt", "a\r\nSet-Cookie: x=y.txt", "..\\..\\a.txt", "\u202e\u2066.txt"])
def test_hostile_names_do_no_harm(app, name):
    petition = filed(files=(Sent(name, b"text"),))
    browser, address = signed(app, petition.author, petition)
    got = browser.get(address, buffered=True)
    assert got.headers["Content-Disposition"].startswith("attachment; filename")
    for bad in ("%E2%80%AE", "\u202e", "\r", "\n", "/", "\\"):
        assert bad not in got.headers["Content-Disposition"].replace("UTF-8''", ""), bad
    assert "Set-Cookie" not in got.headers
