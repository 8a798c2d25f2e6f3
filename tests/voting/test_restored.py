"""The database came back from a backup: what outsiders hold decides whether a vote goes on, waits, or is void."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from civicportal.core.errors import Conflict
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from civicportal.voting.models import Ballot, BoxHead, PendingBallot
from civicportal.voting.queries.attention import attention
from civicportal.voting.queries.boxes import ballot_box
from civicportal.voting.queries.standing import Standing, standing_of
from civicportal.voting.queries.trust import key_history
from civicportal.voting.receipts import check_receipt
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.keys import receipt_verifiers
from civicportal.voting.services.refusals import Interrupted
from civicportal.voting.services.regaining import NotRegained, give_up, regain
from civicportal.voting.services.restored import note_restoration
from civicportal.voting.states import BoxState, KeyPurpose
from tests.older import copy_of_database, put_back
from tests.voting.held import Held, verify


@pytest.fixture
def held(worker):
    """A vote of twelve in which four have voted, all in the log."""
    made = Held(12)
    made.cast("yes", "no", "yes", "abstain")
    made.batch()
    return made


def lost(held, copy):
    """The database is as it was then; what voters, observers and the folder of heads have stays."""
    put_back(copy)
    with held.at():
        return note_restoration(held.now, held.now)


def key_of_log():
    return next(key.vkey for key in key_history() if key.purpose is KeyPurpose.LOG)


def is_genuine(held, folder):
    status, said = verify(held.export(folder), "--key", key_of_log())
    assert status == 0, said


def receipt_file(folder, held, number):
    receipt = held.receipts[number]
    path = folder / f"receipt-{number}.json"
    checked = check_receipt(receipt.leaf, receipt.promise, receipt_verifiers())
    path.write_text(checked.as_json(receipt.question))
    return path


def told():
    return current().scalar(select(func.count()).select_from(OutboxMessage).where(
        OutboxMessage.slug == "voting.restored", OutboxMessage.channel == "email"))


def test_ballots_that_never_counted_are_cast_again(held, tmp_path, english):
    copy = copy_of_database()
    held.cast("no", "no")  # waiting, and lost with the database
    assert lost(held, copy) == ()
    box = held.box
    assert (box.interrupted_at, box.restored_to) == (None, held.now)
    assert told() == 8  # whoever is not on the roll: nobody can say whose ballots were lost
    del held.receipts[-2:]
    held.cast("no", "no")  # the same two people, once more
    held.batch()
    held.close()
    assert held.box.tally == {"yes": 2, "no": 3, "abstain": 1}
    is_genuine(held, tmp_path / "out")


def test_telling_is_done_once(held):
    copy = copy_of_database()
    lost(held, copy)
    with held.at():
        note_restoration(held.now, held.now + timedelta(minutes=5))
    assert told() == 8
    assert held.box.restored_to == held.now


def test_a_vote_that_lacks_ballots_of_the_log_waits(held, english):
    copy = copy_of_database()
    held.cast("no", "no", "no")
    held.batch()
    [behind] = lost(held, copy)
    assert (behind.name, behind.kept.size, behind.size) == ("votes/library", 7, 4)
    assert held.box.interrupted_at is not None
    assert told() == 0
    del held.receipts[-3:]
    with pytest.raises(Interrupted):
        held.cast("no")
    with held.at():
        assert standing_of(held.actor(5), held.box) is Standing.INTERRUPTED
        assert any("lacks ballots" in one.text for one in attention())


def test_nothing_is_logged_or_closed_while_a_vote_waits(held):
    held.cast("yes")
    copy = copy_of_database()  # with one ballot that waits
    held.cast("no", "no")
    held.batch()
    lost(held, copy)
    held.now += timedelta(hours=1)
    with held.at():
        make_batches()
    with held.at(held.box.closes_at):
        close_due()
    assert held.box.state is BoxState.OPEN
    assert current().scalar(select(func.count()).select_from(PendingBallot)) == 1
    assert held.box.log.size == 4


def test_changed_ballots_come_back_from_published_files_and_the_vote_goes_on(held, tmp_path):
    copy = copy_of_database()
    held.change(0, "no")
    held.change(2, "abstain")
    held.batch()
    published = held.export(tmp_path / "published")
    lost(held, copy)
    with held.at():
        done = regain(held.box, published, ())
    assert (done.leaves, done.off_roll) == (2, 0)
    assert held.box.interrupted_at is None
    held.cast("yes")
    held.batch()
    held.close()
    assert held.box.tally == {"yes": 1, "no": 2, "abstain": 2}
    is_genuine(held, tmp_path / "out")
    assert (tmp_path / "out" / "heads.txt").read_text().startswith((published / "heads.txt").read_text())


def test_ballots_that_waited_in_the_backup_are_in_the_log_once(held, tmp_path):
    held.cast("no", "yes", "no")
    copy = copy_of_database()
    held.batch()
    published = held.export(tmp_path / "published")
    lost(held, copy)
    with held.at():
        done = regain(held.box, published, ())
    assert (done.leaves, done.off_roll) == (3, 0)
    assert current().scalar(select(func.count()).select_from(PendingBallot)) == 0
    assert current().scalar(select(func.count()).select_from(Ballot)) == 7
    held.close()
    is_genuine(held, tmp_path / "out")


def test_a_few_ballots_come_back_from_receipts_alone(held, tmp_path):
    held.cast("no", "yes", "no")
    copy = copy_of_database()
    published = held.export(tmp_path / "published")
    held.batch()
    root = current().scalars(select(BoxHead).order_by(BoxHead.number.desc())).first().size
    lost(held, copy)
    receipts = [receipt_file(tmp_path, held, number) for number in (4, 5, 6)]
    with held.at(), pytest.raises(NotRegained, match="nor on a receipt: 1"):
        regain(held.box, published, receipts[:2])
    with held.at():
        assert regain(held.box, published, [*receipts, receipt_file(tmp_path, held, 0)]).leaves == 3
    assert held.box.log.size == root == 7
    held.close()
    is_genuine(held, tmp_path / "out")


def test_a_vote_whose_voters_are_off_the_roll_becomes_void_in_public(held, tmp_path, client, english):
    copy = copy_of_database()
    held.cast("no", "no", "no")
    held.batch()
    published = held.export(tmp_path / "published")
    lost(held, copy)
    with held.at():
        done = regain(held.box, published, ())
        assert (done.leaves, done.off_roll) == (3, 3)
        assert held.box.interrupted_at is not None
        del held.receipts[-3:]
        with pytest.raises(Interrupted):
            held.cast("no")
        give_up(held.box)
    assert held.box.state is BoxState.VOID
    assert "3 people who have voted are no longer on the list" in held.box.reason
    page = client.get("/en/votes/library").get_data(as_text=True)
    assert "3 people who have voted" in page
    assert "has been interrupted" not in page


def test_a_vote_whose_ballots_do_not_come_back_becomes_void_in_public(held, english):
    copy = copy_of_database()
    held.cast("no", "no", "no")
    held.batch()
    lost(held, copy)
    with held.at():
        give_up(held.box)
        make_batches()
    assert "3 ballots of the public log did not come back" in held.box.reason


def test_a_vote_that_had_closed_comes_back_closed(held, tmp_path):
    copy = copy_of_database()
    held.cast("no", "no", "no")
    held.batch()
    held.close()
    tally = held.box.tally
    published = held.export(tmp_path / "published")
    lost(held, copy)
    with held.at():
        assert regain(held.box, published, ()).off_roll == 0
    box = held.box
    assert (box.state, box.tally, box.roll_size, box.interrupted_at) == (BoxState.CLOSED, tally, 7, None)
    is_genuine(held, tmp_path / "out")
    for name in ("ballots.jsonl", "heads.txt", "voted-keys.txt"):
        assert (tmp_path / "out" / name).read_bytes() == (published / name).read_bytes()


@pytest.mark.parametrize(("name", "harm", "words"), [
    ("ballots.jsonl", lambda text: text.replace('"no"', '"yes"', 1), "do not begin with|do not give"),
    ("ballots.jsonl", lambda text: "\n".join(text.splitlines()[:-1]) + "\n", "nor on a receipt: 1"),
    ("heads.txt", lambda text: text.replace("closes 2026", "closes 2027"), "not signed for this vote"),
    ("heads.txt", lambda text: "", "Heads are missing"),
])
def test_what_is_not_what_was_signed_does_not_come_back(held, tmp_path, name, harm, words):
    copy = copy_of_database()
    held.change(0, "no")
    held.batch()
    held.change(1, "yes")
    held.batch()
    published = held.export(tmp_path / "published")
    lost(held, copy)
    (published / name).write_text(harm((published / name).read_text()))
    with held.at(), pytest.raises(NotRegained, match=words):
        regain(held.box, published, ())
    assert held.box.interrupted_at is not None
    assert held.box.log.size == 4


def test_receipts_of_other_votes_and_made_up_ones_are_refused(held, tmp_path, worker):
    copy = copy_of_database()
    published = held.export(tmp_path / "published")
    held.change(0, "no")
    held.batch()
    other = Held(3, slug="park")
    other.cast("yes")
    strange = receipt_file(tmp_path, other, 0)
    lost(held, copy)
    with held.at(), pytest.raises(NotRegained, match="another vote"):
        regain(held.box, published, [strange])
    mine = receipt_file(tmp_path, held, 0)
    mine.write_text(mine.read_text().replace('\\"no\\"', '\\"yes\\"'))
    with held.at(), pytest.raises(NotRegained, match="no genuine receipt"):
        regain(held.box, published, [mine])


def test_a_sound_vote_is_neither_regained_nor_given_up(held, tmp_path):
    with pytest.raises(Conflict):
        regain(held.box, held.export(tmp_path / "out"), ())
    with pytest.raises(Conflict):
        give_up(held.box)


def test_observers_heads_interrupt_a_vote_whose_kept_head_was_lost_too(held, tmp_path, worker):
    copy = copy_of_database()
    heads = Path(worker.config["SETTINGS"].log_heads_root)
    shutil.copytree(heads, tmp_path / "heads-of-the-backup")
    held.change(0, "no")
    held.batch()
    published = held.export(tmp_path / "published")
    shutil.rmtree(heads)
    shutil.copytree(tmp_path / "heads-of-the-backup", heads)
    assert lost(held, copy) == ()  # nothing here knows
    newest = "".join((published / "heads.txt").read_text().rpartition(f"{held.box.log.name}\n")[1:])
    (tmp_path / "from-an-observer").mkdir()
    (tmp_path / "from-an-observer" / "votes_library.txt").write_text("localhost/" + newest)
    from civicportal.voting.services.kept_heads import take_heads  # noqa: PLC0415 - as `restore --heads` does

    with held.at():
        assert take_heads(tmp_path / "from-an-observer") == ["votes_library.txt"]
        assert [one.name for one in note_restoration(held.now, held.now)] == ["votes/library"]
    assert held.box.interrupted_at is not None


def test_the_commands_say_what_is_back_and_what_is_next(held, tmp_path, worker):
    copy = copy_of_database()
    held.change(0, "no")
    held.batch()
    published = held.export(tmp_path / "published")
    lost(held, copy)
    runner = worker.test_cli_runner()
    with held.at():
        refused = runner.invoke(args=["voting", "regain", "library", "--from", str(tmp_path)])
        done = runner.invoke(args=["voting", "regain", "library", "--from", str(published)])
        over = runner.invoke(args=["voting", "give-up", "library"])
    assert (refused.exit_code, "heads.txt" in refused.output) == (1, True)
    assert done.output == "Ballots back, as they were signed: 1.\nThe vote goes on.\n"
    assert (over.exit_code, "not interrupted" in over.output) == (1, True)


@pytest.mark.parametrize(("locale", "words"), [("ko", "다시 투표해 주세요"), ("en", "Please vote again")])
def test_the_mail_says_who_should_vote_again(held, locale, words):
    copy = copy_of_database()
    lost(held, copy)
    mail = current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "voting.restored", OutboxMessage.channel == "email")).first()
    made = letter(mail.slug, locale, mail.context)
    for text in (made.text, made.html):
        assert words in text
        assert "/votes/library" in text
    assert held.box.question in made.subject


def test_pages_say_that_a_vote_is_interrupted_or_came_back(held, client, english):
    copy = copy_of_database()
    held.cast("no", "no", "no")
    held.batch()
    lost(held, copy)
    with held.at():
        page = client.get("/en/votes/library").get_data(as_text=True)
    assert "has been interrupted since" in page
    assert "Nobody can vote while" in page
    put_back(copy)
    for path in Path(client.application.config["SETTINGS"].log_heads_root).glob("*.txt"):
        path.unlink()
    with held.at():
        note_restoration(held.now, held.now)
        assert "came back as it was" in client.get("/en/votes/library").get_data(as_text=True)
    assert ballot_box("library") is not None
