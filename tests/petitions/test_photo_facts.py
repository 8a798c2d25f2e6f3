"""When and where a photo was taken is read on consent alone, stands in the receipt, and is never public."""

from io import BytesIO

import pytest
from PIL import ExifTags, Image

from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.petitions import media_types as types
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.photo_facts import facts_of
from civicportal.petitions.queries.receipts import content_of, file_of
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import file_draft
from civicportal.petitions.services.restoring import Beside, restore
from tests.conftest import empty_database
from tests.factories.accounts import signed_in
from tests.factories.petitions import Sent, drafted, public_matter
from tests.petitions import samples

PLACE = "37.57000, 126.97697"


def exif(moment="2026:11:20 14:05:00", latitude=(37.0, 34.0, 12.0), longitude=(126.0, 58.0, 37.1), west=False):
    data = Image.Exif()
    data.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = moment
    data.get_ifd(ExifTags.IFD.GPSInfo).update({
        ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: latitude,
        ExifTags.GPS.GPSLongitudeRef: "W" if west else "E", ExifTags.GPS.GPSLongitude: longitude})
    return data


def facts(data, kind=types.JPEG):
    return facts_of(BytesIO(data), kind)


def test_time_and_place_are_read():
    expected = {"taken_at": "2026-11-20T14:05:00", "place": PLACE}
    assert facts(samples.picture("JPEG", exif=exif())) == expected
    assert facts(samples.heic(exif=exif()), types.HEIC) == expected
    assert facts(samples.picture("JPEG", exif=exif(west=True)))["place"] == "37.57000, -126.97697"


@pytest.mark.parametrize("written", [
    {"moment": "0000:00:00 00:00:00", "latitude": (99.0, 0.0, 0.0)}, {"moment": "yesterday", "longitude": (200, 0, 0)},
    {"moment": "", "latitude": (1.0,)},
])
def test_nonsense_is_left_out(written):
    assert facts(samples.picture("JPEG", exif=exif(**written))) == {}
    assert facts(samples.picture("JPEG")) == {}
    assert facts(samples.picture("JPEG")[:50]) == {}


def photo():
    return Sent("photo.jpg", samples.picture("JPEG", exif=exif()))


def test_nothing_is_read_without_consent(app):
    draft = drafted(files=(photo(),))
    petition = file_draft(None, draft, None)
    assert petition.photo_facts is None
    assert content_of(petition.receipt)["fields"] == {}


def test_on_consent_it_is_filed_signed_and_comes_back(app):
    draft = drafted(files=(Sent("a.txt", b"a"), photo()))
    assert drafts.use_photo_facts(None, draft)
    petition = file_draft(None, draft, None)
    assert petition.photo_facts == {"taken_at": "2026-11-20T14:05:00", "place": PLACE}
    assert content_of(petition.receipt)["fields"] == petition.photo_facts
    assert draft.photo_facts is None
    text = file_of(petition.receipt)
    current().rollback()
    current().expunge_all()
    empty_database()
    restore(SYSTEM, text.encode(), Beside.of([]))
    assert current().query(Petition).one().photo_facts["place"] == PLACE


def test_it_goes_with_the_photo_or_on_wish(app):
    draft = drafted(files=(photo(),))
    drafts.use_photo_facts(None, draft)
    drafts.drop_photo_facts(None, draft)
    assert draft.photo_facts is None
    drafts.use_photo_facts(None, draft)
    drafts.remove_file(None, draft, draft.files[0].public_id)
    assert draft.photo_facts is None


def test_asking_on_the_page(client):
    draft = drafted(files=(photo(),))
    path = f"/en/file/{draft.key}/files"
    assert PLACE not in client.get(path).get_data(as_text=True)
    assert client.submit(path, {"photo": "use"}).status_code == 303
    assert PLACE in client.get(path).get_data(as_text=True)
    assert PLACE in client.get(f"/en/file/{draft.key}/check").get_data(as_text=True)
    client.submit(path, {"photo": "drop"})
    assert PLACE not in client.get(path).get_data(as_text=True)


def test_a_photo_that_says_nothing_is_said(client):
    draft = drafted(files=(Sent("photo.png", samples.picture("PNG")),))
    done = client.submit(f"/en/file/{draft.key}/files", {"photo": "use"})
    assert "do not say when and where" in client.get(done.location).get_data(as_text=True)
    assert current().query(Draft).one().photo_facts is None


def test_officials_read_it_and_the_public_does_not(app, client):
    petition, officer = public_matter(files=(photo(),))
    with atomic():
        petition.photo_facts = {"place": PLACE}
    assert PLACE not in client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert PLACE in signed_in(app, officer).get(f"/en/desk/matters/{petition.number}").get_data(as_text=True)
    assert PLACE in signed_in(app, petition.author).get(f"/en/petitions/{petition.number}").get_data(as_text=True)
