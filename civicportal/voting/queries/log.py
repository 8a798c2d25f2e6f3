"""The public log as others read it: heads, leaves, and proofs."""

from collections.abc import Sequence

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.voting import merkle
from civicportal.voting.models import Head, Log, LogBreak, LogLeaf, LogTile, SigningKey
from civicportal.voting.states import KeyPurpose

TILES = 100  # held in memory at a time, of the many that a long log has


def newest_generation(name: str) -> Log | None:
    """The log with this name, or the one that goes on for it after the last break."""
    found = current().scalar(select(Log).where(Log.name == name))
    broken = breaks_of(name)
    return current().get_one(Log, broken[-1].log_id) if broken else found


def breaks_of(name: str) -> Sequence[LogBreak]:
    """Every break of the log with this name, oldest first. All of it is public."""
    rows = select(LogBreak).join(Log, Log.id == LogBreak.log_id).where(Log.name.startswith(f"{name}/", autoescape=True))
    return current().scalars(rows.order_by(LogBreak.log_id)).all()


def read_tile(log_id: int) -> merkle.Tile:
    """A reader of a log's stored tiles. Raises ValueError for a tile that is not there."""

    def tile(level: int, index: int) -> bytes:
        found = current().scalar(
            select(LogTile.hashes).where(LogTile.log_id == log_id, LogTile.level == level, LogTile.index == index))
        if found is None:
            raise ValueError("the log lacks a tile")
        return found

    return tile


def inclusion(log: Log, index: int, head: Head) -> list[bytes]:
    """Proof that leaf `index` (from 0) is in the tree of a head. Raises ValueError when it is not."""
    return merkle.inclusion_proof(index, head.size, read_tile(log.id))


def consistency(log: Log, first: int, second: int) -> list[bytes]:
    """Proof that the tree of `second` leaves extends that of `first`. Raises ValueError for sizes the log never had."""
    if second > log.size:
        raise ValueError("the log is not that long")
    return merkle.consistency_proof(first, second, read_tile(log.id))


def heads(log: Log, up_to: int | None = None) -> Sequence[Head]:
    """Every signed head of a log, oldest first, up to a number where one is given."""
    rows = select(Head).where(Head.log_id == log.id).order_by(Head.number)
    return current().scalars(rows if up_to is None else rows.where(Head.number <= up_to)).all()


def head_by_number(log: Log, number: int) -> Head | None:
    """The head with a number (from 1)."""
    return current().scalar(select(Head).where(Head.log_id == log.id, Head.number == number))


def newest_head(log: Log) -> Head | None:
    """The head that was signed last."""
    return current().scalar(select(Head).where(Head.log_id == log.id).order_by(Head.number.desc()).limit(1))


def leaf_at(log: Log, index: int) -> str | None:
    """The leaf with an index (from 0)."""
    return current().scalar(select(LogLeaf.data).where(LogLeaf.log_id == log.id, LogLeaf.index == index))


def find_leaf(log: Log, leaf_hash: bytes) -> int | None:
    """Index of the first leaf with this hash, None when it is not in the log. Reads the log's lowest tiles."""
    tiles = select(LogTile.index, LogTile.hashes).where(LogTile.log_id == log.id, LogTile.level == 0)
    with current().execute(tiles.order_by(LogTile.index), execution_options={"yield_per": TILES}) as rows:
        for number, hashes in rows:
            for place in range(len(hashes) // merkle.LENGTH):
                if hashes[place * merkle.LENGTH:(place + 1) * merkle.LENGTH] == leaf_hash:
                    return number * merkle.WIDTH + place
    return None


def keys(purpose: KeyPurpose) -> Sequence[SigningKey]:
    """The public history of the keys that sign heads, or receipts, oldest first."""
    return current().scalars(
        select(SigningKey).where(SigningKey.purpose == purpose).order_by(SigningKey.first_used_at, SigningKey.id)).all()
