"""Uploads in pieces: they go on where they stopped, become a file once whole, and are refused like any other."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.signing import derive_token
from civicportal.core.transactions import current
from civicportal.petitions.models import Draft, PendingUpload
from civicportal.petitions.services import drafts, uploads
from civicportal.petitions.services.files import storage
from civicportal.petitions.services.orphans import sweep_orphans
from tests.factories.accounts import PersonFactory
from tests.factories.petitions import drafted
from tests.petitions import samples

pytestmark = pytest.mark.usefixtures("app")
TEXT = b"0123456789" * 10


@pytest.fixture
def draft():
    return drafted()


def sent(draft, data=TEXT, name="note.txt", size=30):
    """All pieces but the last."""
    upload = uploads.begin(None, draft, name=name, size=len(data))
    for start in range(0, len(data) - size, size):
        uploads.append(None, draft, upload.public_id, offset=start, piece=data[start:start + size])
    return upload


def names(draft):
    current().rollback()
    current().expire_all()
    return [file.name for file in draft.files]


def test_the_last_piece_makes_it_a_file(draft, media):
    upload = sent(draft)
    assert names(draft) == []
    assert upload.offset == 90
    pieces = list(upload.parts)
    uploads.append(None, draft, upload.public_id, offset=90, piece=TEXT[90:])
    assert names(draft) == ["note.txt"]
    with storage().open(draft.files[0].storage_key) as stream:
        assert stream.read() == TEXT
    assert current().scalars(select(PendingUpload)).all() == []
    assert not any(map(storage().exists, pieces))


def test_a_broken_off_file_goes_on_where_it_stopped(draft):
    upload = sent(draft)
    again = uploads.begin(None, draft, name="note.txt", size=len(TEXT))
    assert (again.id, again.offset) == (upload.id, 90)


@pytest.mark.parametrize("offset", [0, 60, 91, -1])
def test_a_piece_from_elsewhere_is_not_taken(draft, media, offset):
    upload = sent(draft)
    before = sum(path.is_file() for path in media.rglob("*"))
    with pytest.raises(uploads.WrongOffset) as wrong:
        uploads.append(None, draft, upload.public_id, offset=offset, piece=b"x" * 10)
    assert wrong.value.offset == 90
    assert sum(path.is_file() for path in media.rglob("*")) == before


def test_more_than_was_announced_is_not_taken(draft):
    upload = sent(draft)
    with pytest.raises(uploads.WrongOffset):
        uploads.append(None, draft, upload.public_id, offset=90, piece=b"x" * 11)


def test_what_the_whole_file_is_decides(draft):
    data = samples.zipped({"a": b"b" * 50})
    upload = sent(draft, data, "photo.jpg")
    with pytest.raises(Invalid, match="ZIP"):
        uploads.append(None, draft, upload.public_id, offset=upload.offset, piece=data[upload.offset:])
    assert names(draft) == []
    assert current().scalars(select(PendingUpload)).all() == []


def test_limits_hold(draft, app):
    limits = app.config["SETTINGS"]
    for size in (0, -1, limits.upload_max_bytes + 1):
        with pytest.raises(Invalid):
            uploads.begin(None, draft, name="a.txt", size=size)
    for number in range(limits.upload_max_files):
        uploads.begin(None, draft, name=f"{number}.txt", size=5)
    with pytest.raises(Invalid):
        uploads.begin(None, draft, name="more.txt", size=5)


def test_another_draft_and_its_uploads_are_apart(draft):
    upload, other = sent(draft), drafted()
    with pytest.raises(NotFound):
        uploads.append(None, other, upload.public_id, offset=90, piece=TEXT[90:])


def test_stale_pieces_go_and_fresh_ones_stay(draft):
    upload = sent(draft)
    keys = list(upload.parts)
    with time_machine.travel(now() + timedelta(hours=49)):
        fresh = sent(drafted(), TEXT, "fresh.txt")
        sweep_orphans()
        assert all(map(storage().exists, fresh.parts))
    assert not any(map(storage().exists, keys))


def test_a_deleted_draft_takes_its_uploads_along(draft):
    keys = list(sent(draft).parts)
    assert all(map(storage().exists, keys))
    drafts.delete_draft(None, draft)
    assert current().scalars(select(PendingUpload)).all() == []
    assert not any(map(storage().exists, keys)), "nobody waits for the nightly sweep"


def headers(draft, **more):
    return {"X-CSRFToken": derive_token("keyed-form", draft.key), **more}


def test_over_http(client, draft, app):
    path = f"/en/file/{draft.key}/uploads"
    begun = client.post(path, data={"name": "가로등.txt", "size": "100"}, headers=headers(draft))
    assert (begun.status_code, begun.json["offset"]) == (201, 0)
    piece = {"Upload-Id": begun.json["id"], "Upload-Offset": "0"}
    half = client.patch(path, data=TEXT[:50], headers=headers(draft, **piece))
    assert (half.status_code, half.headers["Upload-Offset"]) == (204, "50")
    assert client.get(path).json == [{"id": begun.json["id"], "name": "가로등.txt", "size": 100, "offset": 50}]
    wrong = client.patch(path, data=TEXT[:50], headers=headers(draft, **piece))
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "50")
    done = client.patch(path, data=TEXT[50:], headers=headers(draft, **{**piece, "Upload-Offset": "50"}))
    assert done.status_code == 204
    assert "가로등.txt" in client.get(f"/en/file/{draft.key}/files").get_data(as_text=True)


def test_over_http_what_is_refused_says_why(client, draft):
    path = f"/en/file/{draft.key}/uploads"
    assert client.post(path, data={"name": "a.txt", "size": "5"}).status_code == 400
    assert client.patch(path, data=b"x", headers={"X-CSRFToken": "x"}).status_code == 400
    assert client.patch(path, data=b"x", headers=headers(draft)).status_code == 404
    large = client.post(path, data={"name": "a.txt", "size": "99999999999"}, headers=headers(draft))
    assert large.status_code == 422
    assert "too large" in large.json["message"]
    begun = client.post(path, data={"name": "a.exe", "size": "4"}, headers=headers(draft))
    bad = client.patch(path, data=b"MZ\x90\0", headers=headers(
        draft, **{"Upload-Id": begun.json["id"], "Upload-Offset": "0"}))
    assert bad.status_code == 422
    assert "cannot take this kind" in bad.json["message"]
    assert client.get("/en/file/" + "A" * 24 + "/uploads").status_code == 404


def test_somebody_elses_draft_takes_nothing(client):
    draft = drafted(PersonFactory())
    path = f"/en/file/{draft.key}/uploads"
    assert client.get(path).status_code == 401
    assert client.post(path, data={"name": "a.txt", "size": "5"}, headers=headers(draft)).status_code == 401
    assert current().scalars(select(Draft)).one().files == []
