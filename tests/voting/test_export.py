"""What everybody can download of a vote agrees with itself, and holds nothing that is not public yet."""

import json
from datetime import timedelta

import pytest

from civicportal.core import clock
from civicportal.core.errors import Conflict, NotFound
from civicportal.core.permissions import SYSTEM
from civicportal.extensions import db
from civicportal.voting.queries.log import keys
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.export import FILES, export_box, snapshot, stream
from civicportal.voting.services.opening import void_box
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import KeyPurpose, PolicyKind, Secrecy, Totals
from tests.factories.voting import BoxFactory, voters
from tests.voting.held import START, Held, operator, verify

HOSTILE = 'Ignore "this"\\n,\u202e{"choice":"no"} <script>alert(1)</script> \u2028 — 서명 + ✔\U0001f5f3'
pytestmark = pytest.mark.usefixtures("worker")


def log_key():
    return keys(KeyPurpose.LOG)[-1].vkey


def box_json(folder):
    return json.loads((folder / "box.json").read_text("utf-8"))


def held_to_the_end():
    """Twelve voters in three batches, one of whom voted twice over, then the close."""
    held = Held(16)
    held.cast("yes", "no", "yes", "yes")
    held.batch()
    held.change(1, "yes")
    held.cast("no", "abstain", "yes")
    held.batch()
    held.change(1, "no")
    held.cast("yes", "no", "no", "yes", "yes")
    held.close()
    return held


def test_a_closed_vote_is_checked_by_its_download_alone(app, tmp_path):
    held = held_to_the_end()
    folder = held.export(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == set(FILES)
    status, said = verify(folder, "--key", log_key(), "--tracker", held.receipts[1].tracker)
    assert status == 0, said
    assert "yes 7, no 4, abstain 1" in said
    assert held.receipts[1].tracker in said
    box = box_json(folder)
    assert (box["state"], box["roll"], box["levels"], box["published"]) == ("closed", 12, {"1": 12}, 14)
    held.finish()
    again = held.export(tmp_path / "final")
    assert box_json(again)["state"] == "final"
    assert verify(again, "--key", log_key())[0] == 0


def test_an_open_vote_is_checked_up_to_its_last_head(app, tmp_path):
    held = Held(16)
    empty = held.export(tmp_path / "empty")
    assert (empty / "ballots.jsonl").read_bytes() == b""
    assert verify(empty, "--key", log_key())[0] == 0
    held.cast("yes", "yes", "no")
    held.batch()
    held.cast("abstain")
    folder = held.export(tmp_path / "out")
    assert not (folder / "voted-keys.txt").exists()
    status, said = verify(folder, "--key", log_key())
    assert status == 0, said
    box = box_json(folder)
    assert (box["tally"], box["roll"], box["withheld"]) == ({"yes": 2, "no": 1, "abstain": 0}, None, None)
    assert held.receipts[3].tracker not in (folder / "ballots.jsonl").read_text()


def test_a_hidden_vote_gives_heads_and_proofs_without_ballots(app, tmp_path):
    held = Held(16, totals=Totals.CLOSED)
    for choices in (("yes", "no", "yes"), ("no", "no")):
        held.cast(*choices)
        held.batch()
    folder = held.export(tmp_path / "out")
    everything = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "verify.py").decode()
    assert all(receipt.tracker not in everything for receipt in held.receipts)
    box = box_json(folder)
    assert (box["tally"], box["published"], box["withheld"], box["heads"]) == (None, 0, "until-close", 3)
    assert len(json.loads((folder / "proofs.json").read_text())) == 2
    assert verify(folder, "--key", log_key())[0] == 0
    held.close()
    status, said = verify(held.export(tmp_path / "closed"), "--key", log_key())
    assert (status, "yes 2, no 3, abstain 0" in said) == (0, True), said


def test_a_silence_holds_back_what_came_since_it_began(app, tmp_path):
    held = Held(16)
    held.cast("yes", "no")
    held.batch()
    held.now += timedelta(hours=1)
    with held.at():
        declare_silence(operator(), title="Local election", starts_at=None, ends_at=START + timedelta(days=9))
    held.cast("yes", "yes", "yes")
    held.batch()
    folder = held.export(tmp_path / "out")
    box = box_json(folder)
    assert (box["tally"], box["published"], box["withheld"]) == ({"yes": 1, "no": 1, "abstain": 0}, 2, "silence")
    assert [row["to"] for row in json.loads((folder / "proofs.json").read_text())] == [3]
    status, said = verify(folder, "--key", log_key())
    assert status == 0, said
    held.close()
    assert verify(held.export(tmp_path / "closed"), "--key", log_key())[0] == 0


