"""A vote that is disputed holds everything up; one that counts no more weighs nothing, and what rests on it lapses."""

from datetime import timedelta

import pytest

from civicportal.committee import services
from civicportal.committee.queries import queue
from civicportal.committee.queries.figures import figures
from civicportal.committee.queries.history import history
from civicportal.committee.states import ItemState, MotionState
from civicportal.core.clock import now
from civicportal.core.errors import Conflict
from civicportal.core.events import publish
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Crossing, Dispute
from civicportal.voting.news import DisputeDecided, ThresholdCrossed
from civicportal.voting.services.opening import void_box
from civicportal.voting.states import DisputeState
from tests.factories.committee import carried, chair_of, closed, moved, queued, referred_task
from tests.factories.forum import in_force
from tests.factories.voting import BoxFactory, open_secret_box

pytestmark = pytest.mark.usefixtures("english")
WHY = "The members were convinced."


def fresh(row):
    current().expire_all()
    return row


def disputed_item(body, **columns):
    """An item whose task had a vote that is disputed."""
    box = BoxFactory()
    item = queued(body, referred_task(box_id=box.id, without_threshold=False), weight=9, **columns)
    with atomic() as session:
        session.add(Dispute(box_id=box.id, suspects=3, enough=2, due_at=now() + timedelta(days=14)))
    return item


def settle(item, *, upheld):
    """What voting does when an operator decides."""
    with atomic() as session:
        dispute = session.query(Dispute).filter_by(box_id=item.box_id).one()
        dispute.state = DisputeState.UPHELD if upheld else DisputeState.OVERTURNED
        dispute.decided_at, dispute.reason = now(), "We looked at every key."
        publish(DisputeDecided(item.box_id, upheld))


def test_a_disputed_vote_holds_up_motions_until_a_person_decides(body):
    item = disputed_item(body)
    assert queue.disputed(item)
    with pytest.raises(Conflict, match="disputed"):
        moved(item)
    settle(item, upheld=True)
    assert moved(item).state is MotionState.OPEN
    assert item.weight == 9


def test_a_disputed_vote_holds_up_the_recording_of_what_was_carried(app, tmp_path, body):
    box = BoxFactory()
    item = queued(body, referred_task(box_id=box.id, without_threshold=False), weight=9)
    motion = carried(app, tmp_path, item)
    with atomic() as session:
        session.add(Dispute(box_id=box.id, suspects=3, enough=2, due_at=now() + timedelta(days=14)))
    with pytest.raises(Conflict, match="disputed"):
        services.record_decision(chair_of(body), item, motion, reasons=WHY)
    settle(item, upheld=True)
    services.record_decision(chair_of(body), item, motion, reasons=WHY)
    assert item.state is ItemState.FORWARDED


def test_a_result_that_does_not_stand_weighs_nothing_and_motions_on_it_lapse(app, tmp_path, body, support):
    item, leader = disputed_item(body), queued(body)
    services.join_items(support, item, leader, reason=WHY)
    with pytest.raises(Conflict, match="disputed"):
        moved(leader)
    with atomic() as session:
        session.query(Dispute).delete()
    motion = moved(leader)
    with atomic() as session:
        session.add(Dispute(box_id=item.box_id, suspects=3, enough=2, due_at=now() + timedelta(days=14)))
    settle(item, upheld=False)
    assert (fresh(item).weight, item.state, motion.state) == (0, ItemState.QUEUED, MotionState.LAPSED)
    with pytest.raises(Conflict):
        services.vote(chair_of(body), motion, choice="yes")
    closed(app, tmp_path, motion)
    assert fresh(motion).state is MotionState.LAPSED
    assert moved(leader).state is MotionState.OPEN


def test_a_dispute_about_the_members_own_vote_holds_it_up_as_well(app, tmp_path, item, body):
    motion = carried(app, tmp_path, item)
    with atomic() as session:
        session.add(Dispute(box_id=motion.box_id, suspects=1, enough=1, due_at=now() + timedelta(days=14)))
    with pytest.raises(Conflict, match="disputed"):
        services.record_decision(chair_of(body), item, motion, reasons=WHY)
    with atomic() as session:
        session.query(Dispute).one().state = DisputeState.OVERTURNED
        publish(DisputeDecided(motion.box_id, upheld=False))
    assert fresh(motion).state is MotionState.LAPSED


def test_a_void_vote_of_the_citizens_weighs_nothing_either(body):
    box = open_secret_box(3)
    item = queued(body, referred_task(box_id=box.id, without_threshold=False), weight=9)
    motion = moved(item)
    void_box(SYSTEM, box, reason="The question was wrong.")
    assert (fresh(item).weight, item.state, motion.state) == (0, ItemState.QUEUED, MotionState.LAPSED)
    assert figures(item).box.reason == "The question was wrong."


def test_a_vote_that_is_disputed_again_shows_the_newest_and_every_one(body):
    item = disputed_item(body)
    settle(item, upheld=True)
    with atomic() as session:
        session.add(Dispute(box_id=item.box_id, suspects=4, enough=2, due_at=now() + timedelta(days=14)))
    newest = current().query(Dispute).order_by(Dispute.id.desc()).first()
    assert queue.disputes([item]) == queue.open_disputes([item]) == {item.id: newest}
    assert queue.disputed(item)
    titles = [step.title for step in history(item)]
    assert titles.count("The citizens’ vote is disputed") == 2
    assert "The dispute is settled: the result stands" in titles


def test_what_crossed_by_itself_weighs_what_its_own_head_counted(body):
    """Only what was brought without a threshold follows a later crossing."""
    policy, box = in_force(), BoxFactory()
    item = queued(body, referred_task(box_id=box.id, without_threshold=False), weight=9)
    with atomic() as session:
        session.add(Crossing(box_id=box.id, head_number=2, policy_id=policy.id, yes=3, at=now()))
        session.flush()
        publish(ThresholdCrossed(box.id, 2))
    assert fresh(item).weight == 9
