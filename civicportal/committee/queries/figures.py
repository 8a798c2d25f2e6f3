"""The counts that go with an item: those of the head it crossed at, and the last that are public."""

from dataclasses import dataclass

from civicportal.committee.models import Item
from civicportal.core.transactions import current
from civicportal.voting.models import Box, BoxHead
from civicportal.voting.queries.totals import PublishedTotals, Withheld, published_totals, withheld


@dataclass(frozen=True)
class Figures:
    """Yes, no, abstain and turnout. `crossing`: at the head of the threshold, None where there is no crossing.

    `held`: why newer counts wait, None where nothing is kept back.
    """

    box: Box
    last: PublishedTotals | None
    crossing: PublishedTotals | None
    held: Withheld | None


def figures(item: Item) -> Figures | None:
    """What the vote of an item says in public now; None where it never opened."""
    box = item.box
    if box is None or box.opened_at is None:
        return None
    last = published_totals(box)
    return Figures(box, last, _at_crossing(box, last), withheld(box))


def _at_crossing(box: Box, last: PublishedTotals | None) -> PublishedTotals | None:
    """The counts of the crossing head, which was published when it was judged."""
    head = current().get(BoxHead, (box.id, box.crossing.head_number)) if box.crossing else None
    if head is None:
        return None
    return PublishedTotals(
        box.id, head.number, head.at, head.size, head.counts, head.electorate_size,
        last is not None and last.last and last.head_number == head.number)
