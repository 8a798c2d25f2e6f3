"""An invented vote, told step by step, and its export as an honest portal writes it (docs/decisions/0009).

Signs whatever it is told: a test that plays a dishonest portal changes `frozen`, `box` or the lists before the step.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from civicportal.voting import merkle, notes
from civicportal.voting.canonical import ballot_leaf, canonical
from civicportal.voting.trackers import change_secret_of, revise_of, tracker_of

HOST = "portal.example"
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
CLOSE = START + timedelta(days=7)
VERIFY = Path(notes.__file__).with_name("verify.py")


def signer(name: str = "2026a", host: str = HOST) -> notes.Signer:
    """A signing key that its name decides."""
    return notes.Signer.from_setting(f"{name}:{b64encode(sha256(name.encode()).digest()).decode()}", host, "log")


def nonce_of(number: int) -> bytes:
    return sha256(f"nonce {number}".encode()).digest()[:16]


def key_of(number: int) -> str:
    """The key of the voter with this number."""
    return sha256(f"key {number}".encode()).hexdigest()


def threshold(kind: str, value: int, version: int = 3) -> dict[str, Any]:
    return {"scope": "forum", "version": version, "kind": kind, "value": value, "min_level": 1}


def leaf_of(slug: str, choice: str, number: int, **change: str) -> str:
    """The leaf of the ballot cast with nonce number `number`."""
    nonce = nonce_of(number)
    return ballot_leaf(choice, tracker_of(slug, nonce), revise=revise_of(change_secret_of(slug, nonce)), **change)


class Vote:
    """A vote from its opening on: `cast` and `change`, then `head`, at the end `close` and `write`."""

    def __init__(
        self, *, slug: str = "library", keys: Iterable[str] = tuple(map(key_of, range(20))), late: bool = False,
        rule: str = "Everyone with a confirmed address", until: datetime = CLOSE, **frozen: Any,
    ) -> None:
        self.admit(keys)
        self.frozen: dict[str, Any] = {  # as it is signed at each head
            "slug": slug, "origin": f"{HOST}/votes/{slug}", "log": f"votes/{slug}",
            "question": "Should the library open on Sundays?", "language": "en", "kind": "yes_no_abstain",
            "options": ["yes", "no", "abstain"], "secrecy": "secret", "key_kind": "address",
            "electorate": {"rule": rule, "min_level": 1, "late_admission": late, **self.electorate},
            "opens_at": notes.instant(START), "closes_at": notes.instant(until), "may_change": True, "totals": "live",
            "tie": "no_decision", "quorum": None, "threshold": None, "members": None, "rules_version": 1, **frozen}
        self.keys = [signer()]
        self.key_rows: list[dict[str, Any]] = [{"vkey": signer().vkey, "from_head": 1, "endorsement": None}]
        self.leaves: list[str] = []
        self.counts: Counter[str] = Counter()
        self.choices: dict[int, str] = {}  # by nonce number
        self.voted: list[str] = []
        self.tiles: merkle.Tiles = {}
        self.sizes: list[int] = []
        self.tallies: list[dict[str, int]] = []  # at each head
        self.heads: list[str] = []
        self.now, self.closes_at = START, until
        self.box: dict[str, Any] = {
            "format": "civicportal-box/1", "state": "open", "extensions": [], "roll": None, "levels": None,
            "crossing": None, "withheld": None, "suspects": 0, "contested": 0, "unmet_promises": 0}
        self.head()

    def admit(self, keys: Iterable[str]) -> None:
        """From the next head on, these may vote."""
        rows = sorted(keys)
        root = merkle.root([merkle.leaf_hash(key.encode()) for key in rows])
        self.electorate = {"size": len(rows), "root": b64encode(root).decode()}

    def cast(self, *choices: str) -> None:
        """First votes of the next voters."""
        for choice in choices:
            number = len(self.voted)
            self.leaves.append(leaf_of(self.frozen["slug"], choice, number))
            self.voted.append(key_of(number))
            self.choices[number] = choice
            self.counts[choice] += 1

    def change(self, old: int, choice: str, nonce: int) -> None:
        """Replace the ballot cast with nonce number `old`: the voter's number, or that of an earlier change."""
        slug = self.frozen["slug"]
        self.leaves.append(leaf_of(slug, choice, nonce, secret=change_secret_of(slug, nonce_of(old)),
                                   supersedes=tracker_of(slug, nonce_of(old))))
        self.counts[choice] += 1
        self.counts[self.choices[old]] -= 1
        self.choices[nonce] = choice

    def cast_open(self, key: str, choice: str) -> None:
        """A member's vote, by name."""
        self.leaves.append(ballot_leaf(choice, key))
        self.voted.append(key)
        self.counts[choice] += 1

    def head(self, **extra: str) -> None:
        """Append what was cast and sign a head, ten minutes later."""
        start = self.sizes[-1] if self.sizes else 0
        hashes = [merkle.leaf_hash(leaf.encode()) for leaf in self.leaves[start:]]
        self.tiles.update(merkle.append(start, hashes, merkle.reader(self.tiles)))
        self.now += timedelta(minutes=10)
        if extra and {*self.voted} != {*(self.frozen["members"] or "?")}:
            self.now = max(self.now, self.closes_at)
        self.sizes.append(len(self.leaves))
        self.tallies.append(self.tally())
        self.heads.append(self.keys[-1].sign(self.checkpoint(len(self.heads) + 1, len(self.leaves), **extra)))

    def checkpoint(self, number: int, size: int, **extra: str) -> str:
        """Text of a head over the first leaves."""
        return notes.checkpoint(self.frozen["origin"], size, merkle.root_of(size, merkle.reader(self.tiles)), {
            "head": str(number), "at": notes.instant(self.now), "closes": notes.instant(self.closes_at),
            "box": sha256(canonical(self.frozen).encode()).hexdigest(),
            "electorate": f"{self.electorate['size']} {self.electorate['root']}", **extra})

    def extend(self, days: int, reason: str = "The page could not be reached for a day.") -> None:
        old, self.closes_at = self.closes_at, self.closes_at + timedelta(days=days)
        self.box["extensions"].append({
            "from": notes.instant(old), "to": notes.instant(self.closes_at), "reason": reason})

    def rotate(self, name: str) -> None:
        """Sign with a new key from the next head on."""
        old, new = self.keys[-1], signer(name)
        text = notes.rotation(HOST, old.vkey, new.vkey, self.now)
        self.key_rows.append({"vkey": new.vkey, "from_head": len(self.heads) + 1,
                              "endorsement": notes.sign_all(text, old, new)})
        self.keys.append(new)

    def tally(self) -> dict[str, int]:
        return {option: self.counts[option] for option in self.frozen["options"]}

    def voted_keys(self) -> str:
        return "".join(f"{key}\n" for key in sorted(self.voted))

    def close(self, state: str = "final") -> None:
        """Sign the last head."""
        levels = None if self.frozen["members"] else {"1": len(self.voted)}
        self.box |= {"state": state, "roll": len(self.voted), "levels": levels, "tally": self.tally()}
        self.head(**{"tally": sha256(canonical(self.box["tally"]).encode()).hexdigest(),
                     "voted-keys": sha256(self.voted_keys().encode()).hexdigest()})

    def withhold(self, word: str, at_head: int | None = None) -> None:
        """Give the leaves of the first `at_head` heads only, or none."""
        self.box |= {"withheld": word, "published": self.sizes[at_head - 1] if at_head else 0,
                     "tally": self.tallies[at_head - 1] if at_head else None}

    def write(self, folder: Path) -> Path:
        """Write the export into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        box = {"frozen": self.frozen, "closes_at": notes.instant(self.closes_at), "keys": self.key_rows,
               "heads": len(self.heads), "published": self.sizes[-1], "tally": self.tallies[-1], **self.box}
        published = box["published"]
        files = {
            "ballots.jsonl": "".join(f"{leaf}\n" for leaf in self.leaves[:published]),
            "heads.txt": "\n".join(self.heads),
            "box.json": json.dumps(box, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
            "proofs.json": json.dumps(self.proofs(published)) + "\n",
        }
        if self.box["roll"] is not None:
            files["voted-keys.txt"] = self.voted_keys()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return folder

    def proofs(self, published: int) -> list[dict[str, Any]]:
        """Consistency of successive heads beyond the published leaves."""
        return [{"from": number, "to": number + 1, "hashes": [b64encode(node).decode() for node in
                 merkle.consistency_proof(first, second, merkle.reader(self.tiles))]}
                for number, (first, second) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1)
                if second > published]
