"""Bodies with their seats, and items in their queue."""

from datetime import date, datetime
from itertools import count
from pathlib import Path

import factory
from flask import Flask

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.committee.models import Body, Item, Member, Motion
from civicportal.committee.services import open_motion, vote
from civicportal.committee.services.intake import queue_item
from civicportal.committee.states import Proposal, Seat
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import Task, TaskVersion
from civicportal.forum.states import Origin, TaskState
from civicportal.voting.services.closing import close_box
from tests.factories.accounts import PersonFactory
from tests.factories.base import PortalFactory
from tests.factories.voting import as_worker

_numbers = count(1)
LONG_AGO = date(2020, 1, 1)


class BodyFactory(PortalFactory):
    """A body that needs more than half of those who may vote, and three."""

    class Meta:
        model = Body

    slug = factory.Sequence(lambda n: f"committee-{n}")
    name_ko = factory.Sequence(lambda n: f"위원회{n}")
    name_en = factory.Sequence(lambda n: f"Committee {n}")
    mandate_ko = "과제를 심의합니다."
    mandate_en = "It decides on tasks."
    quorum_percent = 50
    quorum_least = 3
    capacity = 4


class SeatFactory(PortalFactory):
    class Meta:
        model = Member

    name = factory.Sequence(lambda n: f"위원{n}")
    affiliation = "시민"
    seat = Seat.MEMBER
    starts_on = LONG_AGO


def seat_in(body: Body, seat: Seat = Seat.MEMBER, *, person: Person | None = None, **columns: object) -> Member:
    """A seat in the body, of a new person unless one is given."""
    someone = person or PersonFactory()
    made: Member = SeatFactory(body_id=body.id, person_id=someone.id, seat=seat, **columns)
    return made


def filled_body(members: int = 4, alternates: int = 1, **columns: object) -> Body:
    """A body with a chair, so many further members, and alternates who stand in for anybody."""
    body: Body = BodyFactory(**columns)
    seat_in(body, Seat.CHAIR)
    for seat, number in ((Seat.MEMBER, members), (Seat.ALTERNATE, alternates)):
        for _ in range(number):
            seat_in(body, seat)
    return body


def referred_task(*, author: Person | None = None, at: datetime | None = None, **columns: object) -> Task:
    """A task that is with the Committee, brought there without a threshold unless `columns` say otherwise."""
    number, moment = next(_numbers), at or now()
    values = {
        "number": f"T-2026-{900_000 + number:06d}", "title": f"과제 {number}", "language": "ko",
        "origin": Origin.CITIZEN, "state": TaskState.IN_COMMITTEE, "without_threshold": True,
        "created_at": moment, "submitted_at": moment, "referred_at": moment,
    } | columns
    with atomic() as session:
        task = Task(author=author or PersonFactory(), **values)
        session.add(task)
        task.versions.append(TaskVersion(number=1, title=task.title, problem="문제입니다.", idea="생각입니다."))
    return task


def queued(body: Body, task: Task | None = None, **columns: object) -> Item:
    """An item in the body's queue."""
    task = task or referred_task()
    with atomic() as session:
        queue_item(body, task)
        item = session.query(Item).filter_by(task_id=task.id, cycle=task.cycle).one()
        for name, value in columns.items():
            setattr(item, name, value)
    return item


def chair_of(body: Body) -> Actor:
    """The chair of a body, as an actor."""
    return actor_for(current().get_one(Person, next(seat.person_id for seat in body.members
                                                    if seat.seat is Seat.CHAIR)))


def member_actor(seat: Member) -> Actor:
    """Who holds a seat, as an actor."""
    return actor_for(current().get_one(Person, seat.person_id))


def moved(item: Item, proposal: Proposal = Proposal.FORWARD, reasons: str = "시민에게 좋습니다.") -> Motion:
    """An open motion of the chair."""
    return open_motion(chair_of(item.body), item, proposal=proposal, reasons=reasons)


def voted(motion: Motion, *choices: str) -> None:
    """Votes of those the motion was put to, in the order of the seats."""
    people = [int(str(one["person_id"])) for one in motion.box.members or ()]
    for person_id, choice in zip(people, choices, strict=False):
        vote(actor_for(current().get_one(Person, person_id)), motion, choice=choice)


def closed(app: Flask, folder: Path, motion: Motion) -> Motion:
    """The motion after its vote was closed and counted by a worker, at its closing instant."""
    with as_worker(app, folder), clock.at(max(now(), motion.box.closes_at)):
        close_box(motion.box)
    return motion


def carried(app: Flask, folder: Path, item: Item, proposal: Proposal = Proposal.FORWARD) -> Motion:
    """A motion for which everybody voted."""
    motion = moved(item, proposal)
    voted(motion, *["yes"] * len(motion.box.members or ()))
    return closed(app, folder, motion)
