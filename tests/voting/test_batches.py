"""Pending ballots go into the log in batches that hide who was first, and nothing is lost on the way."""

import base64
import dataclasses
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core import dialect
from civicportal.core.clock import at, now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting import merkle
from civicportal.voting.models import Box, BoxExtension, BoxHead, ElectorateCount, Head, LogLeaf
from civicportal.voting.notes import instant, parse_checkpoint
from civicportal.voting.services import batches, log
from civicportal.voting.services.batches import head_since, make_batch, make_batches
from civicportal.voting.services.casting import cast_open
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.opening import void_box
from tests.factories.accounts import PersonFactory
from tests.factories.voting import open_secret_box, vote, voters
from tests.voting.ballots import (
    Killed,
    at_once,
    change,
    counts,
    heads,
    killed_before,
    killed_before_commit,
    logged,
    open_by_name,
    pend,
    pending,
    tracker,
)


@pytest.fixture
def box(worker):
    found = open_secret_box(12)
    make_batches()
    return found


def rest(app, minutes):
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], ballot_batch_minutes=minutes)


def test_a_vote_gets_its_first_head_before_anybody_has_voted(box):
    [head] = heads(box)
    assert (head.number, head.size, head.counts) == (1, 0, counts())
    assert head.electorate_size == 12
    make_batches()
    assert len(heads(box)) == 1


def test_fewer_first_ballots_than_the_least_number_wait(box):
    nonce, _other = pend(box, "yes", "no")
    again = change(box, nonce, "no")
    change(box, again, "abstain")
    make_batches()
    assert pending(box) == 4
    assert len(heads(box)) == 1


def test_enough_first_ballots_go_together_with_all_that_is_pending(box):
    nonces = pend(box, "yes", "no", "yes")
    change(box, nonces[0], "abstain")
    make_batches()
    assert pending(box) == 0
    assert {ballot.tracker for ballot in logged(box)} > {tracker(box, nonce) for nonce in nonces}
    [_first, head] = heads(box)
    assert (head.size, head.counts) == (4, counts(yes=1, no=1, abstain=1))
    leaves = current().scalars(select(LogLeaf.data).order_by(LogLeaf.index)).all()
    assert current().get(Head, head.head_id).root == merkle.root([merkle.leaf_hash(leaf.encode()) for leaf in leaves])


def test_the_time_between_two_batches_is_kept(worker, box):
    rest(worker, 10)
    pend(box, "yes", "yes", "yes")
    make_batches()  # the first batch waits for nothing
    assert len(logged(box)) == 3
    pend(box, "no", "no", "no")
    last = heads(box)[-1].at
    with at(last + timedelta(minutes=10, seconds=-1)):
        make_batches()
        assert len(logged(box)) == 3
    with at(last + timedelta(minutes=10)):
        make_batches()
        assert len(logged(box)) == 6


def test_the_order_of_casting_is_gone(worker):
    box = open_secret_box(40)
    nonces = pend(box, *["yes", "no"] * 20)
    make_batch(box)
    cast = [tracker(box, nonce) for nonce in nonces]
    found = [ballot.tracker for ballot in logged(box)]
    assert sorted(found) == sorted(cast)
    assert found != cast
    assert found != sorted(cast)


def test_a_changed_vote_stands_behind_the_one_it_replaces(worker):
    box = open_secret_box(12)
    for nonce in pend(box, *["yes"] * 12):
        change(box, change(box, nonce, "no"), "abstain")
    make_batch(box)
    place = {ballot.tracker: ballot.index for ballot in logged(box)}
    changed = [ballot for ballot in logged(box) if ballot.supersedes]
    assert len(changed) == 24
    assert all(place[ballot.supersedes] < ballot.index for ballot in changed)
    assert heads(box)[-1].counts == counts(abstain=12)


