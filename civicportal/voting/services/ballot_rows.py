"""The statements of casting, made once: few, because many people vote in the same minute.

Both inserts are plain: no foreign key locks the box's row, and the electorate is read without a lock. No statement
reads a leaf or a tracker, it only compares: whoever lets the database's driver log what it reads must not find them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, exists, or_, select, union_all
from sqlalchemy.engine import Connection

from civicportal.core.dialect import NewRow, shares_box
from civicportal.core.orm import UTCDateTime
from civicportal.switches.functions import Function
from civicportal.switches.models import Switch
from civicportal.voting.models import Ballot, Box, ElectorateMember, LogLeaf, PendingBallot, RollEntry
from civicportal.voting.states import BoxState

_BOX: BindParameter[int] = bindparam("in_box")
_KEY: BindParameter[str] = bindparam("of_key")
_TRACKER: BindParameter[str] = bindparam("of_tracker")
_CLOCK = select(Box.state, Box.opens_at, Box.closes_at, Box.interrupted_at).where(Box.id == _BOX)
_ON_ROLL = select(exists().where(RollEntry.box_id == _BOX, RollEntry.key == _KEY))
_ELECTOR = select(ElectorateMember.box_id, ElectorateMember.key).where(
    ElectorateMember.box_id == _BOX, ElectorateMember.key == _KEY)
_IN_LOG = exists().where(Ballot.box_id == _BOX, Ballot.tracker == _TRACKER)
_REPLACED_IN_LOG = exists().where(Ballot.box_id == _BOX, Ballot.supersedes == _TRACKER)
_REPLACED = exists().where(PendingBallot.box_id == _BOX, PendingBallot.supersedes == _TRACKER) | _REPLACED_IN_LOG
_AT: BindParameter[datetime] = bindparam("at", type_=UTCDateTime())
_OFF = exists().where(
    or_(Switch.function == Function.VOTING, Switch.function == Function.CHANGES), Switch.ended_at.is_(None))
_OPEN = exists().where(
    Box.id == _BOX, Box.state == BoxState.OPEN, Box.opens_at <= _AT, Box.closes_at > _AT, Box.interrupted_at.is_(None))
_COLUMNS = [column for column in PendingBallot.__table__.columns if column.name != "box_id"]
_BALLOT = NewRow(PendingBallot, select(
    _BOX.label("box_id"), *(bindparam(column.name, type_=column.type).label(column.name) for column in _COLUMNS)
).where(shares_box(_BOX), _OPEN))
_ENTRY = NewRow(RollEntry, _ELECTOR.where(~_IN_LOG, _OPEN, ~_OFF),
                returning=select(Box.closes_at).where(Box.id == _BOX).scalar_subquery())


def _stored() -> Select[bool, bool]:
    pending = select(PendingBallot.leaf).where(PendingBallot.box_id == _BOX, PendingBallot.tracker == _TRACKER)
    logged = (
        select(LogLeaf.data).join(Box, Box.log_id == LogLeaf.log_id)
        .join(Ballot, (Ballot.box_id == Box.id) & (Ballot.index == LogLeaf.index))
        .where(Box.id == _BOX, Ballot.tracker == _TRACKER))
    leaf = union_all(pending, logged).subquery().c[0]
    return select(leaf == bindparam("whole"), leaf.contains(bindparam("part"), autoescape=False))


_STORED = _stored()


def clock(connection: Connection, box_id: int) -> tuple[BoxState, datetime, datetime, datetime | None]:
    """State, opening and closing instant of a box as they are now, and since when it is interrupted.

    To be read after the box is shared.
    """
    state, opens_at, closes_at, interrupted_at = connection.execute(_CLOCK, {"in_box": box_id}).one()
    return state, opens_at, closes_at, interrupted_at


def add_ballot(connection: Connection, box_id: int, ballot: Mapping[str, Any], at: datetime) -> bool:
    """Share the box and write a pending ballot.

    False when one with its tracker, or one that replaces the same, is pending, or the box was not open. Whoever held
    the box alone may have closed it meanwhile: a statement after this one tells.
    """
    return _BALLOT.insert(connection, {"in_box": box_id, "at": at, **ballot}) is not None


def add_entry(connection: Connection, box_id: int, key: str, tracker: str, at: datetime) -> datetime | None:
    """Write the voter's row of the roll, after the ballot. The closing instant in force.

    None when the box is not open at `at`, voting is switched off, the key is there already or is none of the
    electorate, or the tracker is in the log. That is asked here, in a statement after the ballot was inserted, as a
    batch may be moving a ballot with the same tracker: before it commits, the insert waits for it or is refused;
    afterwards this statement sees what it moved.
    """
    closes_at: datetime | None = _ENTRY.insert(
        connection, {"in_box": box_id, "of_key": key, "of_tracker": tracker, "at": at})
    return closes_at


def is_stored(connection: Connection, box_id: int, tracker: str, leaf: str) -> bool:
    """Whether the ballot with this tracker, pending or in the log, has this very leaf."""
    row = connection.execute(
        _STORED, {"in_box": box_id, "of_tracker": tracker, "whole": leaf, "part": ""}).first()
    return row is not None and bool(row[0])


def revisable(connection: Connection, box_id: int, tracker: str, revise: str) -> bool | None:
    """Whether a ballot, pending or in the log, names this hash of its change secret; None when there is none."""
    row = connection.execute(
        _STORED, {"in_box": box_id, "of_tracker": tracker, "whole": "", "part": f'"revise":"{revise}"'}).first()
    return None if row is None else bool(row[1])


def in_log(connection: Connection, box_id: int, tracker: str) -> bool:
    """Whether a ballot with this tracker is in the log."""
    return bool(connection.scalar(select(_IN_LOG), {"in_box": box_id, "of_tracker": tracker}))


def replaced_in_log(connection: Connection, box_id: int, tracker: str) -> bool:
    """Whether a ballot in the log replaces the one with this tracker."""
    return bool(connection.scalar(select(_REPLACED_IN_LOG), {"in_box": box_id, "of_tracker": tracker}))


def replaced(connection: Connection, box_id: int, tracker: str) -> bool:
    """Whether a ballot, pending or in the log, replaces the one with this tracker."""
    return bool(connection.scalar(select(_REPLACED), {"in_box": box_id, "of_tracker": tracker}))


def on_roll(connection: Connection, box_id: int, key: str) -> bool:
    """Whether the key has voted."""
    return bool(connection.scalar(_ON_ROLL, {"in_box": box_id, "of_key": key}))


def is_elector(connection: Connection, box_id: int, key: str) -> bool:
    """Whether the key may vote."""
    return connection.execute(_ELECTOR, {"in_box": box_id, "of_key": key}).first() is not None
