"""What outsiders have found and kept: claims, contests, suspects, disputes, observers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.voting.models import (
    Box,
    BoxHead,
    Contest,
    Dispute,
    Head,
    Observer,
    PromiseClaim,
    SigningKey,
    Suspect,
)
from civicportal.voting.queries.log import find_leaf, keys
from civicportal.voting.states import DisputeState, KeyPurpose


@dataclass(frozen=True)
class Place:
    """Where a leaf stands in a log, counted from 0, and the first signed head that covers it, signed `at`."""

    index: int
    head_number: int
    at: datetime


@dataclass(frozen=True)
class Anchoring:
    """How many observe a box, and the newest head that any of them confirmed to keep outside, with how many did.

    `number` is None while the log is not anchored outside.
    """

    observers: int
    number: int | None
    confirmed: int


def claims_of(box_id: int) -> Sequence[PromiseClaim]:
    """Promises said to be broken, in the order they were lodged. All of it is public."""
    return current().scalars(
        select(PromiseClaim).where(PromiseClaim.box_id == box_id).order_by(PromiseClaim.id)).all()


def unmet_promises(box_id: int) -> int:
    """How many promises were not kept, as those who hold them have shown. One that was settled was not kept either."""
    return _count(PromiseClaim.box_id, box_id)


def contested(box_id: int) -> int:
    """How many found their own key on the roll without having voted."""
    return _count(Contest.box_id, box_id)


def has_contested(box_id: int, key: str) -> bool:
    """Whether the person with this key has said so. For that person alone."""
    found = select(Contest.id).where(Contest.box_id == box_id, Contest.key == key)
    return current().scalar(found.limit(1)) is not None


def suspects(box_id: int) -> int:
    """How many keys of the roll are suspected of fraud."""
    return _count(Suspect.box_id, box_id)


def dispute_of(box_id: int) -> Dispute | None:
    """The newest dispute of a box, open or decided. It is overdue when `overdue(dispute)`."""
    return current().scalar(select(Dispute).where(Dispute.box_id == box_id).order_by(Dispute.id.desc()).limit(1))


def disputes_of(box_ids: Collection[int]) -> dict[int, Dispute]:
    """The disputes of several boxes by the ids of these; those without one are left out."""
    return {one.box_id: one for one in current().scalars(select(Dispute).where(Dispute.box_id.in_(box_ids)))}


def overdue(dispute: Dispute) -> bool:
    """Whether nobody has decided although the day has come."""
    return dispute.state is DisputeState.OPEN and dispute.due_at <= now()


def observes(actor: Actor | None, box_id: int) -> Observer | None:
    """The actor's own row as an observer of the box."""
    if actor is None or actor.person_id is None:
        return None
    return current().scalar(
        select(Observer).where(Observer.box_id == box_id, Observer.person_id == actor.person_id))


def anchoring(box_id: int) -> Anchoring:
    """How well the log of a box is kept outside the portal. Observers are counted, never named."""
    observers = _count(Observer.box_id, box_id)
    newest = current().execute(
        select(Observer.confirmed_number, func.count())
        .where(Observer.box_id == box_id, Observer.confirmed_number.is_not(None))
        .group_by(Observer.confirmed_number).order_by(Observer.confirmed_number.desc()).limit(1)).first()
    return Anchoring(observers, newest[0] if newest else None, newest[1] if newest else 0)


def heads_after(box: Box, number: int) -> Sequence[Head]:
    """Signed heads of the box's log above this number, the oldest first."""
    return current().scalars(
        select(Head).join(BoxHead, BoxHead.head_id == Head.id)
        .where(BoxHead.box_id == box.id, BoxHead.number > number).order_by(Head.number)).all()


def place_of(box: Box, leaf_hash: bytes) -> Place | None:
    """Where the leaf with this hash stands in the box's log, once a signed head covers it; else None."""
    index = find_leaf(box.log, leaf_hash) if box.log else None
    if index is None:
        return None
    head = current().scalar(
        select(BoxHead).where(BoxHead.box_id == box.id, BoxHead.size > index).order_by(BoxHead.number).limit(1))
    return Place(index, head.number, head.at) if head else None


def key_history() -> Sequence[SigningKey]:
    """Every public key the portal has signed with: those of the log, then those of receipts, each oldest first."""
    return [key for purpose in KeyPurpose for key in keys(purpose)]


def _count(column: InstrumentedAttribute[int], box_id: int) -> int:
    return current().scalar(select(func.count()).where(column == box_id)) or 0
