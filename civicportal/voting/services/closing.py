"""The end of a vote: extending, closing, counting, and making the count final.

Closing takes several steps, and each can be repeated: nobody can cast any more; everything pending is in the log; the
roll stands in the order of its keys; the last head is signed, and the tally is public with it. A worker that was
killed between any two is followed by one that does the rest at the next tick. Only the last step, which publishes,
waits while an election silence runs.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import lock_box
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.canonical import canonical
from civicportal.voting.models import (
    Box,
    BoxExtension,
    Dispute,
    ElectorateMember,
    PromiseClaim,
    RollEntry,
)
from civicportal.voting.news import BoxClosed, BoxExtended
from civicportal.voting.policies import can_run
from civicportal.voting.queries.log import newest_head
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.services.batches import (
    add_head,
    anything,
    count_ballots,
    log_of,
    log_pending,
    remove_traces,
    sign_box,
)
from civicportal.voting.services.each_box import each_box
from civicportal.voting.services.log import noting_refusal
from civicportal.voting.services.plan_checks import too_far
from civicportal.voting.states import BOX, UNSETTLED, BoxState, DisputeState, Secrecy

_ROLL = cast(Table, RollEntry.__table__)  # rows by the thousand need no objects
ROWS = 10_000
logger = logging.getLogger(__name__)
_MAY_NOT = lazy("You do not have the right to do this.")
_OVER = lazy("Only a vote that is open can be extended, and only before it closes.")
_LATER = lazy("The new closing time must be later than the old one.")
_SILENT = lazy("An election silence runs at that time. Choose a time after it.")
_REASON = lazy("Enter the reason. Everyone can read it.")


def extend_box(
    actor: Actor, box: Box, *, closes_at: datetime, reason: str, silence_id: int | None = None
) -> BoxExtension:
    """Move the closing of an open vote to a later instant (whole seconds), for a reason that everyone can read.

    At the old instant all that is pending goes into the log, as the receipts promise. Raises Forbidden, Conflict when
    the vote is not open or its time is over, by this worker's clock or by that of the one who signed the newest head;
    Invalid with the fields `closes_at` and `reason`.
    """
    if not can_run(actor) and actor.person_id is not None:
        raise Forbidden(_MAY_NOT)
    closes_at = closes_at.replace(microsecond=0)
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        if box.state is not BoxState.OPEN or _latest(box) >= box.closes_at:
            raise Conflict(_OVER)
        _check(box, closes_at, reason, by_portal=actor.person_id is None)
        extension = BoxExtension(
            box_id=box.id, old_closes_at=box.closes_at, new_closes_at=closes_at, reason=reason.strip(), at=now(),
            silence_id=silence_id, by_id=actor.person_id)
        session.add(extension)
        box.closes_at = closes_at
        record(AuditName.BOX_EXTENDED, actor, "box", box.id)
        publish(BoxExtended(box.id))
    return extension


def _latest(box: Box) -> datetime:
    """Now, or when the newest head was signed: the clock of the worker that signed it may be ahead."""
    head = newest_head(log_of(box))
    return max(now(), head.at) if head else now()


def _check(box: Box, closes_at: datetime, reason: str, *, by_portal: bool) -> None:
    fields: dict[str, object] = {} if reason.strip() else {"reason": _REASON}
    if closes_at <= box.closes_at:
        fields["closes_at"] = _LATER
    elif silence_at(closes_at):
        fields["closes_at"] = _SILENT
    elif closes_at > now() + timedelta(days=settings().vote_max_days) and not by_portal:
        fields["closes_at"] = too_far()
    if fields:
        raise Invalid(fields=fields)


def close_due() -> None:
    """Close every vote whose time has come, and finish closing those where it was interrupted.

    The roll of a void vote is settled, too. A vote by name is over when every member has voted, unless a silence runs.
    """
    left = Box.counted_at.is_(None) if silence_at(now()) is None else Box.roll_size.is_(None)
    running = and_(Box.state == BoxState.OPEN, or_(Box.closes_at <= now(), Box.secrecy == Secrecy.OPEN))
    each_box(current().scalars(
        select(Box.id).where(or_(and_(Box.state == BoxState.CLOSED, left), running)).order_by(Box.id)).all(), close_box)
    void = Box.state == BoxState.VOID, Box.opened_at.is_not(None), Box.roll_size.is_(None)
    each_box(current().scalars(select(Box.id).where(*void).order_by(Box.id)).all(), _settle_void)


def close_box(box: Box) -> None:
    """Close one vote, if its time has come: all steps, or those that are left. Quiet where there is nothing to do."""
    if not _shut(box):
        return
    log_pending(box, anything)
    silent = silence_at(now()) is not None
    if silent:
        sign_box(box)
    settle_roll(box)
    remove_traces(box)
    if not silent:
        _publish(box)


def _settle_void(box: Box) -> None:
    settle_roll(box)
    remove_traces(box)


def finish_due() -> None:
    """Make counts final that have stood open to checks for `check_days`, unless a promise or dispute is unsettled."""
    each_box(current().scalars(select(Box.id).where(*_finished()).order_by(Box.id)).all(), _finish)


def _finished() -> tuple[ColumnElement[bool], ...]:
    """Conditions on a box: counted for long enough, and nothing unsettled."""
    claims = select(PromiseClaim.id).where(PromiseClaim.box_id == Box.id, PromiseClaim.state.in_(UNSETTLED))
    disputes = select(Dispute.id).where(Dispute.box_id == Box.id, Dispute.state == DisputeState.OPEN)
    return (Box.state == BoxState.CLOSED, Box.counted_at <= now() - timedelta(days=settings().check_days),
            ~claims.exists(), ~disputes.exists())


def _finish(box: Box) -> None:
    """Whoever lodges a claim or marks suspects holds the box's row too: what they brought meanwhile counts."""
    with atomic() as session:
        lock(box)
        if session.scalar(select(Box.id).where(Box.id == box.id, *_finished())) is not None:
            apply(BOX, box, "finish", SYSTEM)
            box.final_at = now()


