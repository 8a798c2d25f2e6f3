"""The record after a loss: the signer never signs over what outsiders hold, and goes on in public as another list."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.transactions import current
from civicportal.petitions.models import RecordEntry
from civicportal.petitions.queries.record import all_heads, proofs_of, record_breaks, record_log
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.services.record import keep_record
from civicportal.voting.merkle import leaf_hash, verify_inclusion
from civicportal.voting.models import Log
from civicportal.voting.notes import parse_checkpoint
from civicportal.voting.services.continuing import continue_log
from civicportal.voting.services.log import HeadRefused
from civicportal.voting.services.restored import note_restoration
from tests.factories.petitions import filed
from tests.factories.voting import as_worker, open_secret_box
from tests.older import copy_of_database, put_back

DAY = timedelta(days=1)
WHY = "The machine burnt down; the backup is of the evening before."


@pytest.fixture
def worker(app, tmp_path):
    with as_worker(app, tmp_path):
        yield app


@pytest.fixture
def lost(worker):
    """A record of three entries of which two came back; the head over all three is kept outside. Its time."""
    filed(), filed()
    keep_record()
    copy = copy_of_database()
    later = now() + DAY
    with at(later):
        filed()
        keep_record()
    put_back(copy)
    with at(later):
        assert [one.name for one in note_restoration(later, later)] == ["record"]
    return later


def petition():
    current().rollback()
    return current().scalars(select(RecordEntry).order_by(RecordEntry.id)).first().petition_id


def test_the_record_goes_on_as_another_list_that_says_so(lost, client):
    later = lost + DAY
    with at(later), pytest.raises(HeadRefused):
        keep_record()
    with at(later):
        broken = continue_log("record", reason=WHY)
        filed(title="After the disaster")
        keep_record()
    assert broken.carried == 2
    assert record_log().name == "record/2"
    assert record_log().size == 3
    first = parse_checkpoint(all_heads()[-1].note)
    assert first.origin == "localhost/record/2"
    assert first.lines["follows"].startswith("localhost/record 2 3 ")  # the head that was lost, by number and size
    with at(later + DAY):
        keep_record()
    assert [parse_checkpoint(head.note).origin.rpartition("t/")[2] for head in all_heads()] == [
        "record", "record/2", "record/2"]
    page = client.get("/en/record").get_data(as_text=True)
    assert WHY in page
    assert broken.note.splitlines()[0] in page
    assert client.get("/en/record/heads.txt").get_data(as_text=True).count("localhost/record") >= 3


def test_acts_from_before_keep_their_place_and_their_proof(lost):
    from civicportal.petitions.models import Petition  # noqa: PLC0415

    with at(lost + DAY):
        continue_log("record", reason=WHY)
        found = proofs_of(current().get_one(Petition, petition()), Viewer.AUTHOR)
    [act] = found.acts
    from base64 import b64decode  # noqa: PLC0415

    assert act.covered
    assert verify_inclusion(leaf_hash(act.leaf.encode()), act.entry.index, found.head.size,
                            [b64decode(node) for node in act.hashes], found.head.root)


def test_it_can_be_lost_again(lost):
    with at(lost + DAY):
        continue_log("record", reason=WHY)
    copy = copy_of_database()
    later = lost + 2 * DAY
    with at(later):
        filed()
        keep_record()
    put_back(copy)
    with at(later):
        continue_log("record", reason="Once more.")
        filed()
        keep_record()
    assert record_log().name == "record/3"
    assert [broken.reason for broken in record_breaks()] == [WHY, "Once more."]


def test_only_a_log_that_has_lost_something_is_broken_off(worker):
    filed()
    keep_record()
    with pytest.raises(Conflict):
        continue_log("record", reason=WHY)
    with pytest.raises(Invalid):
        continue_log("record", reason=" ")
    with pytest.raises(NotFound):
        continue_log("nothing", reason=WHY)
    box = open_secret_box(3)
    with pytest.raises(Conflict, match="투표의 공개 기록"):
        continue_log(box.log.name, reason=WHY)
    assert current().scalars(select(Log.name).order_by(Log.name)).all() == ["record", box.log.name]


def test_commands_tell_what_they_do(lost, worker):
    runner = worker.test_cli_runner()
    with at(lost + DAY):
        refused = runner.invoke(args=["voting", "continue-log", "votes", "--reason", WHY])
        done = runner.invoke(args=["voting", "continue-log", "record", "--reason", WHY])
    assert refused.exit_code == 1
    assert (done.exit_code, "2 entries begin the new log" in done.output) == (0, True), done.output
