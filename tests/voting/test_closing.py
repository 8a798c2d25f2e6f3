"""Extending, closing, counting and finishing a vote, whoever is killed in between."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select, text, update

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import at, now
from civicportal.core.dialect import is_sqlite
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.voting import services
from civicportal.voting.canonical import canonical
from civicportal.voting.models import (
    Box,
    BoxExtension,
    Dispute,
    ElectorateMember,
    Head,
    PromiseClaim,
    RollEntry,
    Silence,
)
from civicportal.voting.news import BoxClosed
from civicportal.voting.notes import parse_checkpoint
from civicportal.voting.services import batches, closing
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.casting import cast_open
from civicportal.voting.services.closing import close_due, extend_box, finish_due
from civicportal.voting.states import BoxState, ClaimState, DisputeState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.voting import open_secret_box, vote, voters
from tests.voting.ballots import (
    Killed,
    at_once,
    change,
    counts,
    heads,
    killed_before,
    logged,
    open_by_name,
    pend,
    pending,
)

DAY = timedelta(days=1)


@pytest.fixture
def box(worker, heard):
    found = open_secret_box(12)
    make_batches()
    return found


def seen(box):
    current().rollback()
    return current().get_one(Box, box.id)


def roll(box):
    current().rollback()
    return current().scalars(select(RollEntry.key).where(RollEntry.box_id == box.id)).all()


def test_a_vote_closes_at_its_instant_and_not_before(box, heard):
    pend(box, "yes", "no")
    with at(box.closes_at - timedelta(microseconds=1)):
        close_due()
    assert seen(box).state is BoxState.OPEN
    with at(box.closes_at):
        close_due()
    assert seen(box).state is BoxState.CLOSED
    assert heard == [BoxClosed(box.id)]


def test_closing_logs_what_is_pending_counts_and_signs(box):
    nonces = pend(box, "yes", "yes", "no", "yes")
    make_batches()
    change(box, nonces[0], "abstain")
    pend(box, "no")
    with at(box.closes_at):
        close_due()
    closed = seen(box)
    assert pending(box) == 0
    assert len(logged(box)) == 6
    assert closed.tally == counts(yes=2, no=2, abstain=1)
    assert (closed.roll_size, closed.levels) == (5, {"1": 5})
    assert (closed.closed_at, closed.counted_at) == (box.closes_at, box.closes_at)
    last = heads(box)[-1]
    assert (last.counts, last.size) == (closed.tally, 6)
    lines = parse_checkpoint(current().get_one(Head, last.head_id).note).lines
    keys = "".join(f"{key}\n" for key in sorted(roll(box)))
    assert list(lines)[-2:] == ["tally", "voted-keys"]
    assert lines["tally"] == sha256(canonical(closed.tally).encode()).hexdigest()
    assert lines["voted-keys"] == sha256(keys.encode()).hexdigest()


def test_a_vote_in_which_nobody_voted_has_a_tally_too(box, heard):
    with at(box.closes_at):
        close_due()
    assert seen(box).tally == counts()
    assert [head.size for head in heads(box)] == [0, 0]
    assert heard == [BoxClosed(box.id)]


def test_voters_are_counted_by_the_level_they_were_admitted_with(box):
    with atomic() as session:
        some = session.scalars(select(ElectorateMember.key).where(ElectorateMember.box_id == box.id).limit(12)).all()
        session.execute(update(ElectorateMember).where(ElectorateMember.key.in_(some[:5])).values(level=2))
    pend(box, *["yes"] * 12)
    with at(box.closes_at):
        close_due()
    assert seen(box).levels == {"1": 7, "2": 5}


def test_the_roll_is_written_anew_in_the_order_of_its_keys(box):
    pend(box, "yes", "no", "yes", "no")
    with at(box.closes_at):
        close_due()
    found = roll(box)
    assert found == sorted(found)
    if not is_sqlite(current()):
        rows = current().execute(text(
            "SELECT key, xmin::text FROM roll WHERE box_id = :box ORDER BY ctid"), {"box": box.id}).all()
        assert [row.key for row in rows] == sorted(found)
        assert len({row.xmin for row in rows}) == 1


def test_what_was_deleted_is_scrubbed_before_the_tally_is_public(box, monkeypatch):
    done = []
    scrub, publish = batches.scrub, closing._publish
    monkeypatch.setattr(batches, "scrub", lambda tables: done.append(set(tables)) or scrub(tables))
    monkeypatch.setattr(closing, "_publish", lambda box: done.append("tally") or publish(box))
    pend(box, "yes", "no")
    with at(box.closes_at):
        close_due()
    assert done == [{"pending_ballots", "roll"}, "tally"]


STEPS = ["_shut", "log_pending", "settle_roll", "remove_traces", "_publish", "add_head", "publish"]


@pytest.mark.parametrize("step", STEPS)
def test_whoever_is_killed_before_a_step_is_followed_by_one_that_does_the_rest(box, heard, monkeypatch, step):
    pend(box, "yes", "no", "yes", "yes")
    killed_before(monkeypatch, closing, step)
    with at(box.closes_at), pytest.raises(Killed):
        close_due()
    assert seen(box).tally is None
    assert heard == []
    for minute in range(3):
        with at(box.closes_at + timedelta(minutes=minute)):
            close_due()
    assert seen(box).tally == counts(yes=3, no=1)
    assert [head.size for head in heads(box)] == [0, 4]
    assert heard == [BoxClosed(box.id)]


def test_the_last_head_is_not_published_when_a_subscriber_fails(box, monkeypatch):
    def fail(_news):
        raise ZeroDivisionError

    pend(box, "yes")
    with monkeypatch.context() as patch, at(box.closes_at):
        patch.setattr(closing, "publish", fail)
        with pytest.raises(ExceptionGroup):
            close_due()
    assert len(heads(box)) == 1
    assert len(logged(box)) == 1  # its promise is kept all the same
    with at(box.closes_at):
        close_due()
    assert [head.number for head in heads(box)] == [1, 2]


def test_several_workers_close_once(worker, box, heard):
    pend(box, "yes", "no", "yes", "yes")
    with atomic() as session:
        session.execute(update(Box).values(closes_at=now() - timedelta(seconds=1)))
    assert at_once(worker, *[close_due] * 4) == []
    assert [head.size for head in heads(box)] == [0, 4]
    assert heard == [BoxClosed(box.id)]
    assert seen(box).roll_size == 4


def test_whoever_comes_second_to_publish_publishes_nothing(box, heard):
    with at(box.closes_at):
        close_due()
        closing._publish(seen(box))
    assert len(heads(box)) == 2
    assert heard == [BoxClosed(box.id)]


def test_nobody_casts_once_it_has_begun_to_close(box, monkeypatch):
    person = voters(1)[0]
    killed_before(monkeypatch, closing, "log_pending")
    with at(box.closes_at), pytest.raises(Killed):
        close_due()
    with pytest.raises(services.BoxClosed):  # by a clock that is behind
        vote(person, box)


def test_votes_cast_while_it_closes_are_counted_or_refused(worker, heard):
    people = voters(12)
    box = open_secret_box(people)
    box_id, ids = box.id, [person.id for person in people]
    with atomic() as session:
        session.execute(update(Box).values(closes_at=now() + timedelta(seconds=0.4)))
    accepted = []

    def cast_all(some):
        for person_id in some:
            try:
                vote(current().get_one(type(people[0]), person_id), current().get_one(Box, box_id))
                accepted.append(person_id)
            except services.BoxClosed:
                pass

    def close_often():
        while current().get_one(Box, box_id).counted_at is None:
            current().rollback()
            close_due()

    assert at_once(worker, lambda: cast_all(ids[::2]), lambda: cast_all(ids[1::2]), close_often) == []
    assert pending(box) == 0
    assert seen(box).roll_size == len(accepted) == sum(seen(box).tally.values())


def test_a_worker_whose_clock_is_ahead_closes_early_and_one_behind_changes_nothing(box, heard):
    pend(box, "yes")
    with at(box.closes_at + timedelta(minutes=3)):
        close_due()
    with at(box.closes_at - timedelta(minutes=3)):
        close_due()
        make_batches()
    assert seen(box).closed_at == box.closes_at
    assert heard == [BoxClosed(box.id)]


def test_one_that_cannot_be_closed_does_not_hold_up_the_next(box, heard):
    other = open_secret_box(0, closes_at=box.closes_at)
    with atomic() as session:
        session.execute(update(Head).where(Head.log_id == box.log_id).values(note="forged"))
    with at(box.closes_at), pytest.raises(ExceptionGroup):
        close_due()
    assert heard == [BoxClosed(other.id)]
    assert seen(box).counted_at is None


def test_a_vote_by_name_is_over_when_every_member_has_voted(worker, heard):
    members = [PersonFactory() for _ in range(3)]
    box = open_by_name(*members)
    for person in members[:2]:
        cast_open(actor_for(person), box, choice="yes")
    close_due()
    assert seen(box).state is BoxState.OPEN
    cast_open(actor_for(members[2]), box, choice="no")
    close_due()
    assert seen(box).tally == counts(yes=2, no=1)
    assert seen(box).closed_at < box.closes_at
    assert heard == [BoxClosed(box.id)]


def test_a_silence_keeps_the_tally_back_and_the_log_goes_on(worker, heard):
    """A vote closes a second before a silence begins, and the worker is late."""
    box = open_secret_box(5)
    pend(box, "yes", "no")
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=box.closes_at + timedelta(seconds=1),
                            ends_at=box.closes_at + 3 * DAY))
    for _ in range(2):
        with at(box.closes_at + timedelta(seconds=2)):
            close_due()
    assert seen(box).state is BoxState.CLOSED
    assert pending(box) == 0
    assert [head.size for head in heads(box)] == [2]
    assert heard == []
    with at(box.closes_at + 3 * DAY):
        close_due()
    assert heard == [BoxClosed(box.id)]
    assert [head.size for head in heads(box)] == [2, 2]


def test_a_member_vote_does_not_close_early_in_a_silence(worker, heard):
    member = PersonFactory()
    box = open_by_name(member)
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=now() - DAY, ends_at=now() + DAY))
    cast_open(actor_for(member), box, choice="yes")
    close_due()
    assert seen(box).state is BoxState.OPEN


def test_operators_extend_an_open_vote_for_a_public_reason(box):
    operator, old = staff(Role.OPERATOR), box.closes_at
    extend_box(actor_for(operator), box, closes_at=old + DAY, reason=" The hall was closed. ")
    assert seen(box).closes_at == old + DAY
    row = current().scalars(select(BoxExtension)).one()
    assert (row.old_closes_at, row.new_closes_at, row.reason) == (old, old + DAY, "The hall was closed.")
    assert (row.by_id, row.silence_id, row.batched_at) == (operator.id, None, None)
    assert current().scalars(select(AuditEvent).where(AuditEvent.name == "box:extended")).one().actor_id == operator.id
    with at(old):
        close_due()
    assert seen(box).state is BoxState.OPEN
    with at(old + DAY):
        close_due()
    assert seen(box).state is BoxState.CLOSED


def test_nobody_else_extends(box):
    with pytest.raises(Forbidden):
        extend_box(actor_for(staff(Role.SUPPORT)), box, closes_at=box.closes_at + DAY, reason="Why not.")


@pytest.mark.parametrize(("days", "reason", "field"), [(0, "Later.", "closes_at"), (-1, "Later.", "closes_at"),
                                                       (1, "  ", "reason")])
def test_an_extension_is_later_and_has_a_reason(box, days, reason, field):
    with pytest.raises(Invalid) as refusal:
        extend_box(SYSTEM, box, closes_at=box.closes_at + days * DAY, reason=reason)
    assert list(refusal.value.fields) == [field]


def test_what_is_over_is_not_extended(box):
    later = box.closes_at + DAY
    with at(box.closes_at), pytest.raises(Conflict):  # before the worker came by
        extend_box(SYSTEM, box, closes_at=later, reason="Too late.")
    with at(box.closes_at):
        close_due()
    with pytest.raises(Conflict):
        extend_box(SYSTEM, seen(box), closes_at=later, reason="Too late.")


def test_nobody_extends_into_a_silence(box):
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=box.closes_at + DAY, ends_at=box.closes_at + 3 * DAY))
    with pytest.raises(Invalid):
        extend_box(SYSTEM, box, closes_at=box.closes_at + 2 * DAY, reason="Longer.")
    extend_box(SYSTEM, box, closes_at=box.closes_at + 3 * DAY, reason="Longer.")


def test_a_count_is_final_when_the_days_for_checks_are_over(box):
    with at(box.closes_at):
        close_due()
    with at(box.closes_at + 7 * DAY - timedelta(seconds=1)):
        finish_due()
    assert seen(box).state is BoxState.CLOSED
    with at(box.closes_at + 7 * DAY):
        finish_due()
        finish_due()
    assert seen(box).state is BoxState.FINAL
    assert seen(box).final_at == box.closes_at + 7 * DAY


def test_days_for_checks_begin_when_the_tally_is_public(box):
    with at(box.closes_at + 5 * DAY):  # the worker was away
        close_due()
    with at(box.closes_at + 8 * DAY):
        finish_due()
    assert seen(box).state is BoxState.CLOSED


def test_an_unmet_promise_and_an_open_dispute_keep_a_count_from_being_final(box):
    with at(box.closes_at):
        close_due()
    with atomic() as session:
        session.add_all([
            PromiseClaim(box_id=box.id, leaf_hash="00" * 32, promise="…"),
            Dispute(box_id=box.id, suspects=3, enough=2, due_at=now())])
    with at(box.closes_at + 8 * DAY):
        finish_due()
        assert seen(box).state is BoxState.CLOSED
        with atomic() as session:
            session.execute(update(PromiseClaim).values(state=ClaimState.SETTLED))
        finish_due()
        assert seen(box).state is BoxState.CLOSED
        with atomic() as session:
            session.execute(update(Dispute).values(state=DisputeState.UPHELD))
        finish_due()
    assert seen(box).state is BoxState.FINAL


def test_several_workers_make_it_final_once(worker, box):
    with at(box.closes_at):
        close_due()
    with atomic() as session:
        session.execute(update(Box).values(counted_at=now() - 8 * DAY))
    assert at_once(worker, *[finish_due] * 3) == []
    verbs = current().scalars(select(AuditEvent.name).where(AuditEvent.subject_kind == "box")).all()
    assert verbs.count("box:finish") == 1
