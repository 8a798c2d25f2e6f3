"""What everybody can download of a vote, and check without the portal (docs/decisions/0009).

A `Snapshot` is taken once, as of a head, and each file is written as of it, in pieces, however long the log is. What is
not public yet is in none of them: `queries.totals` alone says what is.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from civicportal.core.errors import Conflict, NotFound
from civicportal.core.i18n import lazy
from civicportal.core.transactions import current
from civicportal.voting.merkle import consistency_proof
from civicportal.voting.models import Box, BoxHead, Crossing, Head, LogLeaf, RollEntry
from civicportal.voting.notes import instant, split
from civicportal.voting.queries import log, totals, trust
from civicportal.voting.states import BoxState, KeyPurpose

FORMAT = "civicportal-box/1"
ROWS = 5000
TILES = 64
VERIFY = Path(__file__).resolve().parents[1] / "verify.py"
_FULL = lazy("The folder is not empty. Name another one, or let its files be replaced.")


@dataclass(frozen=True)
class Snapshot:
    """A box as it is published as of one of its heads, the last of `heads`.

    All of it has been read: a page sends its files when the transaction that read them is over.
    """

    box: Box
    public: totals.AsOf
    heads: Sequence[Head]
    said: Mapping[str, object]

    @property
    def head(self) -> BoxHead | None:
        """The head whose counts and leaves are given, None while there is none."""
        return self.public.head

    @property
    def withheld(self) -> str | None:
        """Why later counts and leaves are not."""
        return _word(self.public)

    @property
    def published(self) -> int:
        """How many leaves are given, the first of the log."""
        return self.head.size if self.head else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files there are."""
        return tuple(name for name in FILES if name != "voted-keys.txt" or self.public.last)


def snapshot(box: Box, number: int | None = None) -> Snapshot:
    """What is public of a box now, or as of an earlier head.

    Raises NotFound for a box without a public head, and for a number that no public head has.
    """
    public = totals.public_as_of(box, number)
    if public is None or box.log is None:
        raise NotFound
    current().refresh(box)  # what was read of it before may be older than the head
    heads = log.heads(box.log, public.number)
    return Snapshot(box, public, heads, _said(box, public, heads))


def stream(of: Snapshot, name: str) -> Iterator[bytes]:
    """One file, in pieces. Raises NotFound for a name that is not among `of.names`."""
    if name not in of.names:
        raise NotFound
    return FILES[name](of)


def export_box(box: Box, out: Path, *, force: bool = False, advance: Callable[[int], None] | None = None) -> Snapshot:
    """Write all files of a box into the folder `out`, made at need; returns what they are a snapshot of.

    `force`: files of an earlier export are replaced. `advance` is told how many ballots were written since.
    Raises NotFound for a box that has not opened, Conflict when the folder holds anything and `force` is not given.
    """
    now_public = snapshot(box)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not force:
        raise Conflict(_FULL)
    for name in FILES:
        partial = out / f".{name}.part"
        (out / name).unlink(missing_ok=True)
        if name in now_public.names:
            with partial.open("wb") as file:
                for piece in stream(now_public, name):
                    file.write(piece)
                    if advance and name == "ballots.jsonl":
                        advance(piece.count(b"\n"))
            partial.replace(out / name)
    return now_public


def _ballots(of: Snapshot) -> Iterator[bytes]:
    leaves = select(LogLeaf.data).where(LogLeaf.log_id == of.box.log_id, LogLeaf.index < of.published)
    return _lines(leaves.order_by(LogLeaf.index))


def _voted_keys(of: Snapshot) -> Iterator[bytes]:
    return _lines(select(RollEntry.key).where(RollEntry.box_id == of.box.id).order_by(RollEntry.key))


def _lines(rows: Select[str]) -> Iterator[bytes]:
    """Rows, a line each. They are asked for with the first piece: until then the transaction may be another's."""
    for part in current().scalars(rows, execution_options={"yield_per": ROWS}).partitions():
        yield "".join(f"{line}\n" for line in part).encode()


def _heads(of: Snapshot) -> Iterator[bytes]:
    for place, head in enumerate(of.heads):
        yield (("\n" if place else "") + head.note).encode()


