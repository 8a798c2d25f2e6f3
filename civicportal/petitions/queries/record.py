"""The public record as others read it: the acts on a petition with their proofs, and the whole log."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.transactions import current
from civicportal.petitions.commitments import leaf_of
from civicportal.petitions.models import Petition, RecordEntry, Revision
from civicportal.petitions.queries.removals import in_force
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.states import RecordAct
from civicportal.voting.models import Head, Log, LogBreak, LogLeaf
from civicportal.voting.queries import log as logs

NAME = "record"
OF_WORDS = frozenset({RecordAct.PUBLISHED, RecordAct.ANSWERED, RecordAct.REVISED})
_LEAVES = 1000


@dataclass(frozen=True)
class Proven:
    """One act. `hashes` lead from the leaf to the root of the head; without a head it is in that of the day `next`.

    `statement` is None where it holds the hash of words that are no longer public: who knows the rest of a text could
    find a telephone number in it by trying. The leaf is salted and tells nothing.
    """

    entry: RecordEntry
    leaf: str
    statement: str | None
    hashes: tuple[str, ...] = ()
    covered: bool = False


@dataclass(frozen=True)
class Proofs:
    """The acts on one petition, oldest first, and the newest head. `next`: the day on which the next head is signed."""

    acts: tuple[Proven, ...]
    head: Head | None
    next: date


def record_log() -> Log | None:
    """The log of the record, after a break the one that goes on; None before its first entry."""
    return logs.newest_generation(NAME)


def record_breaks() -> Sequence[LogBreak]:
    """Where the record was lost and went on as another log, oldest first."""
    return logs.breaks_of(NAME)


def all_heads() -> list[Head]:
    """Every head of the record, oldest first, those from before a break too."""
    newest = record_log()
    former = [found.former for found in record_breaks()]
    return [head for log in [*former, newest] if log for head in logs.heads(log)]


def proofs_of(petition: Petition, viewer: Viewer) -> Proofs:
    """Every act on a petition with the proof that the newest head covers it, as a reader may see them."""
    log = record_log()
    head = logs.newest_head(log) if log else None
    entries = current().scalars(
        select(RecordEntry).where(RecordEntry.petition_id == petition.id).order_by(RecordEntry.id)).all()
    kept_back = _kept_back_before(petition) if viewer is Viewer.PUBLIC else None
    if viewer is Viewer.PUBLIC:  # that something was added is for those who may read it
        entries = [entry for entry in entries if entry.act is not RecordAct.ADDED]
    return Proofs(tuple(_proven(entry, log, head, kept_back) for entry in entries), head, _next_day(head))


def _kept_back_before(petition: Petition) -> datetime | None:
    """The instant before which words of the petition or its answers are not public any more."""
    if removal := in_force(petition):
        return removal.removed_at
    return current().scalar(select(func.max(Revision.at)).where(
        Revision.petition_id == petition.id, Revision.withheld.is_(True)))


def _proven(entry: RecordEntry, log: Log | None, head: Head | None, kept_back: datetime | None) -> Proven:
    leaf = leaf_of(entry.statement)
    hidden = kept_back is not None and entry.act in OF_WORDS and entry.at < kept_back
    statement = None if hidden else entry.statement
    if log is None or head is None or entry.index is None or entry.index >= head.size:
        return Proven(entry, leaf, statement)
    hashes = logs.inclusion(log, entry.index, head)
    return Proven(entry, leaf, statement, tuple(b64encode(node).decode() for node in hashes), covered=True)


def _next_day(head: Head | None) -> date:
    today = local(now()).date()
    return today if head is None or local(head.at).date() < today else today + timedelta(days=1)


def leaves(log: Log, size: int) -> Iterator[str]:
    """The first `size` leaves, in order, some at a time."""
    for start in range(0, size, _LEAVES):
        rows: Sequence[str] = current().scalars(
            select(LogLeaf.data).where(LogLeaf.log_id == log.id, LogLeaf.index >= start,
                                       LogLeaf.index < min(size, start + _LEAVES)).order_by(LogLeaf.index)).all()
        yield from rows
