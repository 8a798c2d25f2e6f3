"""Keeping bodies: who may, which terms fit together, and that nothing is lost when an account goes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import actor_for
from civicportal.committee import services
from civicportal.committee.models import Body, Item, Member
from civicportal.committee.policies import seat_of, today
from civicportal.committee.queries import bodies as queries
from civicportal.committee.services.intake import take_referred
from civicportal.committee.states import Seat
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.tasks import celery
from civicportal.core.transactions import atomic, current
from civicportal.forum.news import TaskReferred
from tests.factories.accounts import PersonFactory, staff
from tests.factories.committee import BodyFactory, referred_task, seat_in

FIELDS = services.BodyFields(
    name_ko="위원회", name_en="Committee", mandate_ko="과제를 심의합니다.", mandate_en="It decides on tasks.",
    quorum_percent=50, quorum_least=3, capacity=4)
DAY = date(2026, 1, 1)


def term(**changes):
    values = {"name": "강마루", "affiliation": "시민", "seat": Seat.MEMBER, "starts_on": DAY, **changes}
    return services.SeatFields(**values)


@pytest.fixture
def support(app):
    return actor_for(staff(Role.SUPPORT))


def audited(name):
    return current().scalars(select(AuditEvent).where(AuditEvent.name == name)).all()


def test_the_support_unit_makes_and_changes_a_body_and_it_is_on_record(support):
    made = services.add_body(support, slug="main", values=FIELDS)
    services.save_body(support, made, values=services.BodyFields(**{**vars(FIELDS), "capacity": 6}))
    assert queries.body("main").capacity == 6
    assert [event.details for event in audited("body:saved")] == [{"slug": "main"}] * 2


@pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.REVIEWER])
def test_nobody_else_keeps_bodies_or_seats(app, role):
    actor = actor_for(staff(role) if role else PersonFactory())
    body = BodyFactory()
    with pytest.raises(Forbidden):
        services.add_body(actor, slug="mine", values=FIELDS)
    with pytest.raises(Forbidden):
        services.save_body(actor, body, values=FIELDS)
    with pytest.raises(Forbidden):
        services.add_member(actor, body, address=PersonFactory().address, values=term())
    with pytest.raises(Forbidden):
        services.save_member(actor, seat_in(body), values=term())


@pytest.mark.parametrize("slug", ["", "Main", "a--b", "-a", "위원회", "items", "x" * 81])
def test_addresses_of_bodies_are_plain(support, slug):
    with pytest.raises(Invalid) as refused:
        services.add_body(support, slug=slug, values=FIELDS)
    assert set(refused.value.fields) == {"slug"}


def test_an_address_is_taken_once(support):
    BodyFactory(slug="main")
    with pytest.raises(Invalid) as refused:
        services.add_body(support, slug="main", values=FIELDS)
    assert set(refused.value.fields) == {"slug"}


@pytest.mark.parametrize(("field", "value"), [
    ("quorum_percent", -1), ("quorum_percent", 100), ("quorum_least", 0), ("capacity", 0), ("capacity", 1001)])
def test_numbers_of_a_body_have_bounds(support, field, value):
    with pytest.raises(Invalid) as refused:
        services.add_body(support, slug="main", values=services.BodyFields(**{**vars(FIELDS), field: value}))
    assert set(refused.value.fields) == {field}


def test_a_seat_is_for_somebody_with_a_confirmed_address(support):
    body, person = BodyFactory(), PersonFactory(address="Maru.Kang@example.org",
                                                address_canonical="maru.kang@example.org")
    made = services.add_member(support, body, address="maru.kang@example.org", values=term())
    assert made.person_id == person.id
    assert seat_of(actor_for(person), body) == made
    assert [event.details for event in audited("seat:saved")] == [{"slug": body.slug}]
    for address in ("nobody@example.org", "no address", PersonFactory(level=0).address):
        with pytest.raises(Invalid) as refused:
            services.add_member(support, body, address=address, values=term())
        assert set(refused.value.fields) == {"address"}


@pytest.mark.parametrize(("starts", "ends", "taken"), [
    (date(2026, 7, 1), None, "starts_on"), (date(2025, 1, 1), date(2026, 1, 1), "starts_on"),
    (date(2026, 6, 30), date(2026, 6, 30), "starts_on"), (date(2026, 8, 1), None, None),
    (date(2025, 1, 1), date(2025, 12, 31), None), (date(2025, 6, 1), date(2025, 5, 31), "ends_on"),
])
def test_one_person_holds_one_seat_of_a_body_at_a_time(support, starts, ends, taken):
    body, person = BodyFactory(), PersonFactory()
    seat_in(body, person=person, starts_on=DAY, ends_on=date(2026, 7, 31))
    values = term(starts_on=starts, ends_on=ends)
    if taken is None:
        services.add_member(support, body, address=person.address, values=values)
        return
    with pytest.raises(Invalid) as refused:
        services.add_member(support, body, address=person.address, values=values)
    assert set(refused.value.fields) == {taken}


def test_there_is_one_chair_at_a_time(support):
    body = BodyFactory()
    chair = seat_in(body, Seat.CHAIR, starts_on=DAY)
    someone = PersonFactory()
    with pytest.raises(Invalid) as refused:
        services.add_member(support, body, address=someone.address, values=term(seat=Seat.CHAIR))
    assert set(refused.value.fields) == {"seat"}
    services.save_member(support, chair, values=term(seat=Seat.CHAIR, ends_on=date(2026, 5, 31)))
    services.add_member(support, body, address=someone.address, values=term(seat=Seat.CHAIR,
                                                                           starts_on=date(2026, 6, 1)))


def test_an_alternate_is_named_for_a_member_of_the_same_body(support):
    body, other = BodyFactory(), BodyFactory()
    member, stranger = seat_in(body), seat_in(other)
    alternate = seat_in(body, Seat.ALTERNATE)
    for wrong in (stranger.id, alternate.id):
        with pytest.raises(Invalid) as refused:
            services.save_member(support, alternate, values=term(seat=Seat.ALTERNATE, alternate_for_id=wrong))
        assert set(refused.value.fields) == {"alternate_for_id"}
    services.save_member(support, alternate, values=term(seat=Seat.ALTERNATE, alternate_for_id=member.id))
    with pytest.raises(Invalid):
        services.save_member(support, alternate, values=term(seat=Seat.MEMBER, alternate_for_id=member.id))


def test_seats_are_listed_by_their_terms_with_the_chair_first(app):
    body, day = BodyFactory(), today()
    member, chair = seat_in(body), seat_in(body, Seat.CHAIR, ends_on=day)
    coming = seat_in(body, starts_on=day + timedelta(days=1))
    older, newer = seat_in(body, ends_on=day - timedelta(days=9)), seat_in(body, ends_on=day - timedelta(days=1))
    alternate = seat_in(body, Seat.ALTERNATE)
    found = queries.seats(queries.body(body.slug))
    assert [seat.id for seat in found.members] == [chair.id, member.id]
    assert [seat.id for seat in found.alternates] == [alternate.id]
    assert [seat.id for seat in found.coming] == [coming.id]
    assert [seat.id for seat in found.past] == [newer.id, older.id]


def test_a_deleted_account_leaves_its_seat_and_its_name_to_the_record(app):
    body, person = BodyFactory(), PersonFactory()
    seat = seat_in(body, person=person, name="강마루")
    with atomic():
        publish(AccountDeleted(person_id=person.id))
    left = current().get_one(Member, seat.id)
    assert (left.name, left.person_id, left.sits(today())) == ("강마루", None, False)
    assert [one.id for one in queries.seats(queries.body(body.slug)).past] == [seat.id]


def test_a_referred_task_gets_one_place_however_often_it_is_told(app):
    body, task = BodyFactory(), referred_task()
    BodyFactory()
    for _ in range(2):
        with atomic():
            take_referred(TaskReferred(task.id, without_threshold=True))
    item = current().scalars(select(Item)).one()
    assert (item.body_id, item.task_id, item.weight, item.without_threshold) == (body.id, task.id, 0, True)
    assert item.due_at - item.queued_at == timedelta(days=30)


def test_what_is_referred_before_there_is_a_body_waits_for_it(support):
    task = referred_task(at=now() - timedelta(days=9))
    with atomic():
        take_referred(TaskReferred(task.id, without_threshold=True))
    assert current().scalars(select(Item)).all() == []
    services.add_body(support, slug="main", values=FIELDS)
    item = current().scalars(select(Item)).one()
    assert (item.task_id, item.queued_at) == (task.id, task.referred_at)
    assert services.queue_waiting() == 0


def test_a_task_that_comes_again_gets_another_item(app):
    body, task = BodyFactory(), referred_task()
    assert services.queue_waiting() == 1
    with atomic():
        task.cycle = 2
    assert services.queue_waiting() == 1
    assert [item.cycle for item in current().scalars(select(Item).order_by(Item.id))] == [1, 2]
    assert {item.body_id for item in current().scalars(select(Item))} == {body.id}


def test_the_database_refuses_a_body_without_quorum(app):
    with pytest.raises(IntegrityError):
        BodyFactory(quorum_least=0)
    assert current().scalars(select(Body)).all() == []


def test_the_beat_takes_in_what_was_referred_in_the_moment_of_the_first_body(app):
    task = referred_task()
    BodyFactory()
    celery.tasks["committee.queue_waiting"].run()
    assert current().scalars(select(Item)).one().task_id == task.id