def _proofs(of: Snapshot) -> Iterator[bytes]:
    tile = lru_cache(maxsize=TILES)(log.read_tile(of.box.log_id or 0))
    pairs = [(old, new) for old, new in pairwise(of.heads) if new.size > of.published]
    yield b"["
    for place, (old, new) in enumerate(pairs):
        hashes = [b64encode(node).decode() for node in consistency_proof(old.size, new.size, tile)]
        item = json.dumps({"from": old.number, "to": new.number, "hashes": hashes})
        yield ((",\n" if place else "\n") + item).encode()
    yield b"\n]\n" if pairs else b"]\n"


def _box(of: Snapshot) -> Iterator[bytes]:
    yield (json.dumps(of.said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _said(box: Box, public: totals.AsOf, heads: Sequence[Head]) -> dict[str, object]:
    """What box.json says."""
    frozen = json.loads(box.frozen or "{}")
    extensions = [{"from": instant(one.old_closes_at), "to": instant(one.new_closes_at), "reason": one.reason}
                  for one in box.extensions]
    return {
        "format": FORMAT, "frozen": frozen, "state": _state(box, public),
        "closes_at": extensions[-1]["to"] if extensions else frozen["closes_at"], "extensions": extensions,
        "keys": signing_keys(heads), "heads": len(heads), "published": public.head.size if public.head else 0,
        "withheld": _word(public), "roll": box.roll_size if public.last else None,
        "levels": box.levels if public.last and box.members is None else None, "tally": _tally(box, public),
        "crossing": _crossing(box, public.head), "suspects": trust.suspects(box.id),
        "contested": trust.contested(box.id), "unmet_promises": trust.unmet_promises(box.id),
    }


def _word(public: totals.AsOf) -> str | None:
    return public.reason.value if public.reason else None


def _state(box: Box, public: totals.AsOf) -> str:
    """A vote is closed for others as of its last head."""
    ended = box.state in {BoxState.CLOSED, BoxState.FINAL}
    return (BoxState.OPEN if ended and not public.last else box.state).value


def _tally(box: Box, public: totals.AsOf) -> dict[str, int] | None:
    """Counts of the given leaves; before the first head that may be shown there are none of either."""
    if public.head:
        return public.head.counts
    return None if public.reason is totals.Reason.UNTIL_CLOSE else dict.fromkeys(box.options, 0)


def signing_keys(heads: Sequence[Head]) -> list[dict[str, Any]]:
    """The keys of these heads, with those that endorse them or that they endorse, oldest first.

    `from_head` is the first of the heads that a key signed. Keys of an earlier or later chain are left out: where a
    key was lost, a new one begins a chain of its own.
    """
    first: dict[str, int] = {}
    for head in heads:
        for name, signed in split(head.note)[1]:
            first.setdefault(f"{name}+{signed[:4].hex()}", head.number)
    rows = [{"vkey": key.vkey, "from_head": first.get("+".join(key.vkey.split("+", 2)[:2])),
             "endorsement": key.endorsement} for key in log.keys(KeyPurpose.LOG)]
    used = [place for place, row in enumerate(rows) if row["from_head"] is not None]
    begins = [place for place, row in enumerate(rows) if row["endorsement"] is None]
    start = max((place for place in begins if place <= min(used)), default=0)
    return rows[start:min((place for place in begins if place > max(used)), default=len(rows))]


def _crossing(box: Box, head: BoxHead | None) -> dict[str, Any] | None:
    """The crossing, if it was at one of the heads whose counts are given."""
    crossing = current().get(Crossing, box.id)
    if crossing is None or head is None or head.number < crossing.head_number:
        return None
    held = crossing.round and {"month": crossing.round.month, "entries": crossing.round.entries}
    return {"head": crossing.head_number, "yes": crossing.yes, "version": crossing.policy.version, "round": held}


def _verify(_of: Snapshot) -> Iterator[bytes]:
    yield VERIFY.read_bytes()


FILES: Mapping[str, Callable[[Snapshot], Iterator[bytes]]] = {
    "ballots.jsonl": _ballots, "heads.txt": _heads, "box.json": _box, "proofs.json": _proofs,
    "voted-keys.txt": _voted_keys, "verify.py": _verify,
}
