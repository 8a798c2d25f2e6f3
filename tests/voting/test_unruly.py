"""Clocks that differ, long reads, votes that end otherwise than planned: nothing of it stays behind."""

import base64
import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.clock import at, now
from civicportal.core.dialect import is_sqlite
from civicportal.core.errors import Invalid
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.voting.models import Box, Dispute, Observer, RollEntry
from civicportal.voting.queries.trust import dispute_of
from civicportal.voting.services import batches, closing, plan_box, thresholds, void_box
from civicportal.voting.services.batches import make_batch, make_batches
from civicportal.voting.services.closing import close_box, close_due
from civicportal.voting.services.log import HeadRefused
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.trust import decide_dispute, mail_heads, mark_suspects, observe, observers
from civicportal.voting.states import DisputeState, PolicyKind
from tests.factories.voting import LOG_KEY, open_secret_box, vote, voters
from tests.voting.adversary import orders, rows
from tests.voting.ballots import heads, pend, set_threshold
from tests.voting.held import Held, operator, verify
from tests.voting.test_tasks import seen

DAYS = timedelta(days=1)


def test_a_vote_closed_by_a_fast_clock_and_counted_by_a_slow_one_verifies(worker, tmp_path):
    held = Held()
    held.cast("yes", "no")
    with at(held.box.closes_at + timedelta(seconds=5)):
        assert closing._shut(held.box)
    with at(held.box.closes_at - timedelta(seconds=30)):
        close_due()
    held.now = held.box.closes_at
    assert heads(held.box)[-1].at == held.box.closes_at
    status, said = verify(held.export(tmp_path / "out"))
    assert status == 0, said


def test_the_roll_of_a_void_vote_is_in_the_order_of_its_keys(worker):
    people, box = voters(12), open_secret_box(0)
    make_batch(box)
    for number, person in enumerate(people):
        vote(person, box)
        if number % 4 == 3:
            make_batch(seen(box), force=True)
    void_box(operator(), seen(box), reason="The question was wrong.")
    close_due()
    make_batches()
    keys = [row["key"] for row in rows("roll", seen(box))]
    assert (seen(box).roll_size, len(keys), seen(box).scrub_due) == (12, 12, False)
    assert all(order == sorted(keys) for order in orders("roll", seen(box), "key").values())
    if not is_sqlite(current()):
        assert len({row["xmin"] for row in rows("roll", seen(box))}) == 1


def test_what_could_not_be_scrubbed_is_scrubbed_at_a_later_turn(worker, monkeypatch):
    box, tries = open_secret_box(6), iter([False, False, True])
    make_batch(box)
    pend(box, "yes", "no", "yes")
    monkeypatch.setattr(batches, "scrub", lambda _tables: next(tries))
    make_batch(seen(box), force=True)
    assert seen(box).scrub_due
    make_batches()
    assert seen(box).scrub_due
    make_batches()
    assert not seen(box).scrub_due
    make_batches()
    assert next(tries, None) is None


def test_what_was_moved_while_others_were_scrubbed_is_not_forgotten(worker, monkeypatch):
    box = open_secret_box(6)
    make_batch(box)
    pend(box, "yes", "no", "yes")
    scrubbed = batches.scrub

    def meanwhile(tables):
        monkeypatch.setattr(batches, "scrub", scrubbed)
        pend(box, "no")
        assert batches.log_pending(seen(box), batches.anything)
        return True

    monkeypatch.setattr(batches, "scrub", meanwhile)
    make_batch(seen(box), force=True)
    assert seen(box).scrub_due


def test_a_backup_during_the_close_keeps_no_ballot_in_the_files(worker):
    if is_sqlite(current()):
        pytest.skip("readers keep nothing there")
    box = open_secret_box(6)
    make_batch(box)
    pend(box, "yes", "no", "yes")
    current().rollback()
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as backup:
        backup.execute(text("SELECT count(*) FROM roll"))
        with at(box.closes_at):
            close_box(box)
    assert seen(box).scrub_due
    current().rollback()
    with at(box.closes_at + DAYS):
        make_batches()
    current().rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as reader:
        reader.execute(text("CHECKPOINT"))
        raw = reader.scalar(text("SELECT pg_read_binary_file(pg_relation_filepath('pending_ballots'))"))
    assert b'"choice"' not in bytes(raw)


