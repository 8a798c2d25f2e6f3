"""Who may vote on an item after recusals, and how many must. Pure arithmetic over seats."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


class Sitting(Protocol):
    """A seat as far as the arithmetic needs it."""

    @property
    def id(self) -> int: ...

    @property
    def alternate_for_id(self) -> int | None: ...


@dataclass(frozen=True)
class Voters:
    """The seats that vote. `stand_ins`: for the id of an alternate's seat, the id of the recused member's."""

    seats: tuple[int, ...]
    stand_ins: dict[int, int]


def voters(members: Sequence[Sitting], alternates: Sequence[Sitting], recused: Collection[int]) -> Voters:
    """Members who have not recused, and one alternate for each who has, as far as there are alternates.

    `members` and `alternates`: the seats in their term, in the order of the body; `recused`: ids of seats. An
    alternate named for a member stands in for nobody else; the others fill what is left, in order.
    """
    free = [seat for seat in alternates if seat.id not in recused]
    missing = [seat.id for seat in members if seat.id in recused]
    stand_ins: dict[int, int] = {}
    for seat in free:
        if seat.alternate_for_id in missing:
            missing.remove(seat.alternate_for_id)
            stand_ins[seat.id] = seat.alternate_for_id
    unnamed = [seat for seat in free if seat.alternate_for_id is None]
    stand_ins |= {seat.id: member for seat, member in zip(unnamed, missing, strict=False)}
    present = [seat.id for seat in members if seat.id not in recused]
    return Voters((*present, *(seat.id for seat in free if seat.id in stand_ins)), stand_ins)


def quorum(eligible: int, *, percent: int, least: int) -> int:
    """The least number of votes: more than `percent` per cent of the eligible (0 to 99), and at least `least`."""
    return max(eligible * percent // 100 + 1, least)


def possible(eligible: int, *, least: int) -> bool:
    """Whether enough people are left for a decision at all. The share alone can always be reached."""
    return eligible >= least
