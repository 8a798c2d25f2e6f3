"""Monthly thresholds: the votes with most yes at the month's last instant, ties and all."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from civicportal.core import events
from civicportal.core.clock import at
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, Crossing, Round, Silence
from civicportal.voting.news import BoxClosed, ThresholdCrossed, ThresholdMissed
from civicportal.voting.services import closing, rounds
from civicportal.voting.services.batches import make_batch, make_batches
from civicportal.voting.services.closing import close_due, finish_due
from civicportal.voting.services.opening import void_box
from civicportal.voting.services.rounds import end_of, hold_rounds, leave_rounds, month_of
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.states import PolicyKind
from tests.factories.voting import open_secret_box, voters
from tests.voting.ballots import Killed, at_once, heads, killed_before, logged, pend, pending, set_threshold

DAY = timedelta(days=1)
# The month of May ends when June begins in Seoul.
MAY_ENDS = datetime(2026, 5, 31, 15, tzinfo=UTC)
JUNE_ENDS = datetime(2026, 6, 30, 15, tzinfo=UTC)
START = datetime(2026, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def month(worker, heard):
    """Twelve voters, and the tenth of May."""
    with at(START):
        voters(12)
        yield


def box_with(yes, policy, *, batched=True, closes_at=JUNE_ENDS + 5 * DAY):
    box = open_secret_box(0, policy_id=policy.id, opens_at=START, closes_at=closes_at)
    pend(box, *["yes"] * yes)
    if batched and yes:
        with at(START + timedelta(hours=1)):
            make_batch(box, force=True)
    return box


def monthly(places, **version):
    return set_threshold(PolicyKind.MONTHLY, places, **version)


def held():
    current().rollback()
    return current().scalars(select(Round).order_by(Round.month)).all()


def crossed():
    current().rollback()
    return current().scalars(select(Crossing.box_id).order_by(Crossing.box_id)).all()


def hold(moment):
    with at(moment):
        hold_rounds()


def test_months_end_on_the_clocks_of_the_portal(app):
    assert month_of(MAY_ENDS) == "2026-06"
    assert month_of(MAY_ENDS - timedelta(microseconds=1)) == "2026-05"
    assert end_of("2026-05") == MAY_ENDS
    assert end_of("2026-12") == datetime(2026, 12, 31, 15, tzinfo=UTC)


def test_the_votes_with_most_yes_cross_at_a_head_of_that_instant(month, heard):
    policy = monthly(2)
    few, most, many = (box_with(yes, policy) for yes in (4, 6, 5))
    hold(MAY_ENDS - timedelta(seconds=1))
    assert held() == []
    hold(MAY_ENDS)
    [found] = held()
    assert (found.month, found.at, found.policy_id) == ("2026-05", MAY_ENDS, policy.id)
    assert found.entries == [
        {"slug": most.slug, "head": 2, "yes": 6, "crossed": True},
        {"slug": many.slug, "head": 2, "yes": 5, "crossed": True},
        {"slug": few.slug, "head": 2, "yes": 4, "crossed": False},
    ]
    assert all(heads(box)[-1].at == MAY_ENDS for box in (few, most, many))
    assert crossed() == sorted([most.id, many.id])
    row = current().get_one(Crossing, most.id)
    assert (row.head_number, row.yes, row.round_id) == (2, 6, found.id)
    assert heard == [ThresholdCrossed(most.id, 2), ThresholdCrossed(many.id, 2)]


def test_all_that_tie_for_the_last_place_cross(month):
    policy = monthly(2)
    boxes = [box_with(yes, policy) for yes in (6, 4, 4, 4, 3)]
    hold(MAY_ENDS)
    assert crossed() == [box.id for box in boxes[:4]]


def test_a_tie_above_the_last_place_adds_nobody(month):
    policy = monthly(2)
    boxes = [box_with(yes, policy) for yes in (5, 5, 4)]
    hold(MAY_ENDS)
    assert crossed() == [box.id for box in boxes[:2]]


def test_nobody_crosses_without_a_yes(month):
    policy = monthly(3)
    boxes = [box_with(yes, policy) for yes in (3, 0, 0)]
    hold(MAY_ENDS)
    assert crossed() == [boxes[0].id]
    assert [entry["crossed"] for entry in held()[0].entries] == [True, False, False]


def test_what_has_crossed_leaves_its_place_to_others(month):
    policy = monthly(1)
    first, second = box_with(6, policy), box_with(4, policy)
    hold(MAY_ENDS)
    hold(JUNE_ENDS)
    assert crossed() == [first.id, second.id]
    assert [entry["slug"] for entry in held()[1].entries] == [second.slug]


def test_ballots_too_few_for_a_batch_stay_out_of_the_round(month):
    policy = monthly(1)
    many, few = box_with(4, policy, batched=False), box_with(2, policy, batched=False)
    hold(MAY_ENDS)
    assert len(logged(many)) == 4
    assert pending(few) == 2
    assert {entry["slug"]: entry["yes"] for entry in held()[0].entries} == {many.slug: 4, few.slug: 0}


def test_what_closed_in_the_month_takes_part_with_its_last_head_and_is_missed_if_it_fails(month, heard):
    policy = monthly(1)
    closed = box_with(5, policy, closes_at=START + 3 * DAY)
    beaten = box_with(4, policy, closes_at=START + 3 * DAY)
    running = box_with(3, policy)
    with at(START + 3 * DAY):
        close_due()
        judge_due()
    assert heard == [BoxClosed(closed.id), BoxClosed(beaten.id)]
    with at(START + 12 * DAY):
        finish_due()
    hold(MAY_ENDS)
    assert heard[2:] == [ThresholdCrossed(closed.id, 2), ThresholdMissed(beaten.id)]
    assert held()[0].entries[0] == {"slug": closed.slug, "head": 2, "yes": 5, "crossed": True}
    hold(JUNE_ENDS)
    assert crossed() == [closed.id, running.id]
    assert len(heard) == 5


def test_what_closes_with_the_month_takes_part_once_it_is_counted(month, heard):
    policy = monthly(1)
    box = box_with(4, policy, closes_at=MAY_ENDS)
    box_with(3, policy)
    with at(MAY_ENDS):
        hold_rounds()
        close_due()
        hold_rounds()
    assert crossed() == [box.id]


def test_what_closes_with_the_month_and_fails_is_missed_and_not_compared_again(month, heard):
    policy = monthly(1)
    beaten, other = box_with(3, policy, closes_at=MAY_ENDS), box_with(4, policy)
    with at(MAY_ENDS):
        close_due()
        hold_rounds()
    assert heard[1:] == [ThresholdCrossed(other.id, 2), ThresholdMissed(beaten.id)]
    hold(JUNE_ENDS)
    assert [round_.month for round_ in held()] == ["2026-05"]


@pytest.mark.parametrize("early", [DAY, timedelta(seconds=30), timedelta(0)])
def test_the_round_waits_for_the_count_of_every_vote_that_closes_by_then(month, early):
    """Ballots that wait for the last head may decide who is ahead."""
    policy = monthly(1)
    late, other = box_with(2, policy, closes_at=MAY_ENDS - early), box_with(3, policy)
    pend(late, "yes")
    with at(MAY_ENDS + timedelta(seconds=1)):
        make_batch(late, force=True)  # also where a head was signed after the month's end
    pend(late, "yes")
    hold(MAY_ENDS + timedelta(minutes=1))
    assert held() == []
    with at(MAY_ENDS + timedelta(minutes=2)):
        close_due()
        hold_rounds()
    assert held()[0].entries == [
        {"slug": late.slug, "head": heads(late)[-1].number, "yes": 4, "crossed": True},
        {"slug": other.slug, "head": 2, "yes": 3, "crossed": False}]


def test_a_later_month_is_not_compared_before_one_that_waits(month, monkeypatch):
    policy = monthly(1)
    late = box_with(2, policy, closes_at=MAY_ENDS - DAY)
    box_with(3, policy)
    killed_before(monkeypatch, closing, "_publish")
    with at(MAY_ENDS - DAY), pytest.raises(Killed):
        close_due()
    hold(JUNE_ENDS)
    assert held() == []
    with at(JUNE_ENDS + timedelta(minutes=1)):
        close_due()
        hold_rounds()
    assert late.slug in {entry["slug"] for entry in held()[0].entries}


def test_what_went_on_without_its_threshold_takes_no_place_and_ends_with_its_vote(month, heard):
    policy = monthly(1)
    brought, other = box_with(6, policy, closes_at=MAY_ENDS + 3 * DAY), box_with(4, policy)
    with atomic() as session:
        leave_rounds(session.get_one(Box, brought.id))
    hold(MAY_ENDS)
    assert crossed() == [other.id]
    assert [entry["slug"] for entry in held()[0].entries] == [other.slug]
    assert heads(brought)[-1].at < MAY_ENDS
    with at(MAY_ENDS + 3 * DAY):
        hold_rounds()
        assert ThresholdMissed(brought.id) not in heard
        close_due()
        hold_rounds()
        hold_rounds()
    assert heard.count(ThresholdMissed(brought.id)) == 1


def test_each_version_of_a_rule_has_a_list_of_its_own(month):
    """A vote keeps the version that was frozen when it opened."""
    first = monthly(1)
    old = box_with(3, first)
    second = monthly(2, version=2)
    new = [box_with(yes, second) for yes in (5, 6)]
    hold(MAY_ENDS)
    assert sorted((row.policy_id, [entry["slug"] for entry in row.entries]) for row in held()) == [
        (first.id, [old.slug]), (second.id, [new[1].slug, new[0].slug])]
    assert crossed() == sorted([old.id, *(box.id for box in new)])


def test_a_void_vote_takes_no_part(month):
    policy = monthly(1)
    wrong, right = box_with(6, policy), box_with(4, policy)
    void_box(SYSTEM, wrong, reason="The question was wrong.")
    hold(MAY_ENDS)
    assert [entry["slug"] for entry in held()[0].entries] == [right.slug]


def test_a_vote_that_opened_later_takes_no_part(month):
    policy = monthly(1)
    box_with(3, policy)
    with at(MAY_ENDS):
        late = open_secret_box(0, policy_id=policy.id, opens_at=MAY_ENDS, closes_at=JUNE_ENDS)
        hold_rounds()
    assert late.slug not in {entry["slug"] for entry in held()[0].entries}


def test_each_policy_has_a_round_of_its_own(month):
    here, there = monthly(1), monthly(1, scope="other")
    boxes = [box_with(3, here), box_with(4, here), box_with(3, there)]
    hold(MAY_ENDS)
    assert crossed() == [boxes[1].id, boxes[2].id]
    assert len(held()) == 2


def test_months_without_votes_have_no_round(month):
    monthly(1)
    hold(JUNE_ENDS)
    assert held() == []


def test_a_round_that_was_not_held_in_time_shows_the_first_head_after_the_end(month):
    policy = monthly(1)
    first, second = box_with(4, policy), box_with(3, policy)
    with at(JUNE_ENDS + 3 * DAY):
        pend(second, "yes", "yes", "yes")
        hold_rounds()
    may, june = held()
    assert [(entry["slug"], entry["yes"]) for entry in may.entries] == [(second.slug, 6), (first.slug, 4)]
    assert [entry["slug"] for entry in june.entries] == [first.slug]
    assert may.at == june.at == JUNE_ENDS + 3 * DAY


def test_a_silence_keeps_the_round_waiting_but_not_the_heads(month, heard):
    policy = monthly(1)
    box = box_with(3, policy)
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=MAY_ENDS - DAY, ends_at=MAY_ENDS + DAY))
    hold(MAY_ENDS)
    assert heads(box)[-1].at == MAY_ENDS
    assert held() == []
    with at(MAY_ENDS + timedelta(hours=1)):
        pend(box, "yes", "yes", "yes")
        make_batches()
    hold(MAY_ENDS + DAY)
    assert held()[0].entries == [{"slug": box.slug, "head": 2, "yes": 3, "crossed": True}]
    assert heard == [ThresholdCrossed(box.id, 2)]


@pytest.mark.parametrize("step", ["head_since", "insert_new", "_decide", "cross"])
def test_a_worker_killed_before_a_step_is_followed_by_one_that_holds_the_round(month, heard, monkeypatch, step):
    policy = monthly(1)
    box, _other = box_with(4, policy), box_with(3, policy)
    killed_before(monkeypatch, rounds, step)
    with pytest.raises(Killed):
        hold(MAY_ENDS)
    assert held() == []
    for minute in range(3):
        hold(MAY_ENDS + timedelta(minutes=minute))
    assert len(held()) == 1
    assert heard == [ThresholdCrossed(box.id, 2)]


def test_a_subscriber_that_fails_leaves_no_half_of_a_round(month, heard, monkeypatch):
    def fail(_news):
        raise ZeroDivisionError

    policy = monthly(2)
    boxes = [box_with(4, policy), box_with(3, policy)]
    with monkeypatch.context() as patch:
        patch.setitem(events._handlers, ThresholdCrossed, [heard.append, fail])
        with pytest.raises(ZeroDivisionError):
            hold(MAY_ENDS)
    assert held() == crossed() == []
    hold(MAY_ENDS)
    assert crossed() == [box.id for box in boxes]


def test_several_workers_hold_one_round(worker, heard):
    """Threads have no moved clock: the votes opened in a month that is long over."""
    voters(12)
    policy = monthly(1)
    with at(START):
        box, _other = box_with(4, policy), box_with(3, policy)
    with atomic() as session:
        session.get_one(Box, box.id).closes_at = START + 3650 * DAY
    assert at_once(worker, *[hold_rounds] * 5) == []
    rows = held()
    assert len({row.month for row in rows}) == len(rows)
    assert heard.count(ThresholdCrossed(box.id, 2)) == 1
    assert crossed()[0] == box.id
