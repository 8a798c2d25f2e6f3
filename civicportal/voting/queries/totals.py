"""Which counts of a vote are public now. Page, feed, export, card and sort order all ask here, and so do thresholds.

A count is published as of a signed head. Of a vote whose totals wait for its end, none is until the last head after
the close; a threshold is judged in public, so a vote with one shows its totals always. While an election silence runs,
everybody (officials too) sees the last head signed before it began. Where each head is compared with a threshold, it is
published once that is done: nobody sees counts that reach the threshold beside the word that it is not reached.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from civicportal.core.clock import now
from civicportal.core.transactions import current
from civicportal.voting.models import Box, BoxHead, Crossing, Head
from civicportal.voting.notes import parse_checkpoint
from civicportal.voting.queries.log import newest_head
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.states import BoxState, Totals


class Reason(StrEnum):
    """Why counts wait, as `box.json` writes it."""

    UNTIL_CLOSE = "until-close"
    SILENCE = "silence"


@dataclass(frozen=True)
class Withheld:
    """Counts wait: why, and until when at least."""

    reason: Reason
    until: datetime


@dataclass(frozen=True)
class PublishedTotals:
    """What everybody may know of a count.

    `counts`: ballots by option, net of changed votes. `last`: it is the last head, and the tally.
    """

    box_id: int
    head_number: int
    at: datetime
    size: int
    counts: dict[str, int]
    electorate_size: int
    last: bool

    @property
    def ballots(self) -> int:
        """How many have voted, as of the head."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class AsOf:
    """What is public of a vote as of one of its heads, the one with this number.

    `head`: whose counts and leaves are given, None while there are none. `reason`: why those of later heads wait.
    `last`: it is the last head, which signs the tally.
    """

    number: int
    head: BoxHead | None
    reason: Reason | None
    last: bool


def published_heads() -> Select[BoxHead]:
    """The published head of every vote that has one: to be narrowed, joined, or sorted by."""
    quiet = silence_at(now())
    numbers = select(func.max(BoxHead.number)).where(BoxHead.box_id == Box.id).correlate(Box)
    newest = numbers.where(_judged(), BoxHead.at < quiet.starts_at) if quiet else numbers.where(_judged())
    counted = and_(Box.counted_at.is_not(None), BoxHead.number == numbers.scalar_subquery())
    return (
        select(BoxHead)
        .join_from(Box, BoxHead, and_(BoxHead.box_id == Box.id, BoxHead.number == newest.scalar_subquery()))
        .where(or_(Box.totals == Totals.LIVE, Box.policy_id.is_not(None), counted)))


def _judged() -> ColumnElement[bool]:
    """Nothing is left to be judged at the head: also once the threshold is crossed, or the vote void."""
    crossed = select(Crossing.box_id).where(Crossing.box_id == BoxHead.box_id).exists()
    return or_(BoxHead.judged, Box.state == BoxState.VOID, crossed)


def published_head(box: Box) -> BoxHead | None:
    """The head whose counts and leaves are public, None while there is none."""
    return current().scalar(published_heads().where(Box.id == box.id))


def published_totals(box: Box) -> PublishedTotals | None:
    """The counts that are public, None while there are none."""
    return totals_of_many([box.id]).get(box.id)


def totals_of_many(box_ids: Collection[int]) -> dict[int, PublishedTotals]:
    """The public counts of several votes by their ids; those that have none are left out."""
    last = select(func.max(BoxHead.number)).where(BoxHead.box_id == Box.id, Box.counted_at.is_not(None)).correlate(Box)
    rows = current().execute(published_heads().add_columns(last.scalar_subquery()).where(Box.id.in_(box_ids)))
    return {
        head.box_id: PublishedTotals(
            head.box_id, head.number, head.at, head.size, head.counts, head.electorate_size, head.number == number)
        for head, number in rows
    }


def withheld(box: Box) -> Withheld | None:
    """Why the newest counts are not public, and until when; None when nothing is kept back."""
    if box.opened_at is None or box.state is BoxState.VOID:
        return None
    quiet = silence_at(now())
    if _waits_for_close(box) and box.counted_at is None:
        return Withheld(Reason.UNTIL_CLOSE, max(box.closes_at, quiet.ends_at) if quiet else box.closes_at)
    if quiet and (box.counted_at is None or _newest_at(box) >= quiet.starts_at):
        return Withheld(Reason.SILENCE, quiet.ends_at)
    return None


def _newest_at(box: Box) -> datetime:
    return current().scalars(
        select(BoxHead.at).where(BoxHead.box_id == box.id).order_by(BoxHead.number.desc()).limit(1)).one()


def public_as_of(box: Box, number: int | None = None) -> AsOf | None:
    """What is public of a vote as of a head, the newest possible unless its number is given. None for any other number.

    All of it follows from heads that are read first, and no head ever changes: what is signed, judged or counted
    meanwhile alters nothing.
    """
    newest = _newest_public(box)
    if newest is None or number is None or number == newest.number:
        return newest
    if not 0 < number < newest.number:
        return None
    if _waits_for_close(box):
        return AsOf(number, None, Reason.UNTIL_CLOSE, last=False)
    if newest.head is None or newest.head.number < number:
        return AsOf(number, newest.head, newest.reason, last=False)
    return AsOf(number, current().get_one(BoxHead, (box.id, number)), None, last=False)


def _newest_public(box: Box) -> AsOf | None:
    """While counts wait, the log goes on in public, but for the last head: its tally would be public with it."""
    given = published_head(box)  # read before the newest, which may be signed meanwhile
    newest = newest_head(box.log) if box.log else None
    if newest is None:
        return None
    last = _signs_tally(newest)
    if given is not None and given.number == newest.number:
        return AsOf(newest.number, given, None, last)
    if _waits_for_close(box) or silence_at(now()):
        reason = Reason.UNTIL_CLOSE if _waits_for_close(box) else Reason.SILENCE
        number = newest.number - 1 if last else newest.number
        return AsOf(number, given, reason, last=False) if number else None
    return AsOf(given.number, given, None, last=False) if given else None


def _waits_for_close(box: Box) -> bool:
    return box.totals is Totals.CLOSED and box.policy_id is None


def _signs_tally(head: Head) -> bool:
    return "tally" in parse_checkpoint(head.note).lines
