"""The order of the queue and when an item's turn comes. Pure; the page says the same in words.

Whoever has waited longer, in whole weeks, comes first; within a week the item with more yes votes. Items that are
joined take one place together: the best that any of them would have.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Waiting:
    """An item in the queue. `group`: the id of the item that is decided, its own unless it is joined to another."""

    id: int
    group: int
    queued_at: datetime
    weight: int


def weeks_waited(queued_at: datetime, now: datetime) -> int:
    """Whole weeks of seven days since the item came."""
    return max((now - queued_at).days, 0) // DAYS_A_WEEK


def order(items: Iterable[Waiting], now: datetime) -> list[int]:
    """Ids of the items that are decided, the first in the queue first. The order of `items` never matters."""
    best: dict[int, tuple[int, int, datetime, int]] = {}
    for item in items:
        rank = (-weeks_waited(item.queued_at, now), -item.weight, item.queued_at, item.id)
        best[item.group] = min(rank, best.get(item.group, rank))
    return sorted(best, key=lambda group: best[group])


def remaining(capacity: int, decided: int) -> int:
    """How many items the body can still decide this month."""
    return max(capacity - decided, 0)


def expected(place: int, *, capacity: int, decided: int, today: date) -> date:
    """The last day of the month in which the item at `place` (from 1) should have its turn.

    `capacity`: items a month, at least 1; `decided`: how many were decided this month already.
    """
    later = place - remaining(capacity, decided)
    months = 0 if later <= 0 else -(-later // capacity)
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])
