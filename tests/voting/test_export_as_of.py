"""Files fetched one after the other, an archive of them, and what happens to the vote meanwhile."""

import os
import re
import threading
from contextlib import contextmanager
from contextvars import Context
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import event
from werkzeug.test import Client

from civicportal.core import clock, dialect
from civicportal.core.errors import NotFound
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.voting.models import Box, Silence
from civicportal.voting.queries.log import keys
from civicportal.voting.services import archive
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.closing import close_box, extend_box
from civicportal.voting.services.export import FILES, export_box, snapshot, stream
from civicportal.voting.services.opening import void_box
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.thresholds import judge_due, set_policy
from civicportal.voting.states import KeyPurpose, PolicyKind, Totals
from tests.factories.voting import voters
from tests.voting.checking import checked
from tests.voting.held import START, STEP, Held, operator
from tests.voting.test_routes_show import words

PAGE = "/en/votes/library"
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("worker")


def accepted(folder):
    code, report = checked(folder, key=keys(KeyPurpose.LOG)[-1].vkey)
    assert code == 0, report
    return report


def threshold(value):
    with clock.at(START - 2 * DAY):
        return set_policy(SYSTEM, scope="forum", kind=PolicyKind.NUMBER, value=value, min_level=1, reason="To try.").id


def written(held, number, folder):
    """The files as of a head."""
    with held.at():
        public = snapshot(held.box, number)
        folder.mkdir(parents=True)
        for name in public.names:
            (folder / name).write_bytes(b"".join(stream(public, name)))
    return folder


def with_heads(**plan):
    """Four heads: the first of nothing, then two ballots each."""
    held = Held(12, **plan)
    for choices in (("yes", "no"), ("yes", "yes"), ("no", "abstain")):
        held.cast(*choices)
        held.batch()
    return held


def quiet(held):
    held.now += timedelta(hours=1)
    with held.at():
        declare_silence(operator(), title="Local election", starts_at=None, ends_at=START + 9 * DAY)
    for choice in ("yes", "no"):
        held.cast(choice)
        held.batch()


def voided(held):
    with held.at():
        void_box(operator(), held.box, reason="The question named the wrong library.")


# --- As of a head


@pytest.mark.parametrize("then", [lambda held: None, quiet, Held.close, voided])
@pytest.mark.parametrize("rules", [{}, {"totals": Totals.CLOSED}, {"policy_id": 3}, {"policy_id": 9}])
def test_the_files_as_of_every_head_agree(app, tmp_path, rules, then):
    if "policy_id" in rules:
        rules = {"policy_id": threshold(rules["policy_id"])}
    held = with_heads(**rules)
    then(held)
    with held.at():
        newest = snapshot(held.box).public.number
    assert newest >= 4
    for number in range(1, newest + 1):
        folder = written(held, number, tmp_path / str(number))
        accepted(folder)
        assert (folder / "heads.txt").read_text().count("\nhead ") == number
    for number in (0, newest + 1):
        with held.at(), pytest.raises(NotFound):
            snapshot(held.box, number)


@pytest.mark.parametrize("then", [lambda held: None, quiet, voided])
def test_hidden_totals_are_hidden_as_of_every_head(app, tmp_path, then):
    held = with_heads(totals=Totals.CLOSED)
    then(held)
    for number in range(1, 5):
        folder = written(held, number, tmp_path / str(number))
        everything = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "verify.py").decode()
        assert all(receipt.tracker not in everything for receipt in held.receipts)
        assert '"tally": null' in everything
        assert "yes" not in (folder / "ballots.jsonl").read_text()


def test_what_a_silence_keeps_back_is_kept_back_as_of_every_head(app, tmp_path):
    held = with_heads()
    quiet(held)
    for number in range(1, 7):
        leaves = (written(held, number, tmp_path / str(number)) / "ballots.jsonl").read_text()
        assert all(receipt.tracker not in leaves for receipt in held.receipts[6:])


# --- Meanwhile


