"""The public log: appending, signing, and refusing to sign what does not extend the head kept outside the database."""

import base64
import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select, update

from civicportal.core.clock import at
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.voting import merkle
from civicportal.voting.models import Head, Log, LogLeaf, LogTile, SigningKey
from civicportal.voting.notes import Signer, Verifier, parse_checkpoint, parse_rotation, rotation, sign_all
from civicportal.voting.queries import log as reading
from civicportal.voting.services import keys
from civicportal.voting.services.keys import NoSigningKey
from civicportal.voting.services.log import HeadRefused, append, noting_refusal, open_log, sign_head
from civicportal.voting.states import KeyPurpose
from tests.factories.voting import LOG_KEY
from tests.voting.ballots import at_once, killed_before_commit

NEW_KEY = "next:" + base64.b64encode(b"another-key-for-tests-32-bytes-x").decode()
LINES = {"closes": "2026-05-04T03:02:01Z"}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def log(worker):
    return open_log("votes/park")


@pytest.fixture
def kept(worker):
    return Path(worker.config["SETTINGS"].log_heads_root) / "votes_park.txt"


def sign(log):
    with noting_refusal(log):
        return sign_head(log, lines=LINES)


def root_over(leaves):
    return merkle.root([merkle.leaf_hash(leaf.encode()) for leaf in leaves])


def cut_back(log, size):
    """An older copy of the database: leaves, tiles and heads as they were at `size`."""
    leaves = current().scalars(
        select(LogLeaf.data).where(LogLeaf.log_id == log.id, LogLeaf.index < size).order_by(LogLeaf.index)).all()
    with atomic() as session:
        session.execute(delete(LogLeaf).where(LogLeaf.log_id == log.id))
        session.execute(delete(LogTile).where(LogTile.log_id == log.id))
        session.execute(delete(Head).where(Head.log_id == log.id, Head.size > size))
        session.execute(update(Log).where(Log.id == log.id).values(size=0))
    append(log, leaves)


def refused(log):
    current().rollback()
    return current().scalar(select(Log.refused_at).where(Log.id == log.id))


def hold(app, *parts):
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], log_signing_key=",".join(parts))


def test_a_log_is_opened_once(worker):
    assert open_log("votes/park").id == open_log("votes/park").id
    assert open_log("votes/lake").id != open_log("votes/park").id


@pytest.mark.parametrize("name", [
    "", "votes/", "/votes", "votes//park", "votes/../park", "votes park", "votes/_x", "ü", "votes/park\n"])
def test_a_name_that_would_not_fit_into_a_note_or_a_file_is_refused(worker, name):
    with pytest.raises(ValueError, match="log"):
        open_log(name)


def test_leaves_keep_their_order_and_the_tiles_their_tree(log):
    leaves = []
    for count in (1, 0, 254, 1, 1, 300, 1000):
        new = [f"leaf {len(leaves) + number}" for number in range(count)]
        assert append(log, new) == range(len(leaves), len(leaves) + count)
        leaves += new
        assert merkle.root_of(log.size, reading.read_tile(log.id)) == root_over(leaves)
    assert current().scalars(select(LogLeaf.data).order_by(LogLeaf.index)).all() == leaves
    assert reading.leaf_at(log, 256) == "leaf 256"


def test_leaves_that_are_rolled_back_leave_nothing(log):
    append(log, ["a"])
    with killed_before_commit():
        append(log, ["b"])
    append(log, ["c"])
    assert sign(log).root == root_over(["a", "c"])


def test_writers_take_turns(worker, log):
    assert at_once(worker, *[lambda n=n: append(open_log("votes/park"), [f"{n}-{i}" for i in range(20)])
                             for n in range(4)]) == []
    current().rollback()
    leaves = current().scalars(select(LogLeaf.data).order_by(LogLeaf.index)).all()
    assert len(set(leaves)) == 80
    assert sign(log).root == root_over(leaves)


def test_a_head_says_what_its_row_says_and_is_signed(log, kept):
    append(log, ["a", "b"])
    with at(NOON):
        head = sign(log)
    note = parse_checkpoint(Verifier.from_vkey(Signer.from_setting(LOG_KEY, "localhost", "log").vkey).verify(head.note))
    assert (note.origin, note.size, note.root) == ("localhost/votes/park", 2, root_over(["a", "b"]))
    assert list(note.lines.items()) == [("head", "1"), ("at", "2026-05-04T12:00:00Z"), *LINES.items()]
    assert (head.number, head.size, head.root, head.at) == (1, 2, note.root, NOON)
    assert kept.read_text() == head.note


