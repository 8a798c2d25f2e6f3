"""Drafts: everything typed is kept, files are taken by their content, nothing stays behind."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Gone, NotFound
from civicportal.core.transactions import current
from civicportal.petitions.models import Draft, PetitionFile
from civicportal.petitions.queries.drafts import drafts_of, find_draft
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import file_draft
from tests.factories.accounts import PersonFactory
from tests.factories.petitions import Sent, drafted

pytestmark = pytest.mark.usefixtures("app")


def picture():
    out = BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, "PNG")
    return out.getvalue()


def stored_files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_any_text_is_kept():
    draft = drafted()
    drafts.save(None, draft, title="x" * 5000, text="", name="n" * 1000, address="not an address", phone="call me")
    kept = find_draft(draft.key)
    assert (len(kept.title), kept.text, len(kept.name), kept.address) == (5000, "", 1000, "not an address")


def test_nobody_saves_into_other_columns():
    with pytest.raises(TypeError):
        drafts.save(None, drafted(), key="x")


def test_a_guests_draft_becomes_the_persons_own():
    person, draft = PersonFactory(), drafted()
    drafts.save(actor_for(person), draft, title="mine now")
    assert [row.id for row in drafts_of(actor_for(person))] == [draft.id]
    with pytest.raises(NotFound):
        drafts.save(actor_for(PersonFactory()), draft, title="yours")
    assert draft.title == "mine now"


def test_a_lost_session_still_saves():
    person = PersonFactory()
    draft = drafted(person)
    drafts.save(None, draft, text="typed before the session ended")
    assert find_draft(draft.key).text == "typed before the session ended"
    assert draft.person_id == person.id


def test_a_filed_draft_takes_nothing_more():
    draft = drafted()
    file_draft(None, draft, None)
    with pytest.raises(Conflict):
        drafts.save(None, draft, title="again")
    with pytest.raises(Conflict):
        drafts.add_files(None, draft, [Sent("a.txt", b"hello")])


def test_a_refused_file_is_named_and_the_others_stay(media):
    draft = drafted()
    refused = drafts.add_files(None, draft, [
        Sent("ok.txt", b"fine"), Sent("bad.exe", b"MZ\x90\x00\x03\x00\x00\x00"), Sent("empty.txt", b""),
        Sent("photo.jpg", picture()),
    ])
    assert [file.name for file in refused] == ["bad.exe", "empty.txt"]
    assert all(file.sentence for file in refused)
    kept = [(file.name, file.media_type) for file in draft.files]
    assert kept == [("ok.txt", "text/plain"), ("photo.png", "image/png")]
    assert (draft.files[0].size, len(draft.files[0].sha256)) == (4, 64)


def test_not_more_files_than_allowed(media):
    before = len(stored_files(media))
    draft = drafted(files=(Sent("1.txt", b"one"), Sent("2.txt", b"two"), Sent("3.txt", b"three")))
    refused = drafts.add_files(None, draft, [Sent(f"{n}.txt", b"more") for n in range(4, 10)])
    assert [file.name for file in draft.files] == ["1.txt", "2.txt", "3.txt", "4.txt", "5.txt"]
    assert [file.name for file in refused] == ["9.txt", "6.txt", "7.txt", "8.txt"]
    assert len(stored_files(media)) - before == 5


def test_what_could_not_be_attached_is_not_kept(media):
    draft = drafted()
    drafts.delete_draft(None, draft)
    before = len(stored_files(media))
    with pytest.raises(Gone):
        drafts.add_files(None, draft, [Sent("a.txt", b"hello")])
    assert len(stored_files(media)) == before


def test_removing_a_file_removes_its_content(media):
    draft = drafted(files=(Sent("a.txt", b"hello"),))
    before = len(stored_files(media))
    drafts.remove_file(None, draft, uuid4())
    assert len(draft.files) == 1
    drafts.remove_file(None, draft, draft.files[0].public_id)
    assert find_draft(draft.key).files == []
    assert len(stored_files(media)) == before - 1


def test_deleting_leaves_nothing_but_the_act(media):
    before = len(stored_files(media))
    draft = drafted(files=(Sent("a.txt", b"hello"),))
    drafts.delete_draft(None, draft)
    assert current().scalars(select(Draft)).all() == []
    assert current().scalars(select(PetitionFile)).all() == []
    assert len(stored_files(media)) == before
    assert "draft:deleted" in current().scalars(select(AuditEvent.name)).all()


def test_old_drafts_go_with_their_files(media):
    before = len(stored_files(media))
    old = drafted(files=(Sent("a.txt", b"hello"),))
    filed_key = drafted()
    file_draft(None, filed_key, None)
    with time_machine.travel(now() + timedelta(days=29)):
        young = drafted()
        drafts.purge_drafts()
        assert find_draft(old.key) is not None
    with time_machine.travel(now() + timedelta(days=31)):
        drafts.purge_drafts()
    assert [row.id for row in current().scalars(select(Draft))] == [young.id]
    assert len(stored_files(media)) == before
