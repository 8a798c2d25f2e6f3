"""Bringing back the leaves that a restored log lacks, from published files and lodged receipts, exactly as signed.

A leaf has its place in the log: what comes back must give the root of the newest head outside. Published files have
the leaves in order; of a few that only receipts hold, every order is tried.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations
from math import perm
from pathlib import Path

from sqlalchemy import delete, func, select

from civicportal.core.audit import AuditName, record
from civicportal.core.dialect import lock_box
from civicportal.core.errors import Conflict
from civicportal.core.events import publish
from civicportal.core.i18n import ngettext, number_text, speaking
from civicportal.core.permissions import SYSTEM
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting import merkle
from civicportal.voting.canonical import canonical
from civicportal.voting.models import Ballot, Box, BoxHead, Head, Log, PendingBallot, RollEntry
from civicportal.voting.news import BoxClosed
from civicportal.voting.notes import Checkpoint, Verifier, instant, parse_checkpoint, parse_instant
from civicportal.voting.queries.log import newest_head, read_tile
from civicportal.voting.queries.voters import latest_count
from civicportal.voting.receipts import check_receipt
from civicportal.voting.services.batches import count_ballots, log_of
from civicportal.voting.services.closing import settle_roll
from civicportal.voting.services.kept_heads import kept_head, number_of
from civicportal.voting.services.keys import log_signers, portal_host, receipt_verifiers, trusted_log_keys
from civicportal.voting.services.log import append
from civicportal.voting.services.opening import void_box
from civicportal.voting.states import BOX, BoxState

MAX_ORDERS = 10_000


class NotRegained(ValueError):
    """The leaves are not back and nothing was changed; the text says why, for the person at the terminal."""


@dataclass(frozen=True)
class Regained:
    """`leaves`: how many came back, all that were signed. `off_roll`: how many of those who voted the roll lacks."""

    leaves: int
    off_roll: int


@dataclass(frozen=True)
class _Signed:
    """A head from outside whose signature is ours."""

    note: str
    said: Checkpoint

    @property
    def number(self) -> int:
        """From 1."""
        return int(self.said.lines["head"])


def regain(box: Box, folder: Path, receipts: Iterable[Path]) -> Regained:
    """Bring back the leaves and heads of an interrupted vote. `folder`: its published files, the newest to be had;
    `receipts`: of ballots that are not in them.

    The vote goes on when the roll lacks nobody who has voted. Raises NotRegained where leaves or heads are missing, or
    do not fit what was signed; Conflict for a vote that is not interrupted; NoSigningKey outside of the worker.
    """
    if box.interrupted_at is None:
        raise Conflict("The vote is not interrupted.")
    log = log_of(box)
    heads = _heads(log, folder)
    leaves = _leaves(log, heads[-1].said, folder, _held(log, receipts))
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        lock(log)
        before = log.size
        for head in heads:
            _add(box, log, head, leaves[log.size:head.said.size])
        if "tally" in heads[-1].said.lines:
            _close(box, heads[-1].said, folder)
        off_roll = _off_roll(box)
        record(AuditName.LOG_REGAINED, SYSTEM, "box", box.id, leaves=log.size - before, off_roll=off_roll)
        if not off_roll:
            box.interrupted_at = log.refused_at = None
    with kept_head(log.name) as file:
        if heads[-1].number > number_of(file.read()):
            file.write(heads[-1].note)
    return Regained(len(leaves) - before, off_roll)


def give_up(box: Box) -> None:
    """Declare an interrupted vote void, for a public reason with numbers. Raises Conflict for any other vote."""
    if box.interrupted_at is None:
        raise Conflict("The vote is not interrupted.")
    log = log_of(box)
    with kept_head(log.name) as file:
        note = file.read() or ""
    lost = max(0, parse_checkpoint(note).size - log.size) if number_of(note) else 0
    void_box(SYSTEM, box, reason=_reason(box, lost))


def _reason(box: Box, lost: int) -> str:
    with speaking(box.language):
        if lost:
            return ngettext(
                "The portal was lost and restored from a backup. %(count)s ballot of the public log did not come "
                "back, so this vote cannot be counted.",
                "The portal was lost and restored from a backup. %(count)s ballots of the public log did not come "
                "back, so this vote cannot be counted.", lost, count=number_text(lost))
        missing = _off_roll(box)
        return ngettext(
            "The portal was lost and restored from a backup. %(count)s person who has voted is no longer on the list "
            "of those who voted, and nobody can say who, so this vote cannot go on.",
            "The portal was lost and restored from a backup. %(count)s people who have voted are no longer on the list "
            "of those who voted, and nobody can say who, so this vote cannot go on.",
            missing, count=number_text(missing))


def _heads(log: Log, folder: Path) -> list[_Signed]:
    """Heads that the database lacks, oldest first: of the published files, then the kept one. Raises NotRegained."""
    stored = newest_head(log)
    first = stored.number + 1 if stored else 1
    with kept_head(log.name) as file:
        kept = file.read()
    notes = [*_notes((folder / "heads.txt").read_text(encoding="utf-8")), *([kept] if kept else [])]
    keys = trusted_log_keys(log_signers())
    found: dict[int, _Signed] = {}
    for signed in (_signed(log, note, keys) for note in notes):
        if found.setdefault(signed.number, signed).said != signed.said:
            raise NotRegained(f"There are two heads {signed.number}: the log was signed twice. Stop, and say so.")
    if stored and stored.number in found and found[stored.number].note != stored.note:
        raise NotRegained(f"Head {stored.number} of the database is not the published one.")
    new = [found[number] for number in sorted(found) if number >= first]
    if [head.number for head in new] != list(range(first, first + len(new))) or not new:
        raise NotRegained("Heads are missing between those of the database and the newest outside: find newer files.")
    return new


def _signed(log: Log, note: str, keys: Iterable[Verifier]) -> _Signed:
    text = next(filter(None, (_verified(key, note) for key in keys)), None)
    said = parse_checkpoint(text) if text else None
    if said is None or said.origin != f"{portal_host()}/{log.name}":
        raise NotRegained("A head is not signed for this vote by a key that is held or endorsed.")
    return _Signed(note, said)


def _notes(text: str) -> Iterator[str]:
    """The signed notes of a file of heads."""
    parts = text.removesuffix("\n").split("\n\n")
    for body, signatures in zip(parts[::2], parts[1::2], strict=False):
        yield f"{body}\n\n{signatures}\n"


def _verified(key: Verifier, note: str) -> str | None:
    try:
        return key.verify(note)
    except ValueError:
        return None


def _held(log: Log, receipts: Iterable[Path]) -> list[str]:
    """The leaves of genuine receipts of this vote, each once. Raises NotRegained for any other file."""
    leaves: dict[str, None] = {}
    keys = receipt_verifiers()
    for path in receipts:
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            checked = check_receipt(str(given["leaf"]), str(given["promise"]), keys)
        except (ValueError, KeyError, TypeError):
            raise NotRegained(f"{path} is no genuine receipt of a ballot.") from None
        if checked.log != log.name:
            raise NotRegained(f"{path} is the receipt of another vote.")
        leaves[checked.leaf] = None
    return list(leaves)


def _leaves(log: Log, newest: Checkpoint, folder: Path, held: Sequence[str]) -> list[str]:
    """All leaves up to the newest head, in their order. Raises NotRegained where they do not give its root."""
    lines = (folder / "ballots.jsonl").read_text(encoding="utf-8").splitlines()[:newest.size]
    hashes = [merkle.leaf_hash(line.encode()) for line in lines]
    if len(lines) < log.size or merkle.root(hashes[:log.size]) != merkle.root_of(log.size, read_tile(log.id)):
        raise NotRegained("The published ballots do not begin with those of the database: find newer files.")
    missing = newest.size - len(lines)
    others = [leaf for leaf in held if leaf not in set(lines)]
    if len(others) < missing:
        raise NotRegained(f"Ballots that are neither in the files nor on a receipt: {missing - len(others)}.")
    if perm(len(others), missing) > MAX_ORDERS:
        raise NotRegained(f"Too many ballots are on receipts alone ({missing}) to find their order: find newer files.")
    for order in permutations(others, missing):
        if merkle.root([*hashes, *(merkle.leaf_hash(leaf.encode()) for leaf in order)]) == newest.root:
            return [*lines, *order]
    raise NotRegained("The ballots do not give what the newest head signs: some are missing, or are not the true ones.")


def _add(box: Box, log: Log, head: _Signed, leaves: Sequence[str]) -> None:
    """Store the next head with the leaves before it, as it was. Raises NotRegained where it says something else."""
    count, said = latest_count(box), head.said
    if count is None or said.lines["electorate"].partition(" ")[0] != str(count.size):
        raise NotRegained("People were admitted after the backup who are unknown now.")
    if said.lines["closes"] != instant(box.closes_at):
        raise NotRegained(f"The vote was extended after the backup: extend it again, to {said.lines['closes']}.")
    _add_leaves(box, log, leaves)
    if merkle.root_of(log.size, read_tile(log.id)) != said.root:
        raise NotRegained(f"The ballots do not give head {head.number}.")
    session = current()
    row = Head(log_id=log.id, number=head.number, size=said.size, root=said.root,
               at=parse_instant(said.lines["at"]), note=head.note)
    session.add(row)
    session.flush()
    session.add(BoxHead(
        box_id=box.id, number=row.number, head_id=row.id, size=row.size, at=row.at, counts=count_ballots(box),
        electorate_size=count.size, electorate_root=count.root, judged=box.policy is None))


def _close(box: Box, last: Checkpoint, folder: Path) -> None:
    """The vote had closed: its published files hold the whole roll. Raises NotRegained for another roll or count."""
    keys, session = (folder / "voted-keys.txt").read_text(encoding="utf-8"), current()
    tally = count_ballots(box)
    if (sha256(keys.encode()).hexdigest() != last.lines["voted-keys"]
            or sha256(canonical(tally).encode()).hexdigest() != last.lines["tally"]):
        raise NotRegained("voted-keys.txt, or the count, is not what the last head signs.")
    for table in (PendingBallot, RollEntry):
        session.execute(delete(table).where(table.box_id == box.id))
    session.add_all([RollEntry(box_id=box.id, key=key) for key in keys.split()])
    session.flush()
    if box.state is BoxState.OPEN:
        apply(BOX, box, "close", SYSTEM)
        box.closed_at = box.closes_at
    box.roll_size = None
    settle_roll(box)
    box.tally, box.counted_at = tally, parse_instant(last.lines["at"])
    publish(BoxClosed(box.id))


def _add_leaves(box: Box, log: Log, leaves: Sequence[str]) -> None:
    """Put ballots where they were in the log; those that wait in the database wait no more."""
    session = current()
    for index, leaf in zip(append(log, leaves), leaves, strict=True):
        said = json.loads(leaf)
        session.execute(delete(PendingBallot).where(
            PendingBallot.box_id == box.id, PendingBallot.tracker == said["tracker"]))
        session.add(Ballot(box_id=box.id, tracker=said["tracker"], supersedes=said.get("supersedes"),
                           choice=said["choice"], index=index))
    box.scrub_due = box.scrub_due or bool(leaves)
    session.flush()


def _off_roll(box: Box) -> int:
    """How many have a ballot, in the log or waiting, and no entry on the roll."""
    session = current()
    first = [session.scalar(select(func.count()).select_from(table).where(
        table.box_id == box.id, table.supersedes.is_(None))) or 0 for table in (Ballot, PendingBallot)]
    on_roll = session.scalar(select(func.count()).select_from(RollEntry).where(RollEntry.box_id == box.id)) or 0
    return sum(first) - on_roll
