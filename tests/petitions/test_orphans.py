"""The sweep deletes what nothing names, and only when it is old."""

from datetime import timedelta
from io import BytesIO

import time_machine

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from civicportal.petitions.models import Petition
from civicportal.petitions.services.additions import add
from civicportal.petitions.services.files import derive_file, storage
from civicportal.petitions.services.orphans import sweep_orphans
from tests.factories.petitions import Sent, drafted, filed


def later():
    return time_machine.travel(now() + timedelta(hours=49))


def test_only_old_files_that_nothing_names_go(app, media):
    with later():
        sweep_orphans()
    petition, draft = filed(files=(Sent("a.txt", b"a"),)), drafted(files=(Sent("b.txt", b"b"),))
    added = add(actor_for(petition.author), petition, text="", uploads=[Sent("c.txt", b"c")]).addition
    derive_file(petition.files[0].id)
    file = petition.files[0]
    needed = [file.storage_key, file.shown_key, draft.files[0].storage_key, added.files[0].storage_key]
    lost = storage().put(BytesIO(b"lost"), limit=10).key
    half = media / "ab" / "cd" / f"abcd{'0' * 28}.part"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    assert sweep_orphans() == 0
    with later():
        assert sweep_orphans() == 2
    assert all(map(storage().exists, needed))
    assert not storage().exists(lost)
    assert not half.exists()


def test_more_than_a_batch_is_looked_at_in_batches(app, monkeypatch):
    monkeypatch.setattr("civicportal.petitions.services.orphans.BATCH", 2)
    with later():
        sweep_orphans()
    for _time in range(5):
        storage().put(BytesIO(b"lost"), limit=10)
    kept = filed(files=(Sent("a.txt", b"a"),))
    with later(), atomic() as session:
        assert sweep_orphans() == 5
        assert session.get(Petition, kept.id) is not None
    assert storage().exists(kept.files[0].storage_key)