def test_a_key_that_another_has_followed_signs_no_more(worker):
    held = Held(12)
    newer = "new:" + base64.b64encode(b"n" * 32).decode()

    def use(keys):
        worker.config["SETTINGS"] = dataclasses.replace(worker.config["SETTINGS"], log_signing_key=keys)

    use(f"{newer},{LOG_KEY}")
    held.cast("yes")
    held.batch()
    signed = len(heads(held.box))
    use(f"{LOG_KEY},{newer}")
    held.cast("no")
    with held.at(), pytest.raises(HeadRefused):
        make_batch(held.box, force=True)
    assert held.box.log.refused_at is not None
    use(f"{newer},{LOG_KEY}")
    held.batch()
    assert len(heads(held.box)) == signed + 1
    assert held.box.log.refused_at is None


def test_a_vote_that_became_void_meanwhile_crosses_nothing(worker, heard):
    box = open_secret_box(6, policy_id=set_threshold(PolicyKind.NUMBER, 1).id)
    make_batch(box)
    pend(box, "yes")
    make_batch(seen(box), force=True)
    void_box(operator(), seen(box), reason="The question was wrong.")
    thresholds._judge(seen(box))
    assert heard == []


def test_new_suspects_dispute_an_upheld_result_again(worker):
    held = Held(12)
    held.cast(*["yes"] * 6, *["no"] * 4)
    held.close()
    keys = list(current().scalars(select(RollEntry.key).order_by(RollEntry.key)))
    with held.at():
        mark_suspects(operator(), held.box, keys[:2], reason="Two phones, one number.")
        mark_suspects(operator(), held.box, keys[:3], reason="A third one.")
        decide_dispute(operator(), held.box, upheld=True, reason="Three people, seen in person.")
        mark_suspects(operator(), held.box, keys[:3], reason="The same again.")
        assert dispute_of(held.box_id).state is DisputeState.UPHELD
        mark_suspects(operator(), held.box, keys, reason="All from one machine.")
    newest = dispute_of(held.box_id)
    assert (newest.state, newest.suspects) == (DisputeState.OPEN, 10)
    assert current().scalar(select(func.count()).select_from(Dispute)) == 2
    with held.at():
        decide_dispute(operator(), held.box, upheld=False, reason="They were.")
        mark_suspects(operator(), held.box, keys, reason="Again.")
    assert dispute_of(held.box_id).state is DisputeState.OVERTURNED


def test_one_mail_that_fails_keeps_no_other_observer_waiting(worker, monkeypatch):
    held, mail, sent = Held(4), observers._mail, []
    with held.at():
        for number in (0, 1, 2):
            observe(held.actor(number), held.box)
    first = current().scalars(select(Observer.id).order_by(Observer.id)).first()

    def broken(observer_id):
        if observer_id == first:
            raise ZeroDivisionError
        sent.append(observer_id)
        return mail(observer_id)

    monkeypatch.setattr(observers, "_mail", broken)
    with held.at(), pytest.raises(ExceptionGroup):
        mail_heads()
    assert len(sent) == 2


def test_a_vote_has_one_open_dispute_at_a_time(worker):
    box = open_secret_box(3)
    values = {"box_id": box.id, "suspects": 1, "enough": 1, "due_at": now()}
    with atomic() as session:
        session.add(Dispute(**values))
    with pytest.raises(Exception, match=r"UNIQUE|uq_disputes_open"), atomic() as session:
        session.add(Dispute(**values))
    assert current().get_one(Box, box.id)


def test_nothing_is_put_off_for_ever(worker):
    box, far = open_secret_box(3), now() + 401 * DAYS
    with pytest.raises(Invalid) as extended:
        closing.extend_box(operator(), box, closes_at=far, reason="A slip of the hand.")
    with pytest.raises(Invalid) as planned:
        plan_box(operator(), slug="far", question="When?", language="en", opens_at=now(), closes_at=far)
    with pytest.raises(Invalid) as declared:
        declare_silence(operator(), title="Election", starts_at=now(), ends_at=now() + 61 * DAYS)
    assert [list(one.value.fields) for one in (extended, planned, declared)] == [
        ["closes_at"], ["closes_at"], ["ends_at"]]


def test_asking_the_roll_for_keys_is_on_record_though_it_is_refused(worker):
    held = Held(3)
    held.cast("yes")
    with held.at(), pytest.raises(Invalid):
        mark_suspects(operator(), held.box, ["0" * 64, "1" * 64], reason="A look.")
    event = current().scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.name, event.details) == (AuditName.SUSPECTS_NAMED, {"count": 2})
