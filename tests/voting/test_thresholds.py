"""Policies by version, and crossing exactly once."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from civicportal.accounts.queries import actor_for
from civicportal.core import events
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import at, now
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.models import Box, BoxHead, Crossing, ElectorateCount, Silence
from civicportal.voting.news import BoxClosed, ThresholdCrossed, ThresholdMissed
from civicportal.voting.queries.thresholds import all_policies, latest_version, policy_in_force
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.thresholds import judge_due, set_policy
from civicportal.voting.states import PolicyKind
from tests.factories.accounts import staff
from tests.factories.voting import open_secret_box, voters
from tests.voting.ballots import at_once, change, heads, pend, set_threshold

DAY = timedelta(days=1)


@pytest.fixture
def operator(worker):
    return actor_for(staff(Role.OPERATOR))


def batch(box, *choices):
    nonces = pend(box, *choices)
    make_batches()
    return nonces


def crossing(box):
    current().rollback()
    return current().get(Crossing, box.id)


def number(value, people=12, **rules):
    return open_secret_box(people, policy_id=set_threshold(PolicyKind.NUMBER, value).id, **rules)


def given(**changes):
    return {"scope": "forum", "kind": PolicyKind.NUMBER, "value": 500, "min_level": 1, "reason": "As decided.",
            **changes}


def test_each_version_is_in_force_from_its_instant_on(operator):
    start = now().replace(microsecond=0)
    with at(start):
        first = set_policy(operator, **given())
        second = set_policy(operator, **given(value=100, in_force_at=start + DAY))
    assert (first.version, first.in_force_at, second.version) == (1, start, 2)
    assert policy_in_force("forum", start - timedelta(seconds=1)) is None
    assert policy_in_force("forum", start + DAY - timedelta(seconds=1)) == first
    assert policy_in_force("forum", start + DAY) == second
    assert policy_in_force("other", start + DAY) is None
    assert latest_version("forum") == second
    assert list(all_policies()) == [second, first]
    assert len(current().scalars(select(AuditEvent).where(AuditEvent.name == "policy:set")).all()) == 2


def test_a_vote_keeps_the_version_it_opened_with(operator, heard):
    box = number(3)
    set_policy(operator, **given(value=1))
    batch(box, "yes", "no", "no")
    judge_due()
    assert crossing(box) is None
    batch(box, "yes", "yes", "no")
    judge_due()
    assert crossing(box).policy.version == 1


def test_only_those_with_the_right_set_one(worker):
    with pytest.raises(Forbidden):
        set_policy(actor_for(staff(Role.SUPPORT)), **given())


@pytest.mark.parametrize(("changes", "field"), [
    ({"value": 0}, "value"), ({"value": -1}, "value"), ({"kind": PolicyKind.SHARE, "value": 101}, "value"),
    ({"kind": PolicyKind.MONTHLY, "value": 0}, "value"), ({"min_level": 0}, "min_level"), ({"reason": " "}, "reason"),
    ({"scope": ""}, "scope"),
])
def test_a_policy_that_makes_no_sense_is_refused(operator, changes, field):
    with pytest.raises(Invalid) as refusal:
        set_policy(operator, **given(**changes))
    assert list(refusal.value.fields) == [field]
    assert all_policies() == []


def test_nothing_is_retroactive(operator):
    start = now()
    with pytest.raises(Invalid) as refusal:
        set_policy(operator, **given(in_force_at=start - DAY))
    assert list(refusal.value.fields) == ["in_force_at"]
    set_policy(operator, **given(in_force_at=start + 2 * DAY))
    with pytest.raises(Invalid):
        set_policy(operator, **given(in_force_at=start + DAY))


def test_two_operators_make_two_versions_or_one_is_told(worker):
    actors = [actor_for(staff(Role.OPERATOR)) for _ in range(3)]
    at_once(worker, *[lambda actor=actor: set_policy(actor, **given()) for actor in actors])
    current().rollback()
    versions = [policy.version for policy in all_policies()]
    assert versions == list(range(len(versions), 0, -1))


def test_yes_votes_alone_cross_at_the_first_head_that_has_enough(worker, heard):
    box = number(4)
    batch(box, "no", "no", "abstain")
    batch(box, "yes", "yes", "yes")
    judge_due()
    assert heard == []
    batch(box, "yes", "no", "no")
    batch(box, "yes", "yes", "yes")
    judge_due()
    found = crossing(box)
    assert (found.head_number, found.yes, found.round_id) == (3, 4, None)
    assert heard == [ThresholdCrossed(box.id, 3)]


def test_pending_ballots_do_not_count(worker, heard):
    box = number(2)
    pend(box, "yes", "yes")
    make_batches()
    judge_due()
    assert heard == []


def test_crossing_stays_when_votes_are_changed_afterwards(worker, heard):
    box = number(3)
    nonces = batch(box, "yes", "yes", "yes")
    judge_due()
    for nonce in nonces:
        change(box, nonce, "no")
    batch(box, "no", "no", "no")
    judge_due()
    with at(box.closes_at):
        close_due()
        judge_due()
    assert heads(box)[-1].counts["yes"] == 0
    assert heard == [ThresholdCrossed(box.id, 1), BoxClosed(box.id)]


def test_a_late_judge_finds_the_first_head_even_if_later_ones_have_fewer(worker, heard):
    box = number(3)
    nonces = batch(box, "yes", "yes", "yes")
    change(box, nonces[0], "no")
    batch(box, "no", "no", "no")
    judge_due()
    assert heard == [ThresholdCrossed(box.id, 1)]


def test_a_share_is_one_of_the_electorate_at_the_very_head(worker, heard):
    box = open_secret_box(12, policy_id=set_threshold(PolicyKind.SHARE, 25).id, late_admission=True)
    with atomic() as session:
        session.add(ElectorateCount(box_id=box.id, at=now(), size=13, root=bytes(32)))
    batch(box, "yes", "yes", "yes")
    judge_due()
    assert heard == []  # 3 of 13 is less than a quarter
    assert heads(box)[-1].electorate_size == 13
    with atomic() as session:
        session.add(ElectorateCount(box_id=box.id, at=now(), size=16, root=bytes(32)))
    batch(box, "yes", "no", "no")
    with atomic() as session:
        session.add(ElectorateCount(box_id=box.id, at=now(), size=400, root=bytes(32)))
    batch(box, "no", "no", "no")
    judge_due()
    assert heard == [ThresholdCrossed(box.id, 2)]  # 4 of 16, although 400 may vote by now


def test_exactly_the_share_is_enough_and_a_hair_less_is_not(worker, heard):
    box = open_secret_box(9, policy_id=set_threshold(PolicyKind.SHARE, 34).id)
    batch(box, "yes", "yes", "yes")
    judge_due()
    assert heard == []  # 33.3 per cent
    batch(box, "yes", "no", "no")
    judge_due()
    assert heard == [ThresholdCrossed(box.id, 2)]


def test_without_voters_nothing_is_reached(worker, heard):
    box = open_secret_box(0, policy_id=set_threshold(PolicyKind.SHARE, 1).id)
    make_batches()
    judge_due()
    assert heard == []
    assert heads(box)[0].electorate_size == 0


def test_the_last_head_can_cross_too(worker, heard):
    box = number(2)
    pend(box, "yes", "yes")
    with at(box.closes_at):
        close_due()
        judge_due()
        judge_due()
    assert heard == [BoxClosed(box.id), ThresholdCrossed(box.id, 1)]


def test_what_is_counted_and_has_not_crossed_is_missed_once(worker, heard):
    box = number(4)
    batch(box, "yes", "yes", "yes")
    with at(box.closes_at):
        judge_due()
        close_due()
        for _ in range(3):
            judge_due()
    assert heard == [BoxClosed(box.id), ThresholdMissed(box.id)]
    assert current().get_one(Box, box.id).missed_at == box.closes_at


def test_a_vote_without_a_threshold_neither_crosses_nor_misses(worker, heard):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "yes")
    with at(box.closes_at):
        close_due()
        judge_due()
    assert heard == [BoxClosed(box.id)]
    assert all(head.judged for head in heads(box))


def test_several_workers_cross_once(worker, heard):
    box = number(3)
    batch(box, "yes", "yes", "yes")
    batch(box, "yes", "yes", "yes")
    assert at_once(worker, *[judge_due] * 6) == []
    assert heard == [ThresholdCrossed(box.id, 1)]


def test_several_workers_miss_once(worker, heard):
    box = number(3)
    with at(box.closes_at):
        close_due()
    assert at_once(worker, *[judge_due] * 6) == []
    assert heard == [BoxClosed(box.id), ThresholdMissed(box.id)]


def test_a_judge_waits_for_another_one(worker, heard):
    box = number(3)
    batch(box, "yes", "yes", "yes")
    box_id, held, done = box.id, threading.Event(), []

    def hold():
        with atomic():
            lock(current().get_one(Box, box_id))
            held.set()
            time.sleep(0.5)
            done.append("first")

    def judge():
        held.wait(60)
        judge_due()
        done.append("second")

    assert at_once(worker, hold, judge) == []
    assert done == ["first", "second"]


def test_nothing_is_missed_while_a_head_waits_for_a_silence(worker, heard):
    """The last head comes from a worker whose clock is ahead."""
    box = number(3)
    pend(box, "yes", "yes", "yes")
    with at(box.closes_at + timedelta(minutes=2)):
        close_due()
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=box.closes_at + timedelta(minutes=1),
                            ends_at=box.closes_at + DAY))
    with at(box.closes_at + timedelta(minutes=1)):
        judge_due()
    assert heard == [BoxClosed(box.id)]
    with at(box.closes_at + DAY):
        judge_due()
    assert heard[1:] == [ThresholdCrossed(box.id, 1)]


def test_a_subscriber_that_fails_is_told_again_and_holds_up_neither_the_log_nor_others(worker, heard, monkeypatch):
    def fail(news):
        if news.box_id == box.id:
            raise ZeroDivisionError

    people = voters(12)
    box = number(3, people)
    other = open_secret_box(people, policy_id=box.policy_id)
    for some in (box, other):
        batch(some, "yes", "yes", "yes")
    with monkeypatch.context() as patch:
        patch.setitem(events._handlers, ThresholdCrossed, [fail, heard.append])
        with pytest.raises(ExceptionGroup):
            judge_due()
    assert crossing(box) is None
    assert heard == [ThresholdCrossed(other.id, heads(other)[-1].number)]
    batch(box, "yes", "no", "no")
    assert len(heads(box)) == 2
    judge_due()
    assert heard[1:] == [ThresholdCrossed(box.id, 1)]


def test_heads_of_a_silence_are_judged_after_it(worker, heard):
    box = number(3)
    batch(box, "no", "no", "no")
    begin = heads(box)[-1].at + DAY
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=begin, ends_at=begin + DAY))
    with at(begin):
        batch(box, "yes", "yes", "yes")
        judge_due()
    assert heard == []
    assert [head.judged for head in heads(box)] == [True, False]
    with at(begin + DAY):
        judge_due()
    assert heard == [ThresholdCrossed(box.id, 2)]


def test_a_void_vote_is_not_judged(worker, heard):
    box = number(3)
    batch(box, "yes", "yes", "yes")
    with atomic() as session:
        session.execute(update(Box).values(state="void"))
    judge_due()
    assert heard == []
    assert current().scalars(select(BoxHead.judged)).all() == [False]