def test_heads_count_from_one_and_extend_each_other(log):
    found = []
    for _ in range(3):
        append(log, ["x"] * 130)
        found.append(sign(log))
    assert [head.number for head in reading.heads(log)] == [1, 2, 3]
    assert reading.newest_head(log) == reading.head_by_number(log, 3)
    for old, new in pairwise(found):
        proof = reading.consistency(log, old.size, new.size)
        assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
    with pytest.raises(ValueError, match="long"):
        reading.consistency(log, 130, 391)


def test_a_leaf_is_found_by_its_hash_and_proved(log):
    append(log, [f"leaf {number}" for number in range(600)])
    head = sign(log)
    wanted = merkle.leaf_hash(b"leaf 517")
    assert reading.find_leaf(log, wanted) == 517
    assert merkle.verify_inclusion(wanted, 517, head.size, reading.inclusion(log, 517, head), head.root)
    assert reading.find_leaf(log, merkle.leaf_hash(b"leaf 600")) is None
    with pytest.raises(ValueError, match="leaf"):
        reading.inclusion(log, 600, head)


def test_a_long_log_is_searched_a_part_at_a_time(log):
    append(log, [f"leaf {number}" for number in range(300)])
    asked = []

    def look(_connection, _cursor, statement, _parameters, context, _many):
        if "log_tiles" in statement:
            asked.append(context.execution_options.get("yield_per"))

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        assert reading.find_leaf(log, merkle.leaf_hash(b"leaf 17")) == 17
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
    assert asked == [reading.TILES]


def test_a_web_process_is_told_that_it_cannot_sign(worker, log, kept):
    append(log, ["a"])
    hold(worker)
    with pytest.raises(NoSigningKey, match="LOG_SIGNING_KEY"):
        sign(log)
    assert reading.heads(log) == []
    assert not kept.exists()


def test_a_clock_that_is_behind_does_not_turn_time_back(log):
    with at(NOON):
        sign(log)
    with at(NOON - timedelta(hours=1)):
        append(log, ["a"])
        assert sign(log).at == NOON


def test_a_head_that_was_kept_but_not_stored_is_the_one_that_is_stored(log, kept):
    append(log, ["a"])
    with at(NOON), killed_before_commit():
        lost = sign(log).note
    assert kept.read_text() == lost
    with at(NOON + timedelta(minutes=1)):
        assert sign(log).note == lost
        append(log, ["b"])
        assert sign(log).number == 2


def test_what_came_after_a_crash_is_signed_over_the_kept_head(log, kept):
    append(log, ["a"])
    with killed_before_commit():
        sign(log)
    append(log, ["b"])
    head = sign(log)
    assert (head.number, head.size) == (1, 2)
    assert kept.read_text() == head.note


def test_an_older_database_is_not_signed(log, kept, caplog):
    append(log, ["a", "b", "c"])
    sign(log)
    append(log, ["d", "e"])
    newest = sign(log).note
    cut_back(log, 3)
    append(log, ["x"])
    for _ in range(2):
        with pytest.raises(HeadRefused):
            sign(log)
    assert refused(log) is not None
    assert "log votes/park is not signed: the kept head has 5 leaves" in caplog.text
    assert [head.number for head in reading.heads(log)] == [1]
    assert kept.read_text() == newest


def test_a_tree_of_the_same_size_with_other_leaves_is_not_signed(log):
    append(log, ["a", "b", "c"])
    sign(log)
    with atomic() as session:
        tile = session.scalars(select(LogTile)).one()
        tile.hashes = merkle.leaf_hash(b"forged") + tile.hashes[32:]
    append(log, ["d"])
    with pytest.raises(HeadRefused, match="does not extend"):
        sign(log)


def test_a_shorter_tree_is_not_signed(log):
    append(log, ["a", "b", "c"])
    sign(log)
    with atomic() as session:
        session.execute(update(Log).values(size=2))
    with pytest.raises(HeadRefused, match="3 leaves"):
        sign(log)


def test_a_tree_that_lacks_a_tile_is_not_signed(log):
    append(log, ["a"] * 300)
    with atomic() as session:
        session.execute(delete(LogTile).where(LogTile.level == 0, LogTile.index == 1))
    with pytest.raises(HeadRefused, match="tile"):
        sign(log)