def test_a_vote_from_the_log_can_be_changed_in_a_later_batch(box):
    nonces = pend(box, "yes", "yes", "yes")
    make_batches()
    change(box, nonces[0], "no")
    pend(box, "abstain", "abstain", "abstain")
    make_batches()
    assert [head.counts for head in heads(box)] == [counts(), counts(yes=3), counts(yes=2, no=1, abstain=3)]


def test_the_lines_of_a_head(box):
    pend(box, "yes", "yes", "yes")
    make_batches()
    row = current().get(Head, heads(box)[-1].head_id)
    electorate = current().scalars(select(ElectorateCount)).one()
    lines = parse_checkpoint(row.note).lines
    assert list(lines) == ["head", "at", "closes", "box", "electorate"]
    assert lines["closes"] == instant(box.closes_at)
    assert lines["electorate"] == f"12 {base64.b64encode(electorate.root).decode()}"
    assert parse_checkpoint(row.note).origin == f"localhost/votes/{box.slug}"


def test_without_anything_new_there_is_no_head(box):
    pend(box, "yes", "yes", "yes")
    for _ in range(3):
        make_batches()
    assert [head.size for head in heads(box)] == [0, 3]


@pytest.mark.parametrize(("module", "step"), [
    (batches, "append"), (batches, "scrub"), (batches, "sign_box"), (batches, "sign_head"),
    (batches, "count_ballots"), (log, "kept_head"),
])
def test_a_worker_killed_before_any_step_is_followed_by_one_that_does_the_rest(box, monkeypatch, module, step):
    pend(box, "yes", "no", "yes")
    killed_before(monkeypatch, module, step)
    with pytest.raises(Killed):
        make_batches()
    make_batches()
    make_batches()
    assert pending(box) == 0
    assert len(logged(box)) == 3
    assert [head.counts for head in heads(box)] == [counts(), counts(yes=2, no=1)]


def test_a_head_that_was_lost_before_its_commit_is_not_signed_twice(box):
    pend(box, "yes", "no", "yes")
    assert batches.log_pending(box, lambda _box: True)
    with killed_before_commit():
        batches.sign_box(box)
    make_batches()
    assert [head.number for head in heads(box)] == [1, 2]


def test_two_workers_make_one_batch_and_one_head(worker, box):
    pend(box, *["yes"] * 12)
    assert at_once(worker, *[make_batches] * 4) == []
    assert len(logged(box)) == 12
    assert [head.size for head in heads(box)] == [0, 12]


def test_whoever_comes_second_to_sign_signs_nothing(box):
    pend(box, "yes", "no", "yes")
    assert batches.log_pending(box, batches.anything)
    assert batches.sign_box(box).number == 2
    assert batches.sign_box(box) is None
    assert len(heads(box)) == 2


def test_a_batch_waits_for_those_who_are_casting(worker, box):
    """Else what they read before it, and write after it, could be there twice."""
    pend(box, "yes", "no", "yes")
    box_id, casting, done = box.id, threading.Event(), []

    def cast_slowly():
        with atomic() as session:
            session.execute(select(dialect.shares_box(box_id)))
            casting.set()
            time.sleep(0.5)
            done.append("cast")

    def batch():
        casting.wait(60)
        make_batch(current().get_one(Box, box_id))
        done.append("batch")

    assert at_once(worker, cast_slowly, batch) == []
    assert done == ["cast", "batch"]


def test_ballots_cast_meanwhile_are_neither_lost_nor_doubled(worker):
    people = voters(24)
    box = open_secret_box(people)
    box_id, ids = box.id, [person.id for person in people]

    def cast_some(some):
        for person in some:
            vote(current().get_one(Person, person), current().get_one(Box, box_id))

    def batch_often():
        for _ in range(12):
            make_batches()

    groups = [lambda some=ids[start::3]: cast_some(some) for start in range(3)]
    assert at_once(worker, *groups, batch_often) == []
    make_batch(box, force=True)
    assert pending(box) == 0
    assert len({ballot.tracker for ballot in logged(box)}) == 24
    assert heads(box)[-1].counts == counts(yes=24)


