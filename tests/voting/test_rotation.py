"""The drills of docs/operations.md: changing the log's key, losing it, and a database put back from a backup."""

import base64
import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from civicportal.core.transactions import atomic
from civicportal.voting.models import Ballot, BoxHead, Head, Log, LogLeaf, LogTile
from civicportal.voting.notes import Signer
from civicportal.voting.queries.log import keys
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.log import HeadRefused
from civicportal.voting.services.opening import void_box
from civicportal.voting.states import BoxState, KeyPurpose
from tests.factories.voting import LOG_KEY
from tests.voting.held import Held, operator, verify

NEW_KEY = "2027a:" + base64.b64encode(b"a-key-of-the-year-after-32-bytes").decode()
THIRD_KEY = "2028a:" + base64.b64encode(b"a-key-of-two-years-on---32-bytes").decode()
pytestmark = pytest.mark.usefixtures("worker")


def vkey(part):
    return Signer.from_setting(part, "localhost", "log").vkey


def restart(app, *parts):
    """The worker starts again with this LOG_SIGNING_KEY."""
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], log_signing_key=",".join(parts))


def test_a_vote_runs_on_through_two_changes_of_key(app, tmp_path):
    held = Held(12)
    held.cast("yes", "no")
    held.batch()
    restart(app, NEW_KEY, LOG_KEY)
    held.cast("yes", "yes")
    held.batch()
    restart(app, NEW_KEY)
    held.cast("no")
    held.batch()
    restart(app, THIRD_KEY, NEW_KEY)
    held.close()
    first, second, third = keys(KeyPurpose.LOG)
    assert [row.vkey for row in (first, second, third)] == [vkey(LOG_KEY), vkey(NEW_KEY), vkey(THIRD_KEY)]
    assert [bool(row.retired_at) for row in (first, second, third)] == [True, True, False]
    folder = held.export(tmp_path / "out")
    for known in (LOG_KEY, NEW_KEY, THIRD_KEY):
        status, said = verify(folder, "--key", vkey(known))
        assert status == 0, said
    stranger = f"other:{base64.b64encode(bytes(32)).decode()}"
    assert verify(folder, "--key", vkey(stranger))[0] == 1


def test_a_later_key_vouches_for_votes_it_never_signed(app, tmp_path):
    old = Held(12)
    old.cast("yes", "no")
    old.close()
    restart(app, NEW_KEY, LOG_KEY)
    Held(3, slug="another")
    assert verify(old.export(tmp_path / "out"), "--key", vkey(NEW_KEY))[0] == 0


def test_a_lost_key_ends_open_votes_and_begins_a_chain_of_its_own(app, tmp_path):
    closed, running = Held(12, slug="closed"), Held(12, slug="running")
    closed.cast("yes", "no")
    closed.close()
    running.cast("yes", "no")
    running.batch()
    restart(app, NEW_KEY)
    running.cast("yes")
    with pytest.raises(HeadRefused):
        running.batch()
    assert running.box.log.refused_at is not None
    with running.at():
        void_box(operator(), running.box, reason="The key of the log is lost.")
    later = Held(12, slug="later")
    later.cast("no", "no", "yes")
    later.close()
    for held, known, stranger in ((closed, LOG_KEY, NEW_KEY), (running, LOG_KEY, NEW_KEY), (later, NEW_KEY, LOG_KEY)):
        folder = held.export(tmp_path / held.box.slug)
        status, said = verify(folder, "--key", vkey(known))
        assert status == 0, said
        assert verify(folder, "--key", vkey(stranger))[0] == 1


def test_an_older_database_is_not_signed_on_and_the_vote_is_held_again(app, tmp_path):
    held = Held(12)
    held.cast("yes", "no")
    held.batch()
    outside = held.export(tmp_path / "kept by an observer")
    with atomic() as session:  # as if the backup were from before the last head
        session.execute(delete(BoxHead).where(BoxHead.number == 2))
        session.execute(delete(Head).where(Head.number == 2))
        for table in (Ballot, LogLeaf, LogTile):
            session.execute(delete(table))
        session.execute(update(Log).values(size=0))
    held.cast("no")
    with pytest.raises(HeadRefused):
        make_batch(held.box, force=True)
    assert held.box.log.refused_at is not None
    kept = Path(app.config["SETTINGS"].log_heads_root) / "votes_library.txt"
    assert kept.read_text() in (outside / "heads.txt").read_text(), "the kept head is the one that observers have"
    with held.at():
        void_box(operator(), held.box, reason="The database had to be put back; ballots were lost.")
    again = Held(12, slug="library-2")
    again.cast("yes", "yes")
    again.close()
    assert again.box.state is BoxState.CLOSED
    assert verify(again.export(tmp_path / "again"), "--key", vkey(LOG_KEY))[0] == 0
    assert verify(outside, "--key", vkey(LOG_KEY))[0] == 0
