"""The queue of a body: what waits in which place, and what was decided. A place follows from age and weight.

A weight is the count of a published head (thresholds are judged in public), so the order tells no more than the page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from civicportal.committee.models import Body, Item
from civicportal.committee.policies import group, today
from civicportal.committee.queueing import Waiting, expected, order, remaining
from civicportal.committee.states import ItemState
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.i18n import timezone
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.voting.models import Dispute
from civicportal.voting.states import DisputeState


@dataclass(frozen=True)
class Place:
    """Where an item stands in the queue: `number` of `of`. `expected`: the last day of the month of its turn."""

    item: Item
    number: int
    of: int
    expected: date


@dataclass(frozen=True)
class Month:
    """How many items the body decided this month, and how many it can still decide."""

    decided: int
    left: int


def item(item_id: int) -> Item:
    """One item. Raises NotFound."""
    found = current().get(Item, item_id)
    if found is None:
        raise NotFound
    return found


def leader(of: Item) -> Item:
    """The item that is decided: the one this is joined to, or itself."""
    return of.joined_to or of


def overdue(of: Item) -> bool:
    """Whether nobody has decided although the day has come."""
    return of.state is ItemState.QUEUED and of.due_at <= now()


def waiting(body: Body) -> list[Place]:
    """What waits in a body, the next first. Joined items stand with the one they are joined to."""
    rows = current().scalars(
        select(Item).where(Item.body_id == body.id, Item.state == ItemState.QUEUED)
        .options(joinedload(Item.task), selectinload(Item.motions), selectinload(Item.joined).joinedload(Item.task))
    ).all()
    by_id = {row.id: row for row in rows}
    found = order((Waiting(row.id, row.joined_to_id or row.id, row.queued_at, row.weight) for row in rows), now())
    decided, day = decided_this_month(body), today()
    return [
        Place(by_id[item_id], number, len(found),
              expected(number, capacity=body.capacity, decided=decided, today=day))
        for number, item_id in enumerate(found, 1)
    ]


def place_of(of: Item) -> Place | None:
    """The place of an item, or of the one it is joined to; None once it is decided."""
    first = leader(of)
    return next((place for place in waiting(first.body) if place.item.id == first.id), None)


def decided(body: Body, cursor: str | None = None) -> Page[Item]:
    """A page of what was decided, the latest first."""
    size = settings().page_size
    statement = select(Item).where(Item.body_id == body.id, Item.state != ItemState.QUEUED)
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Item.decided_at, Item.id) < after)
    rows = current().scalars(
        statement.options(joinedload(Item.task), joinedload(Item.decision))
        .order_by(Item.decided_at.desc(), Item.id.desc()).limit(size + 1)).all()
    return paged(rows, size, lambda row: (row.decided_at or row.queued_at, row.id))


def counts(body: Body) -> tuple[int, int]:
    """How many wait (joined ones too) and how many were decided."""
    rows = current().execute(select(Item.state, func.count()).where(Item.body_id == body.id).group_by(Item.state))
    found = {state: count for state, count in rows}  # noqa: C416 - a row is no pair for dict()
    waits = found.pop(ItemState.QUEUED, 0)
    return waits, sum(found.values())


def waiting_by_body() -> Mapping[int, int]:
    """How many items wait in each body (joined ones too), by its id; bodies where none waits are left out."""
    rows = current().execute(
        select(Item.body_id, func.count()).where(Item.state == ItemState.QUEUED).group_by(Item.body_id))
    return {body_id: count for body_id, count in rows}  # noqa: C416 - a row is no pair for dict()


def month(body: Body) -> Month:
    """What this month has brought and still can."""
    done = decided_this_month(body)
    return Month(done, remaining(body.capacity, done))


def decided_this_month(body: Body) -> int:
    """How many decisions the body took this month on the portal's clocks; joined items count with theirs."""
    first = today().replace(day=1)
    begins = datetime(first.year, first.month, 1, tzinfo=timezone())
    return current().scalar(select(func.count()).select_from(Item).where(
        Item.body_id == body.id, Item.joined_to_id.is_(None), Item.decided_at >= begins)) or 0


def joinable(of: Item) -> Sequence[Item]:
    """What an item could be joined to: others that wait in the same body and are not joined themselves."""
    return current().scalars(
        select(Item).where(Item.body_id == of.body_id, Item.state == ItemState.QUEUED, Item.joined_to_id.is_(None),
                           Item.id != of.id)
        .options(joinedload(Item.task)).order_by(Item.queued_at, Item.id)).all()


def disputes(items: Collection[Item]) -> Mapping[int, Dispute]:
    """The newest dispute of each item's vote, open or decided, by the id of the item."""
    rows = current().scalars(select(Dispute).where(
        Dispute.box_id.in_([row.box_id for row in items if row.box_id])).order_by(Dispute.id))
    by_box = {row.box_id: row for row in rows}
    return {row.id: by_box[row.box_id] for row in items if row.box_id in by_box}


def all_disputes(of: Item) -> Sequence[Dispute]:
    """Every dispute of an item's vote, the oldest first."""
    return current().scalars(select(Dispute).where(Dispute.box_id == of.box_id).order_by(Dispute.id)).all()


def open_disputes(items: Collection[Item]) -> Mapping[int, Dispute]:
    """The disputes on which nobody has decided, by the id of the item."""
    return {item_id: row for item_id, row in disputes(items).items() if row.state is DisputeState.OPEN}


def disputed(of: Item) -> bool:
    """Whether a vote is disputed that the decision rests on: of the item, of one joined to it, of a motion."""
    together = group(of)
    boxes = [one.box_id for one in together if one.box_id] + [motion.box_id for motion in together[0].motions]
    return current().scalar(select(Dispute.id).where(
        Dispute.box_id.in_(boxes), Dispute.state == DisputeState.OPEN).limit(1)) is not None
