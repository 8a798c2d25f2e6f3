"""Where a ballot is, for somebody who knows its tracker. Says nothing of a choice before totals are public."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, select

from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.voting.models import Ballot, Box, Head, Log, PendingBallot
from civicportal.voting.queries import log
from civicportal.voting.queries.totals import published_head


class Whereabouts(StrEnum):
    """What became of a ballot so far."""

    LOGGED = "logged"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """`index` counts from 0; `proof` leads from the leaf to the root of `head`; `leaf`, `choice`, `replaced` as public.

    `by`: when a waiting ballot is in the log at the latest.
    """

    state: Whereabouts
    by: datetime | None = None
    index: int = 0
    head: Head | None = None
    proof: list[str] = field(default_factory=list)
    leaf: str = ""
    choice: str = ""
    replaced: bool = False


def look_up(box: Box, tracker: str) -> Found:
    """The ballot with this tracker (in the form it is stored in)."""
    ballot = current().get(Ballot, (box.id, tracker))
    head = log.newest_head(box.log) if box.log else None
    if ballot is not None and box.log is not None and head is not None and ballot.index < head.size:
        return _logged(box, box.log, ballot, head)
    if ballot is not None or current().get(PendingBallot, (box.id, tracker)) is not None:
        return Found(Whereabouts.WAITING, box.closes_at + timedelta(minutes=settings().promise_minutes))
    return Found(Whereabouts.UNKNOWN)


def _logged(box: Box, entries: Log, ballot: Ballot, head: Head) -> Found:
    proof = [b64encode(node).decode() for node in log.inclusion(entries, ballot.index, head)]
    given = published_head(box)
    if given is None or ballot.index >= given.size:
        return Found(Whereabouts.LOGGED, index=ballot.index, head=head, proof=proof)
    replaced = bool(current().scalar(select(exists().where(
        Ballot.box_id == box.id, Ballot.supersedes == ballot.tracker, Ballot.index < given.size))))
    return Found(Whereabouts.LOGGED, None, ballot.index, head, proof, log.leaf_at(entries, ballot.index) or "",
                 ballot.choice, replaced)