def test_the_mark_goes_when_the_database_is_put_right(log):
    append(log, ["a", "b"])
    sign(log)
    with atomic() as session:
        session.execute(update(Log).values(size=1))
    with pytest.raises(HeadRefused):
        sign(log)
    with atomic() as session:
        session.execute(update(Log).values(size=2))
    sign(log)
    assert refused(log) is None


def test_a_lost_file_stops_the_signer(log, kept):
    sign(log)
    before = kept.read_text()
    kept.unlink()
    with pytest.raises(HeadRefused, match="number 0"):
        sign(log)
    kept.write_text(before)
    assert sign(log).number == 2


@pytest.mark.parametrize("content", ["", "garbage", "\udcff", "park\n0\nxxx\n"])
def test_a_file_that_nobody_signed_stops_the_signer(log, kept, content):
    sign(log)
    kept.write_text(content, errors="surrogateescape")
    with pytest.raises(HeadRefused):
        sign(log)


def test_the_file_of_another_log_stops_the_signer(log, kept):
    sign(log)
    other = open_log("votes/lake")
    kept.write_text(sign(other).note)
    with pytest.raises(HeadRefused, match="for this log"):
        sign(log)


def test_a_stored_head_that_was_altered_stops_the_signer(log):
    head = sign(log)
    with atomic() as session:
        session.execute(update(Head).values(note=head.note.replace("2026", "2025")))
    with pytest.raises(HeadRefused, match="not the one that was kept"):
        sign(log)


def test_two_workers_sign_one_after_the_other(worker, log):
    append(log, ["a"])
    assert at_once(worker, *[lambda: sign(open_log("votes/park"))] * 4) == []
    assert [head.number for head in reading.heads(log)] == [1, 2, 3, 4]


def test_the_first_signature_of_a_key_enters_it_into_the_history(log):
    sign(log)
    sign(log)
    [row] = reading.keys(KeyPurpose.LOG)
    assert row.vkey == Signer.from_setting(LOG_KEY, "localhost", "log").vkey
    assert (row.endorsement, row.retired_at) == (None, None)


def test_a_new_key_is_endorsed_by_both_and_the_old_one_is_retired(worker, log):
    sign(log)
    hold(worker, NEW_KEY, LOG_KEY)
    head = sign(log)
    old, new = reading.keys(KeyPurpose.LOG)
    for row in (old, new):
        text = Verifier.from_vkey(row.vkey).verify(new.endorsement)
    assert (parse_rotation(text).old, parse_rotation(text).new) == (old.vkey, new.vkey)
    assert old.retired_at is not None
    assert new.retired_at is None
    assert Verifier.from_vkey(new.vkey).verify(head.note)


def test_once_it_is_endorsed_the_new_key_is_enough(worker, log):
    lake = open_log("votes/lake")
    sign(log)
    sign(lake)
    hold(worker, NEW_KEY, LOG_KEY)
    sign(lake)
    hold(worker, NEW_KEY)
    append(log, ["a"])
    assert sign(log).number == 2


def test_a_new_key_without_the_old_one_cannot_go_on(worker, log):
    sign(log)
    hold(worker, NEW_KEY)
    with pytest.raises(HeadRefused, match="held or endorsed"):
        sign(log)


def test_a_history_that_somebody_wrote_into_the_database_is_not_believed(worker, log):
    sign(log)
    hold(worker, NEW_KEY)
    old, new = (Signer.from_setting(part, "localhost", "log") for part in (LOG_KEY, NEW_KEY))
    with atomic() as session:
        forged = sign_all(rotation("localhost", old.vkey, new.vkey, NOON), old)
        session.add(SigningKey(purpose=KeyPurpose.LOG, vkey=new.vkey, endorsement=forged, first_used_at=NOON))
    with pytest.raises(HeadRefused, match="held or endorsed"):
        sign(log)


def test_the_keys_of_receipts_are_published_by_the_worker(worker):
    first = worker.config["SETTINGS"].receipt_signing_keys
    keys.record_keys()
    keys.record_keys()
    worker.config["SETTINGS"] = dataclasses.replace(
        worker.config["SETTINGS"], receipt_signing_keys=f"{NEW_KEY},{first}")
    keys.record_keys()
    old, new = reading.keys(KeyPurpose.RECEIPT)
    assert old.vkey == Signer.from_setting(first, "localhost", "receipt").vkey
    assert new.vkey.startswith("localhost/receipt/next+")
    assert old.retired_at is not None
    assert Verifier.from_vkey(old.vkey).verify(new.endorsement) == Verifier.from_vkey(new.vkey).verify(new.endorsement)
