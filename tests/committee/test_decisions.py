"""From a carried motion to the end of an item and its task; items decided together; dates."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.committee import services
from civicportal.committee.models import Decision, Item, Motion
from civicportal.committee.queries import queue
from civicportal.committee.queries.history import history
from civicportal.committee.services import decisions
from civicportal.committee.states import ITEM, MOTION, ItemState, MotionState, Proposal, Seat
from civicportal.core import clock
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import TaskEvent
from civicportal.forum.queries.due import due_of, waiting_for_support
from civicportal.forum.services.support import extend_due
from civicportal.forum.states import TaskState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.committee import (
    BodyFactory,
    carried,
    chair_of,
    closed,
    member_actor,
    moved,
    queued,
    referred_task,
    voted,
)
from tests.factories.forum import supporter_named

pytestmark = pytest.mark.usefixtures("english")
WHY = "The members were convinced."


def recorded(app, folder, item, proposal=Proposal.FORWARD):
    motion = carried(app, folder, item, proposal)
    return services.record_decision(chair_of(item.body), item, motion, reasons=WHY)


def fresh(row):
    current().expire_all()
    return row


def lines(task):
    return [(event.verb, event.who, event.name, event.reason) for event in current().scalars(
        select(TaskEvent).where(TaskEvent.task_id == task.id).order_by(TaskEvent.id))]


@pytest.mark.parametrize(("proposal", "state", "task_state", "verb"), [
    (Proposal.FORWARD, ItemState.FORWARDED, TaskState.IN_COMMITTEE, "committee_forward"),
    (Proposal.RETURN, ItemState.RETURNED, TaskState.RETURNED, "committee_return"),
    (Proposal.DECLINE, ItemState.DECLINED, TaskState.DECLINED, "committee_decline"),
])
def test_a_decision_moves_item_and_task_with_its_reasons(app, tmp_path, item, proposal, state, task_state, verb):
    decision = recorded(app, tmp_path, item, proposal)
    chair = chair_of(item.body).name
    assert (item.state, item.task.state, decision.motion.state) == (state, task_state, MotionState.RECORDED)
    assert (decision.reasons, decision.recorded_by_name, decision.proposal) == (WHY, chair, proposal)
    assert abs(item.decided_at - now()) < timedelta(minutes=1)
    assert lines(item.task)[-1] == (verb, "committee", chair, WHY)
    assert queue.place_of(item) is None
    with pytest.raises(Conflict):
        services.record_decision(chair_of(item.body), item, decision.motion, reasons="again")


@pytest.mark.parametrize("how", ["open", "lost", "inquorate"])
def test_only_a_carried_motion_becomes_a_decision(app, tmp_path, item, how):
    motion = moved(item)
    if how != "open":
        voted(motion, *(("no",) * 3 if how == "lost" else ("yes",)))
        closed(app, tmp_path, motion)
    with pytest.raises(Conflict):
        services.record_decision(chair_of(item.body), item, motion, reasons=WHY)
    assert fresh(item).state is ItemState.QUEUED
    assert current().scalars(select(Decision)).all() == []


def test_the_chair_or_the_support_unit_records_and_nobody_else(app, tmp_path, item, body, support):
    motion = carried(app, tmp_path, item)
    member = next(seat for seat in body.members if seat.seat is Seat.MEMBER)
    for stranger in (member_actor(member), actor_for(PersonFactory()), actor_for(staff(Role.OPERATOR))):
        with pytest.raises(Forbidden):
            services.record_decision(stranger, item, motion, reasons=WHY)
    with pytest.raises(Invalid):
        services.record_decision(support, item, motion, reasons=" ")
    assert services.record_decision(support, item, motion, reasons=WHY).recorded_by_name == "Park Support"


def test_a_motion_decides_its_own_item_alone(app, tmp_path, item, body):
    motion, other = carried(app, tmp_path, item), queued(body)
    with pytest.raises(Conflict):
        services.record_decision(chair_of(body), other, motion, reasons=WHY)


def test_nothing_leaves_the_queue_but_by_a_decision():
    """The table of transitions holds no withdrawing and no deleting, and each leads out of the queue for good."""
    assert {one.verb for one in ITEM.transitions.values()} == {"forward", "return", "decline"}
    assert all(one.sources == {ItemState.QUEUED} for one in ITEM.transitions.values())
    ended = {MotionState.LOST, MotionState.INQUORATE, MotionState.LAPSED, MotionState.RECORDED}
    assert not any(one.sources & ended for one in MOTION.transitions.values())


def test_each_step_is_on_record(app, tmp_path, item):
    recorded(app, tmp_path, item)
    names = [event.name for event in current().scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert [name for name in names if name.split(":")[0] in ("item", "motion")] == [
        "item:motion-moved", "motion:carry", "motion:record", "item:forward"]


def test_joined_items_follow_one_decision_and_both_histories_say_so(app, tmp_path, body, item, support):
    other = queued(body)
    services.join_items(support, item, other, reason="Both ask for lunches.")
    assert lines(item.task) == lines(other.task) == [
        ("join", "support", "Park Support", "Both ask for lunches.")]
    texts = [step.text for one in (item, other) for step in history(one) if step.reason]
    assert texts == [f"It follows the decision on {other.task.number}.",
                     f"{item.task.number} follows the decision on this task."]
    recorded(app, tmp_path, other, Proposal.DECLINE)
    for one in (item, other):
        assert (fresh(one).state, one.task.state) == (ItemState.DECLINED, TaskState.DECLINED)
        assert lines(one.task)[-1][0] == "committee_decline"
    assert item.decision.motion_id == other.decision.motion_id
    assert queue.decided_this_month(body) == 1


def test_what_follows_is_not_moved_by_itself(body, item, support):
    other = queued(body)
    services.join_items(support, item, other, reason=WHY)
    with pytest.raises(Conflict, match=f"together with {other.task.number}"):
        moved(item)
    with pytest.raises(Conflict, match="joined already"):
        services.join_items(support, queued(body), item, reason=WHY)
    with pytest.raises(Conflict, match="Others are joined"):
        services.join_items(support, other, queued(body), reason=WHY)


def test_who_takes_no_part_in_one_takes_none_in_what_is_decided_with_it(app, body, item, support):
    member = next(seat for seat in body.members if seat.seat is Seat.MEMBER)
    services.recuse(member_actor(member), item, member, reason=WHY)
    other = queued(body)
    services.join_items(support, item, other, reason=WHY)
    assert member.person_id not in {one["person_id"] for one in moved(other).box.members}


def test_items_part_again_while_nothing_is_moved(app, tmp_path, body, item, support):
    other = queued(body)
    services.join_items(support, item, other, reason=WHY)
    services.unjoin(support, item, reason="They differ.")
    assert fresh(item).joined_to is None
    assert lines(other.task)[-1] == ("unjoin", "support", "Park Support", "They differ.")
    with pytest.raises(Conflict):
        services.unjoin(support, item, reason="again")
    services.join_items(support, item, other, reason=WHY)
    motion = moved(other)
    with pytest.raises(Conflict, match="voting on a motion"):
        services.unjoin(support, item, reason="late")
    voted(motion, "yes", "yes", "yes")
    closed(app, tmp_path, motion)
    services.record_decision(support, other, motion, reasons=WHY)
    with pytest.raises(Conflict, match="decided already"):
        services.unjoin(support, item, reason="too late")


def test_no_joining_across_bodies_with_itself_or_while_members_vote(body, item, support):
    elsewhere = queued(BodyFactory())
    for one, other in ((item, item), (item, elsewhere)):
        with pytest.raises(Conflict, match="another item of the same queue"):
            services.join_items(support, one, other, reason=WHY)
    moved(item)
    for pair in ((item, queued(body)), (queued(body), item)):
        with pytest.raises(Conflict, match="voting on a motion"):
            services.join_items(support, *pair, reason=WHY)


def test_the_support_unit_joins_and_extends_and_nobody_else(body, item):
    other = queued(body)
    for stranger in (chair_of(body), actor_for(PersonFactory()), actor_for(staff(Role.OPERATOR))):
        with pytest.raises(Forbidden):
            services.join_items(stranger, item, other, reason=WHY)
        with pytest.raises(Forbidden):
            services.unjoin(stranger, item, reason=WHY)
        with pytest.raises(Forbidden):
            services.extend_item(stranger, item, due_at=item.due_at + timedelta(days=1), reason=WHY)


def test_an_officer_keeps_out_of_a_task_of_the_own(body):
    officer = staff(Role.SUPPORT)
    own = queued(body, referred_task(author=officer))
    for act in (lambda: services.join_items(actor_for(officer), own, queued(body), reason=WHY),
                lambda: services.join_items(actor_for(officer), queued(body), own, reason=WHY),
                lambda: services.extend_item(actor_for(officer), own, due_at=now() + timedelta(days=90), reason=WHY),
                lambda: services.open_motion(actor_for(officer), own, proposal=Proposal.DECLINE, reasons=WHY)):
        with pytest.raises(Forbidden):
            act()


def test_overdue_is_a_matter_of_the_clock(item):
    with clock.at(item.due_at - timedelta(microseconds=1)):
        assert not queue.overdue(item)
    with clock.at(item.due_at):
        assert queue.overdue(item)


def test_a_date_moves_later_with_a_reason_in_the_history(item, support):
    old, new = item.due_at, item.due_at + timedelta(days=10)
    with clock.at(old + timedelta(days=1)):
        assert queue.overdue(item)
        services.extend_item(support, item, due_at=new, reason="The ministry was asked.")
        assert not queue.overdue(fresh(item))
    assert [(row.old_due_at, row.new_due_at, row.reason, row.by_name) for row in item.extensions] == [
        (old, new, "The ministry was asked.", "Park Support")]
    assert lines(item.task)[-1] == ("extend", "support", "Park Support", "The ministry was asked.")
    for wrong in (new, old, now()):
        with pytest.raises(Invalid) as refused:
            services.extend_item(support, item, due_at=wrong, reason=WHY)
        assert set(refused.value.fields) == {"due_on"}
    with pytest.raises(Invalid):
        services.extend_item(support, item, due_at=new + timedelta(days=1), reason="")


def test_no_date_is_moved_after_the_decision(app, tmp_path, item, support):
    recorded(app, tmp_path, item)
    with pytest.raises(Conflict):
        services.extend_item(support, fresh(item), due_at=item.due_at + timedelta(days=9), reason=WHY)
    with clock.at(item.due_at + timedelta(days=9)):
        assert not queue.overdue(item)


def test_the_place_follows_from_age_votes_and_capacity(body, support):
    week = timedelta(days=7)
    old, strong, weak = (queued(body, referred_task(at=now() - age), weight=weight)
                         for age, weight in ((2 * week, 0), (week, 9), (week, 3)))
    places = queue.waiting(body)
    assert [place.item.id for place in places] == [old.id, strong.id, weak.id]
    assert [(place.number, place.of) for place in places] == [(1, 3), (2, 3), (3, 3)]
    assert queue.place_of(weak).number == 3
    services.join_items(support, weak, old, reason=WHY)
    assert [place.item.id for place in queue.waiting(body)] == [old.id, strong.id]
    assert queue.place_of(weak).item.id == old.id


def test_a_month_that_is_full_puts_the_rest_off(app, tmp_path, body):
    with atomic():
        body.capacity = 1
    first, *_others = (queued(body) for _ in range(3))
    assert len({place.expected for place in queue.waiting(body)}) == 3
    recorded(app, tmp_path, first)
    assert queue.month(body) == queue.Month(decided=1, left=0)
    this_month = now().strftime("%Y-%m")
    expected = [place.expected for place in queue.waiting(body)]
    assert all(day.strftime("%Y-%m") > this_month for day in expected)
    assert expected == sorted(set(expected))


def test_decided_items_are_listed_latest_first(app, tmp_path, body):
    first, second = queued(body), queued(body)
    recorded(app, tmp_path, first)
    recorded(app, tmp_path, second)
    assert [row.id for row in queue.decided(body).rows] == [second.id, first.id]
    assert queue.counts(body) == (0, 2)


def test_the_history_of_an_item_tells_every_step(app, tmp_path, body, item, support):
    member = next(seat for seat in body.members if seat.seat is Seat.MEMBER)
    services.recuse(support, item, member, reason="Family.")
    services.extend_item(support, item, due_at=item.due_at + timedelta(days=9), reason="Holidays.")
    motion = moved(item)
    closed(app, tmp_path, motion)
    with clock.at(now() + timedelta(days=8)):
        second = moved(item, Proposal.DECLINE)
        voted(second, "yes", "yes", "yes")
        closed(app, tmp_path, second)
    with clock.at(now() + timedelta(days=20)):
        services.record_decision(support, item, second, reasons=WHY)
    titles = [step.title for step in history(fresh(item))]
    assert titles == [
        "Came into the queue", f"{member.name} takes no part", "The due date was moved",
        "Motion: Forward to the strategy meeting", "Too few members voted", "Motion: Decline", "Carried", "Declined"]


def test_the_portal_itself_records_no_decision(item):
    """Who recorded it stands there by name."""
    motion = moved(item)
    with pytest.raises(Forbidden):
        services.record_decision(SYSTEM, item, motion, reasons=WHY)


def test_the_month_of_a_decision_is_that_of_the_portals_clocks(body):
    with clock.at(datetime(2026, 5, 31, 15, 30, tzinfo=UTC)):
        queued(body, state=ItemState.FORWARDED, decided_at=now())
        queued(body, state=ItemState.FORWARDED, decided_at=now() - timedelta(hours=1))
    with clock.at(datetime(2026, 6, 5, tzinfo=UTC)):
        assert queue.decided_this_month(body) == 1


def test_what_is_joined_while_a_decision_is_being_recorded_is_not_passed_over(
    app, tmp_path, body, item, support, monkeypatch,
):
    motion, other, hold = carried(app, tmp_path, item), queued(body), decisions.hold

    def join_meanwhile(*items):
        other.joined_to = item
        current().flush()
        current().expire(item, ["joined"])
        hold(*items)

    monkeypatch.setattr(decisions, "hold", join_meanwhile)
    with pytest.raises(Conflict):
        services.record_decision(support, item, motion, reasons=WHY)
    assert current().scalars(select(Decision)).all() == []


def test_of_two_officers_in_the_same_moment_one_records_the_decision(app, tmp_path, item, support):
    motion = carried(app, tmp_path, item)
    answers, start, ids = [], threading.Barrier(2), (item.id, motion.id)

    def record():
        with app.app_context(), speaking("en"):
            start.wait()
            try:
                services.record_decision(
                    support, current().get_one(Item, ids[0]), current().get_one(Motion, ids[1]), reasons=WHY)
                answers.append("recorded")
            except Conflict:
                answers.append("refused")

    threads = [threading.Thread(target=record) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["recorded", "refused"]
    assert len(current().scalars(select(Decision)).all()) == 1
    assert [line[0] for line in lines(fresh(item).task)] == ["committee_forward"]


def test_item_and_task_have_one_date(body, support):
    officer, task = supporter_named(), referred_task(due_at=now() + timedelta(days=20))
    item = queued(body, task)
    assert item.due_at == task.due_at
    services.extend_item(support, item, due_at=task.due_at + timedelta(days=5), reason="Holidays.")
    assert fresh(item).due_at == task.due_at
    extend_due(officer, task, due_at=task.due_at + timedelta(days=5), reason="More holidays.")
    assert fresh(item).due_at == task.due_at
    assert [row.reason for row in item.extensions] == [row.reason for row in task.extensions] == [
        "Holidays.", "More holidays."]


def test_what_is_forwarded_has_a_date_of_the_strategy_meetings(app, tmp_path, item):
    recorded(app, tmp_path, item)
    task = fresh(item).task
    assert (due_of(task).who, due_of(task).overdue) == ("The strategy meeting", False)
    with clock.at(task.due_at):
        assert due_of(task).overdue
        assert waiting_for_support() == [task]
