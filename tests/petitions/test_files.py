"""Files over HTTP: originals for author and officials, cleaned copies for the rest, safe headers for all."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.models import PetitionFile
from civicportal.petitions.services.files import derive_file, derive_missing
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
    response = client.get(url(public_photo), buffered=True)
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert b"Jane" in photo()
    assert b"Jane" not in response.data
    assert Image.open(BytesIO(response.data)).size == (40, 20)
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert response.headers["Content-Disposition"].startswith("inline; filename")
    assert "filename*=UTF-8''%EA%B0%80" in response.headers["Content-Disposition"]


def test_the_public_never_gets_the_original(client, public_photo):
    assert client.get(url(public_photo, original=True), buffered=True).status_code == 404


def test_author_and_officials_get_the_original_byte_for_byte(app):
    institution = InstitutionFactory()
    petition = filed(institution=institution, files=(Sent(HWP_NAME, photo()),))
    for person in (petition.author, staff(Role.OFFICER, institution), staff(Role.OPERATOR)):
        response = signed_in(app, person).get(url(petition, original=True), buffered=True)
        assert response.data == photo()
        assert hashlib.sha256(response.data).hexdigest() == petition.files[0].sha256
        assert response.headers["Content-Disposition"].startswith("attachment; filename")
        assert response.headers["Cache-Control"] == "private, no-store"
    assert signed_in(app, PersonFactory()).get(url(petition, original=True)).status_code == 404


def test_what_has_no_copy_is_not_there_for_the_public(app, client):
    petition, _officer = public_matter(files=(Sent("a.txt", b"hello"),))
    assert client.get(url(petition), buffered=True).status_code == 404
    shown = client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "Not shown to the public" in shown
    assert url(petition) not in shown


def test_a_known_copy_is_not_sent_again(client, public_photo):
    first = client.get(url(public_photo), buffered=True)
    again = client.get(url(public_photo), buffered=True,
                       headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_can_be_asked_for(app):
    petition = filed(files=(Sent("a.txt", b"0123456789"),))
    response = signed_in(app, petition.author).get(
        url(petition, original=True), headers={"Range": "bytes=2-4"}, buffered=True)
    assert (response.status_code, response.data) == (206, b"234")


def test_a_file_of_another_petition_is_not_found(client, public_photo):
    other, _officer = public_matter()
    wrong = url(public_photo).replace(public_photo.number, other.number)
    assert client.get(wrong).status_code == 404


def test_text_is_shown_as_plain_text(app, client):
    petition, _officer = public_matter(files=(Sent("note.txt", "가로등\r\n&<script>".encode("cp949")),))
    derive_file(petition.files[0].id)
    response = client.get(url(petition), buffered=True)
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