@contextmanager
def meanwhile(app, place, act):
    """Before the statement at a place (from 0) somebody else does something. Yields the list of statements."""
    seen, own = [], threading.get_ident()

    def other():
        with app.app_context():
            act()
            db.session.remove()

    def look(_connection, _cursor, statement, *_rest):
        if threading.get_ident() == own:
            seen.append(statement)
            if len(seen) == place + 1:
                thread = threading.Thread(target=other)
                thread.start()
                thread.join()

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", look)


def signs(box_id, at):
    def act():
        with clock.at(at):
            make_batch(current().get_one(Box, box_id), force=True)
            judge_due()

    return act


def closes(box_id, at):
    def act():
        with clock.at(START + 7 * DAY):
            close_box(current().get_one(Box, box_id))
            judge_due()

    return act


def extends(box_id, at):
    def act():
        with clock.at(at):
            box = current().get_one(Box, box_id)
            extend_box(SYSTEM, box, closes_at=box.closes_at + DAY, reason="The page could not be reached.")
            make_batch(box, force=True)
            judge_due()

    return act


@pytest.mark.parametrize("act", [signs, closes, extends])
@pytest.mark.parametrize("rules", [{}, {"totals": Totals.CLOSED}, {"policy_id": 2}])
def test_whatever_happens_between_two_reads_the_files_agree(app, tmp_path, monkeypatch, rules, act):
    monkeypatch.setattr(dialect, "_WAIT_MS", 20)  # who reads here reads on whatever is waited for
    people = voters(3)
    if "policy_id" in rules:
        rules = {"policy_id": threshold(rules["policy_id"])}
    place, statements = 0, []
    while place == 0 or len(statements) >= place:
        held = Held(people, slug=f"vote-{place}", **rules)
        held.cast("yes")
        held.batch()
        held.cast("yes")
        box, held.now = held.box, held.now + STEP
        with held.at(), meanwhile(app, place, act(held.box_id, held.now)) as statements:
            export_box(box, tmp_path / str(place))
        current().rollback()
        accepted(tmp_path / str(place))
        place += 1
    assert place > 6


def test_after_a_silence_a_head_that_reaches_the_threshold_comes_with_its_crossing(app, tmp_path):
    held = Held(12, policy_id=threshold(3))
    with held.at():
        judge_due()
    held.now += DAY
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=held.now, ends_at=held.now + DAY))
    held.cast("yes", "yes", "yes")
    held.batch()
    accepted(held.export(tmp_path / "in the silence"))
    held.now += DAY
    before = accepted(held.export(tmp_path / "before it is judged"))
    assert "1 heads" in before
    assert "crossed" not in before
    with held.at():
        judge_due()
    assert "crossed at head 2 with 3 yes" in accepted(held.export(tmp_path / "after it is judged"))


def test_a_head_signed_by_a_clock_that_is_ahead_of_a_silence_just_declared(app, tmp_path):
    """It has crossed; while it is kept back the crossing is not named either."""
    held = Held(12, policy_id=threshold(3))
    with held.at():
        judge_due()
    held.cast("yes", "yes", "yes")
    held.batch()
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=held.now - timedelta(seconds=1), ends_at=held.now + DAY))
    assert "crossed" not in accepted(held.export(tmp_path / "out"))


# --- Over the web


@pytest.fixture
def see(app):
    def see(held, path, moment=None):
        with held.at(moment):
            return app.test_client().get(f"{PAGE}{path}")

    return see


