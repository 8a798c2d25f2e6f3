"""Nobody decides on a task of their own, also where it is only joined to the item that is decided."""

from datetime import timedelta

import pytest

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.committee import services
from civicportal.committee.policies import can_keep_item, can_move, can_record, can_recuse, can_vote, today
from civicportal.committee.states import Proposal, Seat
from civicportal.core.clock import now
from civicportal.core.errors import Forbidden
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from tests.factories.accounts import staff
from tests.factories.committee import (
    carried,
    chair_of,
    member_actor,
    moved,
    queued,
    referred_task,
    seat_in,
)

pytestmark = pytest.mark.usefixtures("english")
WHY = "Both ask for the same."


def seats(body, seat=Seat.MEMBER):
    return [one for one in body.members if one.seat is seat]


def person_of(seat):
    return current().get_one(Person, seat.person_id)


def joined_to_own(body, support, author):
    """An item of others, and one of `author` that is decided with it."""
    item, own = queued(body), queued(body, referred_task(author=author))
    services.join_items(support, own, item, reason=WHY)
    return item, own


def test_no_officer_keeps_moves_or_records_what_a_task_of_the_own_is_joined_to(app, tmp_path, body, support):
    officer = staff(Role.SUPPORT)
    item, own = joined_to_own(body, support, officer)
    third = queued(body)
    services.join_items(support, third, item, reason=WHY)
    actor = actor_for(officer)
    for one in (item, own, third):
        assert not can_keep_item(actor, one)
        assert not can_move(actor, one)
        for act in (lambda one=one: services.unjoin(actor, one, reason=WHY),
                    lambda one=one: services.extend_item(actor, one, due_at=now() + timedelta(days=90), reason=WHY),
                    lambda one=one: services.open_motion(actor, one, proposal=Proposal.DECLINE, reasons=WHY)):
            with pytest.raises(Forbidden):
                act()
    motion = carried(app, tmp_path, item, Proposal.DECLINE)
    assert not can_record(actor, motion)
    with pytest.raises(Forbidden):
        services.record_decision(actor, item, motion, reasons=WHY)


def test_an_officer_undoes_no_joining_of_others_to_the_own(body, support):
    officer = staff(Role.SUPPORT)
    own, other = queued(body, referred_task(author=officer)), queued(body)
    services.join_items(support, other, own, reason=WHY)
    with pytest.raises(Forbidden):
        services.unjoin(actor_for(officer), other, reason=WHY)
    services.unjoin(support, other, reason=WHY)


def test_no_member_votes_where_a_task_of_the_own_is_joined(body, support):
    member = seats(body)[0]
    item, _own = joined_to_own(body, support, person_of(member))
    motion = moved(item)
    assert not can_vote(member_actor(member), motion)
    with pytest.raises(Forbidden):
        services.vote(member_actor(member), motion, choice="yes")


def test_no_chair_records_what_became_of_a_task_of_the_own(app, tmp_path, body, support):
    item = queued(body)
    chair, motion = chair_of(body), carried(app, tmp_path, item)
    with atomic():
        item.task.author_id = chair.person_id
    assert not can_record(chair, motion)
    with pytest.raises(Forbidden):
        services.record_decision(chair, item, motion, reasons=WHY)


def test_no_chair_records_who_takes_no_part(app, tmp_path, body, support):
    item = queued(body)
    services.recuse(support, item, seats(body, Seat.CHAIR)[0], reason=WHY)
    motion = services.open_motion(support, item, proposal=Proposal.FORWARD, reasons=WHY)
    assert not can_record(chair_of(body), motion)


def test_an_officer_recuses_nobody_but_themselves_where_a_task_of_the_own_is_decided(body, support):
    officer = staff(Role.SUPPORT)
    mine, other = seat_in(body, person=officer), seats(body)[0]
    item, own = joined_to_own(body, support, officer)
    actor = actor_for(officer)
    for one in (item, own):
        assert not can_recuse(actor, one, other)
        assert can_recuse(actor, one, mine)
        with pytest.raises(Forbidden):
            services.recuse(actor, one, other, reason=WHY)
    services.recuse(actor, own, mine, reason=WHY)
    assert can_recuse(support, item, other)


def test_the_support_unit_is_warned_where_authors_leave_too_few_who_may_vote(body, support):
    """Everybody else is not: it would tell who wrote the task."""
    author, *others = seats(body)
    item = queued(body, referred_task(author=person_of(author)))
    assert services.obstacle(item, support) is None
    for seat in others[:2]:
        with atomic():
            seat.ends_on = today() - timedelta(days=1)
    with atomic():
        seats(body, Seat.ALTERNATE)[0].starts_on = today()
    assert "only 2 may vote" in str(services.obstacle(item, support))
    assert services.obstacle(item, chair_of(body)) is None
    assert services.obstacle(item) is None
    services.recuse(support, item, author, reason=WHY)
    assert services.obstacle(item, support) is None
