"""Ballots move from `pending_ballots` into the log in batches, and the log is signed.

Three steps: the batch is one transaction of its own, with its leaves shuffled; what it deleted is removed from the
database files; then the head is signed. Whatever a crash leaves out, the next tick finds: leaves without a head.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain, repeat
from random import SystemRandom
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import lock_box, scrub
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import (
    Ballot,
    Box,
    BoxExtension,
    BoxHead,
    ElectorateCount,
    Log,
    PendingBallot,
    RollEntry,
)
from civicportal.voting.notes import instant
from civicportal.voting.services.each_box import each_box
from civicportal.voting.services.log import append, noting_refusal, sign_head
from civicportal.voting.states import BoxState, PolicyKind, Secrecy

_BALLOTS = cast(Table, Ballot.__table__)  # rows by the thousand need no objects
FIRST = PendingBallot.supersedes.is_(None)


def make_batches() -> None:
    """Log and sign what is due in every open vote, and what is left in a void one.

    A vote that has just opened gets its first head, of no leaves: it commits to the rules and the electorate before
    anybody has voted. A worker whose clock is behind that of the one who opened it leaves it to the next turn.
    """
    pending = select(PendingBallot.tracker).where(PendingBallot.box_id == Box.id).exists()
    passed = select(BoxExtension.id).where(BoxExtension.box_id == Box.id, *_passed()).exists()
    each_box(current().scalars(select(Box.id).where(Box.scrub_due).order_by(Box.id)).all(), remove_traces)
    each_box(current().scalars(
        select(Box.id).join(Box.log)
        .where(Box.state.in_({BoxState.OPEN, BoxState.VOID}), Box.interrupted_at.is_(None), Box.opens_at <= now(),
               or_(pending, passed, _unsigned()))
        .order_by(Box.id)).all(), make_batch)


def make_batch(box: Box, *, force: bool = False) -> BoxHead | None:
    """Log what is pending when a batch is due, or by `force` whatever there is; then sign the leaves without a head.

    A batch is due when enough first ballots are pending (changed votes do not count) and enough time has passed since
    the last one, and of everything at an instant at which the vote was to close before it was extended.
    None when there is nothing to sign.
    """
    if log_pending(box, anything if force else _is_due):
        remove_traces(box)
        return sign_box(box)
    return None


def head_since(box: Box, at: datetime) -> BoxHead:
    """The first head signed at an instant or after; a new one where there is none, also if nothing is new in the log.

    For a new one, what is pending goes into the log when it is enough for a batch, however short ago the last one was;
    fewer ballots stay out, because a head is not worth their secrecy.
    """
    first = select(BoxHead).where(BoxHead.box_id == box.id, BoxHead.at >= at).order_by(BoxHead.number).limit(1)
    found = current().scalar(first)
    if found is not None:
        return found
    log_pending(box, _is_enough)
    remove_traces(box)
    with noting_refusal(log_of(box)), atomic() as session:
        lock(box)
        return session.scalar(first) or add_head(box)


def anything(_box: Box) -> bool:
    """Log whatever is pending, be it one ballot."""
    return True


def log_pending(box: Box, when: Callable[[Box], bool]) -> bool:
    """Move pending ballots into the log if `when` says so. Whether the box has anything without a head.

    Nobody casts meanwhile, so that no tracker and no change can slip in twice, before and after the move; and no other
    worker makes a batch, so that what `when` has counted is what is moved. Nothing moves while the box is interrupted:
    the place of the next leaf is taken.
    """
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        lock(log_of(box))
        if box.interrupted_at is not None:
            return False
        instants = session.scalars(select(BoxExtension.id).where(BoxExtension.box_id == box.id, *_passed())).all()
        if instants or when(box):
            _move(box)
            session.execute(update(BoxExtension).where(BoxExtension.id.in_(instants)).values(batched_at=now()))
        return session.scalar(select(Box.id).join(Box.log).where(Box.id == box.id, _unsigned())) is not None


def remove_traces(box: Box) -> None:
    """Remove from the database files what batches and the close deleted, if anything is due.

    A long read (a backup, say) keeps deleted rows in the files: then it is left for the next turn.
    """
    before, due = _written(box), box.scrub_due
    tables = {PendingBallot.__tablename__, *([] if box.roll_size is None else [RollEntry.__tablename__])}
    current().rollback()  # or this very transaction would be a reader
    if not due or not scrub(tables):
        return
    with atomic():
        lock(box)
        if _written(box) == before:  # else there is more to remove by now
            box.scrub_due = False


def _written(box: Box) -> tuple[int, int | None]:
    """Leaves in the log, and entries of the roll once it was written anew."""
    size = current().scalar(select(Log.size).where(Log.id == box.log_id)) or 0
    return size, box.roll_size


def sign_box(box: Box) -> BoxHead | None:
    """Sign what no head covers, leaves or a new count of the electorate; None when another worker was first."""
    with noting_refusal(log_of(box)), atomic() as session:
        lock(box)
        unsigned = session.scalar(select(Box.id).join(Box.log).where(Box.id == box.id, _unsigned()))
        return add_head(box) if unsigned else None


def add_head(box: Box, last: Mapping[str, str] | None = None) -> BoxHead:
    """Sign a head with the lines of decision 0009 and write down what it amounts to; `last`: lines of the last head.

    What is signed once the vote is closed is not dated before its close, however late a worker's clock is.

    Belongs into a transaction that has locked the box, inside `noting_refusal`.
    """
    session = current()
    electorate = session.scalars(
        select(ElectorateCount).where(ElectorateCount.box_id == box.id).order_by(ElectorateCount.id.desc()).limit(1)
    ).one()
    head = sign_head(log_of(box), lines={
        "closes": instant(box.closes_at),
        "box": sha256((box.frozen or "").encode()).hexdigest(),
        "electorate": f"{electorate.size} {b64encode(electorate.root).decode()}",
        **(last or {}),
    }, not_before=box.closed_at)
    session.flush()
    row = BoxHead(
        box_id=box.id, number=head.number, head_id=head.id, size=head.size, at=head.at, counts=count_ballots(box),
        electorate_size=electorate.size, electorate_root=electorate.root, judged=not _judged_by_head(box))
    session.add(row)
    return row


def count_ballots(box: Box) -> dict[str, int]:
    """Count every ballot in the log by option, without those that another one supersedes."""
    later = aliased(Ballot)
    superseded = select(later.tracker).where(later.box_id == Ballot.box_id, later.supersedes == Ballot.tracker)
    rows = current().execute(
        select(Ballot.choice, func.count()).where(Ballot.box_id == box.id, ~superseded.exists())
        .group_by(Ballot.choice))
    return KINDS[box.kind].tally(chain.from_iterable(repeat(choice, number) for choice, number in rows), box.options)


def log_of(box: Box) -> Log:
    """The log of a vote. Raises ValueError for one that has not opened."""
    if box.log is None:
        raise ValueError(f"box {box.id} has not opened")
    return box.log


def _judged_by_head(box: Box) -> bool:
    return box.policy is not None and box.policy.kind is not PolicyKind.MONTHLY


def _unsigned() -> ColumnElement[bool]:
    """Whether a box (joined with its log) has leaves or a count of its electorate without a head, or no head at all."""
    covered = select(func.max(BoxHead.size)).where(BoxHead.box_id == Box.id).correlate(Box).scalar_subquery()
    signed = select(func.max(BoxHead.electorate_size)).where(BoxHead.box_id == Box.id).correlate(Box).scalar_subquery()
    counted = select(func.max(ElectorateCount.size)).where(ElectorateCount.box_id == Box.id).correlate(Box)
    return or_(Log.size > func.coalesce(covered, -1), counted.scalar_subquery() > func.coalesce(signed, -1))


def _passed() -> tuple[ColumnElement[bool], ...]:
    """Extensions whose old closing instant has come without the batch that was promised for it."""
    return BoxExtension.batched_at.is_(None), BoxExtension.old_closes_at <= now()


def _is_due(box: Box) -> bool:
    if box.state is not BoxState.OPEN or box.secrecy is Secrecy.OPEN:
        return True  # nothing more will come, or there is nothing to hide in a crowd
    return _is_enough(box) and _rested(box)


def _is_enough(box: Box) -> bool:
    first = current().scalar(select(func.count()).where(PendingBallot.box_id == box.id, FIRST)) or 0
    return first >= settings().ballot_batch_min


def _rested(box: Box) -> bool:
    """Whether enough time has passed since the first head over the newest leaf."""
    size = log_of(box).size
    last = current().scalar(select(func.min(BoxHead.at)).where(BoxHead.box_id == box.id, BoxHead.size == size))
    return not size or last is None or now() >= last + timedelta(minutes=settings().ballot_batch_minutes)


def _move(box: Box) -> None:
    rows = _in_order(current().execute(
        delete(PendingBallot).where(PendingBallot.box_id == box.id)
        .returning(PendingBallot.tracker, PendingBallot.supersedes, PendingBallot.choice, PendingBallot.leaf)
        .execution_options(synchronize_session=False)).all())
    if rows:
        box.scrub_due = True
        indexes = append(log_of(box), [row.leaf for row in rows])
        current().execute(insert(_BALLOTS), [
            {"box_id": box.id, "tracker": row.tracker, "supersedes": row.supersedes, "choice": row.choice,
             "index": index} for index, row in zip(indexes, rows, strict=True)])


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """Shuffled, but each changed vote behind the one it supersedes."""
    waiting, ordered = list(rows), []
    SystemRandom().shuffle(waiting)
    while waiting:
        unknown = {row.tracker for row in waiting}
        ready = [row for row in waiting if row.supersedes not in unknown]
        if not ready:
            raise ValueError("ballots that supersede each other in a circle")
        ordered += ready
        waiting = [row for row in waiting if row.supersedes in unknown]
    return ordered
