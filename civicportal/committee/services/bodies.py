"""Keeping bodies and the seats in them: the support unit does it, and each change is on record."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import confirmed_by_address
from civicportal.committee.models import Body, Member
from civicportal.committee.policies import can_keep, today
from civicportal.committee.services.intake import queue_waiting
from civicportal.committee.states import Seat
from civicportal.core.audit import AuditName, record
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.events import subscribe
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current, lock

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_MAX = 80
RESERVED = frozenset({"items"})
RIGHTS = lazy("Only the support unit can do this.")


@dataclass(frozen=True, kw_only=True)
class BodyFields:
    """All that can be changed about a body. `quorum_percent`: 0 to 99; `quorum_least`: people; `capacity`: items a
    month; both at least 1."""

    name_ko: str
    name_en: str
    mandate_ko: str
    mandate_en: str
    quorum_percent: int
    quorum_least: int
    capacity: int


@dataclass(frozen=True, kw_only=True)
class SeatFields:
    """All that can be changed about a seat. `ends_on`: its last day; `alternate_for_id`: an alternate's member, None
    for one who stands in for anybody."""

    name: str
    affiliation: str
    seat: Seat
    starts_on: date
    ends_on: date | None = None
    alternate_for_id: int | None = None


def add_body(actor: Actor, *, slug: str, values: BodyFields) -> Body:
    """Make a body; tasks that waited for one come into its queue. Raises Forbidden, Invalid by field."""
    _require(actor)
    with atomic() as session:
        problems = _slug_problems(slug) | _body_problems(values)
        if problems:
            raise Invalid(fields=problems)
        made = Body(slug=slug, **vars(values))
        session.add(made)
        session.flush()
        record(AuditName.BODY_SAVED, actor, "body", made.id, slug=slug)
        queue_waiting()
        return made


def save_body(actor: Actor, body: Body, *, values: BodyFields) -> None:
    """Change a body; motions that run keep the quorum they opened with. Raises Forbidden, Invalid by field."""
    _require(actor)
    with atomic():
        lock(body)
        if problems := _body_problems(values):
            raise Invalid(fields=problems)
        for name, value in vars(values).items():
            setattr(body, name, value)
        record(AuditName.BODY_SAVED, actor, "body", body.id, slug=body.slug)


def add_member(actor: Actor, body: Body, *, address: str, values: SeatFields) -> Member:
    """Give a seat to the person whose account has this confirmed address. Raises Forbidden, Invalid by field."""
    _require(actor)
    with atomic() as session:
        lock(body)
        person = _person(address)
        if person is None:
            raise Invalid(fields={
                "address": _("No account with this address was found, or its address is not confirmed yet.")})
        _check(body, None, person.id, values)
        made = Member(body=body, person_id=person.id, **vars(values))
        session.add(made)
        session.flush()
        record(AuditName.SEAT_SAVED, actor, "seat", made.id, slug=body.slug)
        return made


def save_member(actor: Actor, seat: Member, *, values: SeatFields) -> None:
    """Change a seat; a term is ended by its last day, no seat is deleted. Raises Forbidden, Invalid by field."""
    _require(actor)
    with atomic():
        lock(seat.body)
        _check(seat.body, seat, seat.person_id, values)
        for name, value in vars(values).items():
            setattr(seat, name, value)
        record(AuditName.SEAT_SAVED, actor, "seat", seat.id, slug=seat.body.slug)


@subscribe(AccountDeleted)
def end_seats(event: AccountDeleted) -> None:
    """Without an account there is no vote: seats end with the day before. Their names stay, they are public."""
    yesterday = today() - timedelta(days=1)
    for seat in current().scalars(select(Member).where(Member.person_id == event.person_id)):
        if seat.ends_on is None or seat.ends_on > yesterday:
            seat.ends_on = yesterday
        seat.person_id = None


def _check(body: Body, seat: Member | None, person_id: int | None, values: SeatFields) -> None:
    """Raise Invalid, by field, where `seat` (None for a new one) of the person cannot be as `values` say."""
    problems = {}
    if values.ends_on and values.ends_on < values.starts_on:
        problems["ends_on"] = _("The last day cannot be before the first.")
    meanwhile = [one for one in body.members if one is not seat and _overlap(one, values)]
    if person_id is not None and any(one.person_id == person_id for one in meanwhile):
        problems["starts_on"] = _("This person has another seat here at that time.")
    if values.seat is Seat.CHAIR and any(one.seat is Seat.CHAIR for one in meanwhile):
        problems["seat"] = _("Somebody else is the chair at that time. End that term first.")
    members = {one.id for one in body.members if one.seat is not Seat.ALTERNATE and one is not seat}
    if values.alternate_for_id is not None and values.seat is not Seat.ALTERNATE:
        problems["alternate_for_id"] = _("Only an alternate stands in for a member.")
    elif values.alternate_for_id is not None and values.alternate_for_id not in members:
        problems["alternate_for_id"] = _("Choose a member of this body.")
    if problems:
        raise Invalid(fields=problems)


def _overlap(seat: Member, values: SeatFields) -> bool:
    starts_in_time = values.ends_on is None or seat.starts_on <= values.ends_on
    return starts_in_time and (seat.ends_on is None or values.starts_on <= seat.ends_on)


def _slug_problems(slug: str) -> dict[str, str]:
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX or slug in RESERVED:
        return {"slug": _("Use small Latin letters, digits and hyphens, such as main-committee.")}
    if current().scalar(select(Body.id).where(Body.slug == slug)) is not None:
        return {"slug": _("Another body has this address.")}
    return {}


def _body_problems(values: BodyFields) -> dict[str, str]:
    problems = {}
    if not 0 <= values.quorum_percent <= 99:
        problems["quorum_percent"] = _("Enter a whole number from 0 to 99.")
    for name in ("quorum_least", "capacity"):
        if not 1 <= getattr(values, name) <= 1000:
            problems[name] = _("Enter a whole number from 1 to 1000.")
    return problems


def _person(address: str) -> Person | None:
    try:
        return confirmed_by_address(address)
    except ValueError:
        return None


def _require(actor: Actor) -> None:
    if not can_keep(actor):
        raise Forbidden(RIGHTS)