def unpacked(data):
    with ZipFile(BytesIO(data)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


@pytest.mark.parametrize("then", [lambda held: None, Held.close])
def test_the_links_of_a_page_belong_together_whatever_is_signed_meanwhile(app, see, tmp_path, then):
    held = with_heads()
    then(held)
    page = see(held, "").text
    links = re.findall(r'href="/en/votes/library(/files[^"]+)"', page)
    assert {link.partition("?")[2] for link in links} == {f"head={5 if held.box.counted_at else 4}"}
    assert len(links) == len(FILES) + (1 if held.box.counted_at else 0)
    for link in links[1:]:
        if not held.box.counted_at:
            held.cast("yes")
            held.batch()
        (tmp_path / link.rpartition("/")[2].partition("?")[0]).write_bytes(see(held, link).data)
    accepted(tmp_path)


def test_the_archive_holds_the_very_files(app, see):
    held = with_heads()
    held.close()
    for number in (1, 3, 5):
        answer = see(held, f"/files.zip?head={number}")
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="library.zip"'
        assert answer.headers["Cache-Control"].startswith("public")
        files = unpacked(answer.data)
        assert len(files) == len(FILES) - (number < 5)
        for path, content in files.items():
            name = path.removeprefix("library/")
            assert content == see(held, f"/files/{name}?head={number}").data, path
    assert see(held, "/files.zip").data == see(held, "/files.zip?head=5").data


def test_the_archive_is_checked_as_it_is_unpacked(app, see, tmp_path):
    held = with_heads()
    ZipFile(BytesIO(see(held, "/files.zip").data)).extractall(tmp_path)
    accepted(tmp_path / "library")


def test_the_archive_is_whole_when_the_request_is_over_before_it_is_sent(app):
    held = with_heads()
    held.close()

    def as_a_server_does():
        with held.at():
            return Client(app).get(f"{PAGE}/files.zip").data

    files = unpacked(Context().run(as_a_server_does))  # the context of the test would outlive the request
    assert files["library/ballots.jsonl"].count(b"\n") == 6
    assert files["library/voted-keys.txt"].count(b"\n") == 6


def test_the_archive_is_nowhere_as_a_whole(app, monkeypatch):
    asked = []

    def endless(_of, name):
        for place in range(100):
            asked.append((name, place))
            yield os.urandom(1 << 16)

    monkeypatch.setattr(archive, "stream", endless)
    public = snapshot(with_heads().box)
    pieces = archive.zipped(public)
    assert next(pieces)
    assert len(asked) < 4
    sizes = [len(piece) for piece in pieces]
    assert len(asked) == 100 * len(public.names)
    assert max(sizes) < 1 << 18
    assert sum(sizes) > 30 << 20


def test_more_than_fits_an_old_archive_has_entries_for_it(app, monkeypatch):
    held = with_heads()
    public = snapshot(held.box)
    plain = b"".join(archive.zipped(public))
    monkeypatch.setattr(archive, "MANY", 5)
    large = b"".join(archive.zipped(public))
    assert len(large) > len(plain)
    assert unpacked(large) == unpacked(plain)


@pytest.mark.parametrize("path", ["/files.zip", "/files/box.json", "/files/verify.py"])
@pytest.mark.parametrize("head", ["0", "9", "-1", "x", "", "1.5", "9" * 30])
def test_a_head_that_is_not_public_is_answered_with_a_sentence(app, see, path, head):
    held = with_heads()
    answer = see(held, f"{path}?head={head}")
    assert answer.status_code == 404
    assert "No head with this number is public in this vote." in answer.text
    assert f'href="{PAGE}"' in answer.text


def test_before_a_head_is_public_there_are_no_links_and_no_files(app, see):
    held = Held(3, policy_id=threshold(3))
    assert "/files" not in see(held, "").text
    assert see(held, "/files.zip").status_code == 404
    with held.at():
        judge_due()
    assert "/files.zip?head=1" in see(held, "").text
    assert see(held, "/files.zip").status_code == 200


def test_the_keys_that_voted_follow_with_the_last_head(app, see):
    held = with_heads(policy_id=threshold(9))
    held.now = held.box.closes_at
    with held.at():
        close_box(held.box)
    assert "follows after the close" in words(see(held, ""))
    assert "Who voted, by how sure" not in words(see(held, ""))
    assert see(held, "/files/voted-keys.txt").status_code == 404
    with held.at():
        judge_due()
    assert "Who voted, by how sure" in words(see(held, ""))
    assert see(held, "/files/voted-keys.txt").status_code == 200
    assert see(held, "/files/voted-keys.txt?head=4").status_code == 404