def _shut(box: Box) -> bool:
    """From here on nobody can cast: those who are casting right now hold the box's lock. Whether steps are left."""
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        if box.interrupted_at is not None:
            return False
        if box.state is BoxState.OPEN and _is_over(box):
            apply(BOX, box, "close", SYSTEM)
            box.closed_at = min(now(), box.closes_at)
        return box.state is BoxState.CLOSED and box.counted_at is None


def _is_over(box: Box) -> bool:
    if now() >= box.closes_at:
        return True
    return bool(box.secrecy is Secrecy.OPEN and box.members) and _voted(box) >= len(box.members or ()) and (
        silence_at(now()) is None)


def _voted(box: Box) -> int:
    return current().scalar(select(func.count()).where(RollEntry.box_id == box.id)) or 0


def settle_roll(box: Box) -> None:
    """Write the roll anew in the order of its keys, in one transaction: no trace is left of who voted when."""
    with atomic() as session:
        lock(box)
        if box.roll_size is not None:
            return
        keys = list(_keys(box))
        session.execute(delete(RollEntry).where(RollEntry.box_id == box.id)
                        .execution_options(synchronize_session=False))
        for start in range(0, len(keys), ROWS):
            session.execute(insert(_ROLL), [{"box_id": box.id, "key": key} for key in keys[start:start + ROWS]])
        box.roll_size, box.levels, box.scrub_due = len(keys), _levels(box), True


def _keys(box: Box) -> Iterator[str]:
    """Keys that voted, in order: there may be a million of them."""
    return iter(current().scalars(select(RollEntry.key).where(RollEntry.box_id == box.id).order_by(RollEntry.key),
                                  execution_options={"yield_per": ROWS}))


def _hash_of_keys(box: Box) -> str:
    """Hex SHA-256 of `voted-keys.txt`."""
    hashed = sha256()
    for key in _keys(box):
        hashed.update(f"{key}\n".encode())
    return hashed.hexdigest()


def _levels(box: Box) -> dict[str, int]:
    """How many voters had which level when they were admitted."""
    rows = current().execute(
        select(ElectorateMember.level, func.count())
        .join(RollEntry, and_(RollEntry.box_id == ElectorateMember.box_id, RollEntry.key == ElectorateMember.key))
        .where(RollEntry.box_id == box.id).group_by(ElectorateMember.level).order_by(ElectorateMember.level))
    return {str(level): count for level, count in rows}


def _publish(box: Box) -> None:
    """Sign the last head, over tally and voted keys; with it the tally is public and the news goes out, once."""
    with noting_refusal(log_of(box)), atomic():
        lock(box)
        if box.counted_at is not None:
            return
        tally = count_ballots(box)
        if sum(tally.values()) != box.roll_size:
            logger.critical("box %d: there are not as many ballots as voters", box.id)
        head = add_head(box, {
            "tally": sha256(canonical(tally).encode()).hexdigest(),
            "voted-keys": _hash_of_keys(box),
        })
        box.tally, box.counted_at = head.counts, now()
        publish(BoxClosed(box.id))
