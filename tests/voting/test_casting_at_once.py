"""Many at the same moment: what the database decides when two transactions meet."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.dialect import lock_box
from civicportal.core.errors import Conflict
from civicportal.core.permissions import SYSTEM
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Ballot, Box, PendingBallot, RollEntry
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services import AlreadyVoted, BoxClosed, Change, Clash, Receipt, cast
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.closing import close_box
from civicportal.voting.states import BOX
from civicportal.voting.trackers import new_nonce
from tests.factories.voting import as_worker, open_secret_box, vote, voters

THREADS = 8


@pytest.fixture
def people(app):
    return voters(THREADS)


@pytest.fixture
def box(people):
    return open_secret_box(people)


def ballot(app, person, box, **given):
    """Cast in a thread of one's own: a call that gives a receipt, or what was raised."""
    actor, box_id = actor_for(person), box.id

    def call():
        with app.app_context():
            try:
                mine = current().get_one(Box, box_id)
                return cast(voter_of(actor, mine), mine, **{"choice": "yes", "nonce": new_nonce(), **given})
            except Conflict as refusal:
                return refusal

    return call


def together(*calls):
    """What each call gives, all begun at the same moment."""
    results, barrier = [None] * len(calls), threading.Barrier(len(calls))

    def run(place, call):
        barrier.wait()
        try:
            results[place] = call()
        except Exception as failure:
            results[place] = failure

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def waiting(call):
    """Begin the call in a thread, in which it has to wait for something; a function that gives its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    thread.join(0.5)
    assert not results, "it did not wait"

    def result():
        thread.join()
        return results[0]

    return result


def rows(table, box):
    current().rollback()
    return current().scalar(select(func.count()).where(table.box_id == box.id))


def test_one_voter_many_ballots(app, people, box):
    given = together(*[ballot(app, people[0], box) for _ in range(THREADS)])
    assert sum(isinstance(one, Receipt) for one in given) == 1
    assert sum(type(one) is AlreadyVoted for one in given) == THREADS - 1
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (1, 1)


def test_one_form_many_times(app, people, box):
    nonce = new_nonce()
    given = together(*[ballot(app, people[0], box, nonce=nonce) for _ in range(THREADS)])
    assert isinstance(given[0], Receipt)
    assert given == [given[0]] * THREADS
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (1, 1)


def test_many_voters_one_nonce(app, people, box):
    nonce = new_nonce()
    given = together(*[ballot(app, person, box, nonce=nonce) for person in people])
    assert sum(isinstance(one, Receipt) for one in given) == 1
    assert sum(type(one) is Clash for one in given) == THREADS - 1
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (1, 1)


def test_many_voters_do_not_hinder_each_other(app, people, box):
    given = together(*[ballot(app, person, box) for person in people])
    assert len({one.tracker for one in given}) == THREADS
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (THREADS, THREADS)


def test_one_ballot_is_replaced_once(app, people, box):
    before = vote(people[0], box)
    change = Change(before.tracker, before.change_secret)
    given = together(*[ballot(app, people[0], box, choice="no", change=change) for _ in range(THREADS)])
    assert sum(isinstance(one, Receipt) for one in given) == 1
    assert rows(PendingBallot, box) == 2


@pytest.mark.parametrize("change", [False, True])
def test_a_tracker_that_a_batch_is_moving_is_a_clash(app, people, box, change):
    """The pending row is gone and the ballot is not to be seen yet: whoever looked first would find neither."""
    nonce = new_nonce()
    taken, mine = vote(people[0], box, nonce=nonce), vote(people[1], box)
    replaced = {"change": Change(mine.tracker, mine.change_secret)} if change else {}
    someone = people[1] if change else people[2]
    with atomic() as session:
        session.execute(delete(PendingBallot).where(PendingBallot.tracker == taken.tracker))
        session.execute(insert(Ballot).values(box_id=box.id, tracker=taken.tracker, choice="yes", index=0))
        refused = waiting(ballot(app, someone, box, nonce=nonce, **replaced))
    assert type(refused()) is Clash
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (2, 1)


def test_who_comes_while_the_box_is_being_closed_waits_and_is_refused(app, people, box):
    """By the clock of the web process the box is still open; it is the worker's that closes it."""
    box_id = box.id
    late = ballot(app, people[0], box)
    with atomic() as session:
        lock_box(session, box_id)
        apply(BOX, current().get_one(Box, box_id), "close", SYSTEM)
        session.flush()
        refused = waiting(late)
    assert type(refused()) is BoxClosed
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (0, 0)


@pytest.mark.parametrize("forced", [False, True])
def test_every_receipt_is_in_the_log_when_the_close_comes_in_between(app, people, tmp_path, forced):
    box = open_secret_box(0, opens_at=now().replace(microsecond=0) - timedelta(hours=1),
                          closes_at=now().replace(microsecond=0) + timedelta(hours=1))
    box_id, closing = box.id, box.closes_at

    def close():
        with app.app_context(), at(closing):
            mine = current().get_one(Box, box_id)
            if forced:
                make_batch(mine, force=True)
            close_box(mine)

    with as_worker(app, tmp_path):
        given = together(close, *[ballot(app, person, box) for person in people])
    receipts = {one.tracker for one in given if isinstance(one, Receipt)}
    assert {type(one) for one in given[1:]} <= {Receipt, BoxClosed}, given
    current().rollback()
    logged = set(current().scalars(select(Ballot.tracker).where(Ballot.box_id == box_id)))
    assert logged == receipts
    assert (rows(RollEntry, box), rows(PendingBallot, box)) == (len(receipts), 0)
    current().expire_all()
    assert sum(current().get_one(Box, box_id).tally.values()) == len(receipts)
