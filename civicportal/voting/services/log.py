"""Write side of the public log: leaves are appended in one transaction, a head is signed in the next.

The log knows names and leaves, not boxes. Only the worker signs. Before a head's row commits, the head is written to a
file outside the database (`kept_heads`). A crash between the two is safe to repeat: the tree at a size never changes,
so the head that was kept is the head that will be stored, or is followed by one that extends it.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, insert, select, update

from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.transactions import atomic, lock
from civicportal.voting import merkle
from civicportal.voting.models import Head, Log, LogLeaf, LogTile
from civicportal.voting.notes import Checkpoint, Signer, checkpoint, instant, parse_checkpoint, parse_instant
from civicportal.voting.queries.log import newest_head, read_tile
from civicportal.voting.services.kept_heads import kept_head
from civicportal.voting.services.keys import is_retired, log_signers, portal_host, record_key, trusted_log_keys
from civicportal.voting.states import KeyPurpose

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(/[A-Za-z0-9][A-Za-z0-9.-]*)*")
_LEAVES = cast(Table, LogLeaf.__table__)  # rows by the thousand need no objects
logger = logging.getLogger(__name__)


class HeadRefused(RuntimeError):
    """The tree in the database does not extend the newest head that the signer keeps, or the key is an old one.

    A person must look.
    """


def open_log(name: str) -> Log:
    """The log with this name, such as `votes/park`; a new one when there is none. Raises ValueError for no name."""
    if not NAME.fullmatch(name):
        raise ValueError("a log is named by words of letters, digits, dots and dashes, joined by slashes")
    with atomic() as session:
        insert_new(session, Log, {"name": name, "size": 0}, ["name"])
        return session.scalars(select(Log).where(Log.name == name)).one()


def append(log: Log, leaves: Sequence[str]) -> range:
    """Append leaves at the end of the log, in their order; their indexes. Others wait until the transaction ends."""
    with atomic() as session:
        lock(log)
        new = range(log.size, log.size + len(leaves))
        if leaves:
            session.execute(insert(_LEAVES), [
                {"log_id": log.id, "index": index, "data": leaf} for index, leaf in zip(new, leaves, strict=True)])
            hashes = [merkle.leaf_hash(leaf.encode()) for leaf in leaves]
            _store(log, merkle.append(log.size, hashes, read_tile(log.id)))
            log.size = new.stop
    return new


def _store(log: Log, tiles: merkle.Tiles) -> None:
    """Write the tiles that changed: of each level the last stored one may be among them."""
    with atomic() as session:
        for level in {level for level, _index in tiles}:
            first = min(index for at, index in tiles if at == level)
            session.execute(delete(LogTile).where(
                LogTile.log_id == log.id, LogTile.level == level, LogTile.index >= first))
        session.execute(insert(LogTile), [
            {"log_id": log.id, "level": level, "index": index, "hashes": hashes}
            for (level, index), hashes in tiles.items()])


def sign_head(log: Log, *, lines: Mapping[str, str], not_before: datetime | None = None) -> Head:
    """Sign a head over everything that was appended; `lines`: extension lines after `head` and `at`, in their order.

    `not_before`: an instant that has come by another worker's clock, if not by this one's. The log keeps its size until
    the transaction ends. Raises NoSigningKey in a process without the key, HeadRefused when the key is retired or the
    tree does not extend the newest kept head; see `noting_refusal`.
    """
    held = log_signers()
    with atomic() as session:
        lock(log)
        record_key(KeyPurpose.LOG, held)
        if is_retired(held[0]):
            raise HeadRefused("LOG_SIGNING_KEY begins with a key that another has followed: the newest comes first")
        note = _note(log, held, lines, not_before)
        found = parse_checkpoint(note)
        head = Head(log_id=log.id, number=int(found.lines["head"]), size=found.size, root=found.root,
                    at=parse_instant(found.lines["at"]), note=note)
        session.add(head)
        log.refused_at = None
    return head


@contextmanager
def noting_refusal(log: Log) -> Iterator[None]:
    """Mark the log for everybody to see when its head is refused inside. Belongs around the outermost transaction."""
    log_id, name = log.id, log.name
    try:
        yield
    except HeadRefused as refusal:
        logger.critical("log %s is not signed: %s", name, refusal)
        with atomic() as session:
            session.execute(
                update(Log).where(Log.id == log_id, Log.refused_at.is_(None)).values(refused_at=now()))
        raise


def _note(log: Log, held: Sequence[Signer], lines: Mapping[str, str], not_before: datetime | None) -> str:
    """The next head's note, kept before it is returned. One that was kept but never stored is not signed again."""
    former = newest_head(log)
    number = former.number + 1 if former else 1
    at = max(now(), former.at if former else now(), not_before or now())  # clocks of workers may differ
    wanted = {"head": str(number), "at": instant(at), **lines}
    root = _root(log)
    with kept_head(log.name) as file:
        before = file.read()
        kept = _read(log, before, held) if before else None
        _must_follow(former, kept, before)
        if kept is not None:
            _must_extend(log, kept, root)
        if before and kept and _says(kept, log.size, wanted):
            return before
        note = held[0].sign(checkpoint(_origin(log), log.size, root, wanted))
        file.write(note)
    return note


def _origin(log: Log) -> str:
    return f"{portal_host()}/{log.name}"


def _root(log: Log) -> bytes:
    try:
        return merkle.root_of(log.size, read_tile(log.id))
    except ValueError as error:
        raise HeadRefused(str(error)) from None


def _says(kept: Checkpoint, size: int, wanted: Mapping[str, str]) -> bool:
    """Whether the kept head is the one that is to be signed, apart from its time."""
    return kept.size == size and {**kept.lines, "at": wanted["at"]} == dict(wanted)


def _read(log: Log, note: str, held: Sequence[Signer]) -> Checkpoint:
    """The kept head, which one of our own keys must have signed for this very log."""
    for key in trusted_log_keys(held):
        try:
            found = parse_checkpoint(key.verify(note))
        except ValueError:
            continue
        if found.origin == _origin(log):
            return found
    raise HeadRefused("the newest kept head is not signed for this log by a key that is held or endorsed")


def _must_follow(former: Head | None, kept: Checkpoint | None, note: str | None) -> None:
    """The newest stored head is the kept one, or the one before it when storing the kept one failed."""
    stored, last = former.number if former else 0, int(kept.lines["head"]) if kept else 0
    if last not in (stored, stored + 1):
        raise HeadRefused(f"the newest kept head is number {last}, the newest in the database is {stored}")
    if former and last == stored and former.note != note:
        raise HeadRefused(f"head {stored} in the database is not the one that was kept")


def _must_extend(log: Log, kept: Checkpoint, root: bytes) -> None:
    try:
        proof = merkle.consistency_proof(kept.size, log.size, read_tile(log.id))
    except ValueError:
        raise HeadRefused(f"the kept head has {kept.size} leaves, the log in the database {log.size}") from None
    if not merkle.verify_consistency(kept.size, log.size, kept.root, root, proof):
        raise HeadRefused("the log in the database does not extend the newest kept head")
