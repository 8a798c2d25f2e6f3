"""Bodies and the seats in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from civicportal.committee.models import Body, Member
from civicportal.committee.policies import today
from civicportal.committee.states import Seat
from civicportal.core.errors import NotFound
from civicportal.core.transactions import current


@dataclass(frozen=True)
class Seats:
    """Who sits: chair and members, alternates, those whose term is to come, and those of the past, latest first."""

    members: Sequence[Member]
    alternates: Sequence[Member]
    coming: Sequence[Member]
    past: Sequence[Member]


def bodies() -> Sequence[Body]:
    """All bodies with their seats, the first made first."""
    return current().scalars(select(Body).options(selectinload(Body.members)).order_by(Body.id)).all()


def first_body() -> Body | None:
    """The body that tasks are referred to."""
    return current().scalars(select(Body).order_by(Body.id).limit(1)).first()


def body(slug: str) -> Body:
    """The body with this name in addresses. Raises NotFound."""
    found = current().scalar(select(Body).where(Body.slug == slug)) if slug.isprintable() else None
    if found is None:
        raise NotFound
    return found


def seat(of: Body, seat_id: int) -> Member:
    """One seat of a body. Raises NotFound."""
    found = current().get(Member, seat_id)
    if found is None or found.body_id != of.id:
        raise NotFound
    return found


def seats(of: Body) -> Seats:
    """The seats of a body as of today, the chair first."""
    day = today()
    sitting = sorted((one for one in of.members if one.sits(day)), key=lambda one: (one.seat is not Seat.CHAIR, one.id))
    others = [one for one in of.members if not one.sits(day)]
    coming = [one for one in others if one.person_id is not None and one.starts_on > day]
    past = [one for one in others if one not in coming]
    return Seats(
        members=[one for one in sitting if one.seat is not Seat.ALTERNATE],
        alternates=[one for one in sitting if one.seat is Seat.ALTERNATE], coming=coming,
        past=sorted(past, key=lambda one: (one.ends_on or one.starts_on, one.id), reverse=True))