def test_everything_pending_is_logged_once_at_the_instant_the_receipts_named(box):
    promised = box.closes_at
    extend_box(SYSTEM, box, closes_at=promised + timedelta(days=1), reason="The hall was closed.")
    pend(box, "yes")
    with at(promised - timedelta(seconds=1)):
        make_batches()
        assert logged(box) == []
    with at(promised):
        make_batches()
        assert len(logged(box)) == 1
        assert current().scalars(select(BoxExtension)).one().batched_at == promised
        pend(box, "no")
        make_batches()
        assert len(logged(box)) == 1


def test_where_nothing_was_pending_at_that_instant_the_next_ballot_waits_for_others(box):
    promised = box.closes_at
    extend_box(SYSTEM, box, closes_at=promised + timedelta(days=1), reason="The hall was closed.")
    with at(promised):
        make_batches()
        pend(box, "yes")
        make_batches()
    assert logged(box) == []


def test_a_vote_by_name_hides_nothing_and_waits_for_nobody(worker):
    rest(worker, 10)
    member, other = PersonFactory(), PersonFactory()
    box = open_by_name(member, other)
    make_batches()
    cast_open(actor_for(member), box, choice="yes")
    make_batches()
    assert heads(box)[-1].counts == counts(yes=1)


def test_what_a_void_vote_has_promised_is_logged_all_the_same(box):
    pend(box, "yes")
    void_box(SYSTEM, box, reason="The question was wrong.")
    make_batches()
    assert pending(box) == 0
    assert heads(box)[-1].size == 1


def test_a_vote_whose_log_is_refused_does_not_hold_up_the_next(worker, box):
    other = open_secret_box(3)
    for some in (box, other):
        pend(some, "yes", "yes", "yes")
    with atomic() as session:
        session.execute(update(Head).where(Head.log_id == box.log_id).values(note="forged"))
    with pytest.raises(ExceptionGroup):
        make_batches()
    assert [head.size for head in heads(other)] == [3]
    assert [head.size for head in heads(box)] == [0]
    assert len(logged(box)) == 3
    assert current().get_one(Box, box.id).log.refused_at is not None


def test_a_head_of_an_instant_takes_along_only_what_is_enough_for_a_batch(worker, box):
    rest(worker, 10)
    moment = heads(box)[-1].at
    pend(box, "yes", "yes")
    with at(moment + timedelta(minutes=1)):
        assert head_since(box, now()).size == 0
        assert pending(box) == 2
        pend(box, "yes")
    with at(moment + timedelta(minutes=2)):
        assert head_since(box, now()).size == 3
        pend(box, "no", "no", "no")
    with at(moment + timedelta(minutes=3)):
        assert head_since(box, now()).size == 6  # however short ago the last batch was
        assert head_since(box, moment + timedelta(minutes=1, seconds=1)).number == 3
    assert [head.number for head in heads(box)] == [1, 2, 3, 4]


def test_several_workers_sign_one_head_of_an_instant(worker, box):
    moment = now() + timedelta(seconds=1)
    with atomic() as session:
        session.execute(update(BoxHead).values(at=moment - timedelta(hours=1)))
    pend(box, "yes", "yes", "yes")
    box_id, past = box.id, moment - timedelta(minutes=1)
    assert at_once(worker, *[lambda: head_since(current().get_one(Box, box_id), past)] * 4) == []
    assert [head.size for head in heads(box)] == [0, 3]


def test_what_was_deleted_is_scrubbed_from_the_files_before_the_head_is_signed(box, monkeypatch):
    done = []
    scrub, sign = batches.scrub, batches.sign_box
    monkeypatch.setattr(batches, "scrub", lambda tables: done.append(set(tables)) or scrub(tables))
    monkeypatch.setattr(batches, "sign_box", lambda box: done.append("sign") or sign(box))
    pend(box, "yes", "yes", "yes")
    make_batches()
    assert done == [{"pending_ballots"}, "sign"]
    assert dialect.scrub({"pending_ballots"})