def test_a_vote_that_opened_in_a_silence_gives_no_ballots_yet(app, tmp_path):
    now = START - timedelta(days=1)
    held = Held(16, closes_at=START + timedelta(days=20))
    with held.at(now):
        declare_silence(operator(), title="Election", starts_at=now, ends_at=START + timedelta(days=5))
    held.cast("yes", "no")
    held.batch()
    folder = held.export(tmp_path / "out")
    assert (box_json(folder)["tally"], box_json(folder)["withheld"]) == ({"yes": 0, "no": 0, "abstain": 0}, "silence")
    assert (folder / "ballots.jsonl").read_bytes() == b""
    status, said = verify(folder, "--key", log_key())
    assert status == 0, said


@pytest.mark.parametrize("totals", [Totals.LIVE, Totals.CLOSED])
def test_a_void_vote_can_be_checked(app, tmp_path, totals):
    held = Held(16, totals=totals)
    held.cast("yes", "no")
    held.batch()
    with held.at():
        void_box(operator(), held.box, reason="The question named the wrong library.")
    folder = held.export(tmp_path / "out")
    assert box_json(folder)["state"] == "void"
    status, said = verify(folder, "--key", log_key())
    assert status == 0, said


def test_crossings_and_extensions_are_in_the_download(app, tmp_path):
    with clock.at(START - timedelta(days=2)):
        policy = set_policy(SYSTEM, scope="forum", kind=PolicyKind.NUMBER, value=3, min_level=1, reason="To try.")
    held = Held(16, policy_id=policy.id)
    held.cast("yes", "yes")
    held.batch()
    with held.at():
        extend_box(operator(), held.box, closes_at=held.box.closes_at + timedelta(days=2), reason=HOSTILE)
    held.cast("yes", "no")
    held.batch()
    held.close()
    folder = held.export(tmp_path / "out")
    box = box_json(folder)
    assert box["crossing"] == {"head": 3, "yes": 3, "version": 1, "round": None}
    assert [extension["reason"] for extension in box["extensions"]] == [HOSTILE]
    status, said = verify(folder, "--key", log_key())
    assert (status, "crossed at head 3 with 3 yes" in said) == (0, True), said


def test_hostile_text_breaks_nothing(app, tmp_path):
    people = voters(3)
    held = Held(people, question=HOSTILE, language="ko", secrecy=Secrecy.OPEN, members=[
        {"person_id": person.id, "name": f"{HOSTILE} {number}"} for number, person in enumerate(people)])
    held.cast("yes", "no", "yes")
    held.close()
    folder = held.export(tmp_path / "out")
    status, said = verify(folder, "--key", log_key())
    assert status == 0, said
    assert box_json(folder)["frozen"]["question"] == HOSTILE
    assert box_json(folder)["levels"] is None
    assert "\u202e" not in said


def test_the_files_of_a_page_are_those_of_the_command(app, tmp_path):
    held = held_to_the_end()
    folder = held.export(tmp_path / "out")
    public = snapshot(held.box)
    db.session.remove()  # as a page does before it sends the first piece
    for name in public.names:
        assert b"".join(stream(public, name)) == (folder / name).read_bytes(), name
        assert app.test_client().get(f"/en/votes/library/files/{name}").data == (folder / name).read_bytes(), name


def test_what_is_not_there_is_not_found(app, tmp_path):
    with pytest.raises(NotFound):
        snapshot(BoxFactory())
    held = Held(3)
    for name in ("voted-keys.txt", "../box.json", "secrets"):
        with pytest.raises(NotFound):
            stream(snapshot(held.box), name)


def test_a_folder_is_not_overwritten_unless_asked(app, tmp_path):
    held = held_to_the_end()
    folder = held.export(tmp_path / "out")
    other = Held(3, slug="other")
    with pytest.raises(Conflict):
        other.export(folder)
    assert box_json(folder)["frozen"]["slug"] == "library"
    with other.at():
        export_box(other.box, folder, force=True)
    assert box_json(folder)["frozen"]["slug"] == "other"
    assert not (folder / "voted-keys.txt").exists()
    assert verify(folder, "--key", log_key())[0] == 0
