"""Who may vote on an item today: the arithmetic of `quorum` over the seats of its body."""

from dataclasses import dataclass

from sqlalchemy import select

from civicportal.committee.models import Item, Member, Recusal
from civicportal.committee.policies import group, today
from civicportal.committee.quorum import possible, quorum, voters
from civicportal.committee.states import Seat
from civicportal.core.transactions import current


@dataclass(frozen=True)
class Seating:
    """`voters`: seats that vote, in order; `stand_ins`: the recused member by the id of the seat that stands in.

    `recusals`: of the item and of those joined to it; `quorum`: the least number of votes; `possible`: whether enough
    people are left for a motion at all.
    """

    voters: list[Member]
    stand_ins: dict[int, Member]
    recusals: list[Recusal]
    quorum: int
    possible: bool


def seating(item: Item) -> Seating:
    """Who votes on an item as things stand. Whoever takes no part in a joined item takes none in the decision."""
    body, day = item.body, today()
    sitting = {seat.id: seat for seat in body.members if seat.sits(day)}
    recusals = list(current().scalars(
        select(Recusal).where(Recusal.item_id.in_([one.id for one in group(item)])).order_by(Recusal.id)))
    found = voters(
        [seat for seat in sitting.values() if seat.seat is not Seat.ALTERNATE],
        [seat for seat in sitting.values() if seat.seat is Seat.ALTERNATE], {row.member_id for row in recusals})
    return Seating(
        voters=[sitting[seat_id] for seat_id in found.seats],
        stand_ins={seat_id: sitting[member_id] for seat_id, member_id in found.stand_ins.items()},
        recusals=recusals,
        quorum=quorum(len(found.seats), percent=body.quorum_percent, least=body.quorum_least),
        possible=possible(len(found.seats), least=body.quorum_least))
