#!/usr/bin/env python3
"""Check the public files of a vote: `python3 verify.py DIR [--key VKEY] [--tracker TRACKER]`.

DIR holds the files of the download. VKEY is the public key of the portal's log as you know it from elsewhere: printed,
from an observer, from an earlier vote. TRACKER is what your receipt shows. Exits with 0 when everything agrees, else
with 1 and a sentence for each thing that is wrong. Needs Python 3.11 or later and nothing else; reads nothing but DIR
and connects to nothing. What it cannot know: whether the people behind the voters' keys exist, and who chose what.
"""

import argparse
import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256, sha512
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TextIO

# --- Ed25519, verification only (RFC 8032 §5.1): points are (X, Y, Z, T), x = X/Z, y = Y/Z, x·y = T/Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, two: Point) -> Point:
    """Sum of two points (§5.1.4)."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(one: Point) -> Point:
    """Twice a point (§5.1.4)."""
    a, b = one[0] * one[0] % P, one[1] * one[1] % P
    h, g = a + b, a - b
    e, f = h - (one[0] + one[1]) ** 2 % P, 2 * one[2] * one[2] % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


@lru_cache(maxsize=64)
def decode_point(raw: bytes) -> Point:
    """The point that 32 bytes stand for (§5.1.3). Raises ValueError when there is none."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode_point(bytes([88]) + bytes([102]) * 31)


def signed_by(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the signature is that of the key over the text (§5.1.7): [S]B - [k]A is R.

    Raises ValueError for bytes that are no key.
    """
    key = decode_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    hashed = int.from_bytes(sha512(signature[:32] + public + text).digest(), "little") % ORDER
    minus: Point = (P - key[0], key[1], 1, P - key[3])
    choices = (NEUTRAL, BASE, minus, add(BASE, minus))
    sum_: Point = NEUTRAL
    for bit in range(252, -1, -1):
        sum_ = double(sum_)
        choice = scalar >> bit & 1 | (hashed >> bit & 1) << 1
        if choice:
            sum_ = add(sum_, choices[choice])
    inverse = pow(sum_[2], -1, P)
    x, y = sum_[0] * inverse % P, sum_[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- Reading files that nobody vouches for yet

FILE_LIMIT, LINE_LIMIT = 1 << 26, 1 << 16


class Fault(Exception):
    """Something is wrong: one plain sentence."""


def shown(text: object) -> str:
    """Text of unknown origin, safe to print: one line, nothing that moves the cursor or turns the direction."""
    plain = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in str(text)[:120])
    return plain + "…" if len(str(text)) > 120 else plain


def opened(folder: Path, name: str) -> Any:
    try:
        return (folder / name).open("rb")
    except FileNotFoundError:
        raise Fault(f"{name} is missing.") from None
    except OSError:
        raise Fault(f"{name} cannot be read.") from None


def text_of(folder: Path, name: str) -> str:
    with opened(folder, name) as file:
        raw = file.read(FILE_LIMIT + 1)
    if len(raw) > FILE_LIMIT:
        raise Fault(f"{name} is larger than any such file.")
    if not raw.endswith(b"\n"):
        raise Fault(f"{name} is cut off: its last line does not end.")
    try:
        return str(raw.decode())
    except UnicodeDecodeError:
        raise Fault(f"{name} is not UTF-8 text.") from None


def lines_of(folder: Path, name: str) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line, without its newline."""
    with opened(folder, name) as file:
        number = 1
        while raw := file.readline(LINE_LIMIT):
            if not raw.endswith(b"\n"):
                raise Fault(f"{name} is cut off: line {number} does not end." if len(raw) < LINE_LIMIT else
                            f"{name}: line {number} is longer than any such line.")
            yield number, raw[:-1]
            number += 1


def json_of(folder: Path, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("an entry stands twice")
        return dict(pairs)

    def refuse(number: str) -> None:
        raise ValueError(f"{number} is not a whole number")

    try:
        return json.loads(text_of(folder, name), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Fault(f"{name} is no such file as it should be: {shown(error)}.") from None


canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def digest(value: object) -> str:
    """Hex SHA-256 of a value's canonical JSON."""
    try:
        return sha256(canonical(value).encode()).hexdigest()
    except UnicodeEncodeError:
        raise Fault("box.json holds half a character, which has no bytes to sign.") from None


# --- What box.json must look like

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
LEVEL = re.compile(r"[1-9][0-9]{0,8}")
HEX = re.compile(r"[0-9a-f]{64}")
HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
WORD = re.compile(r"[!-~]{1,200}")
SLUG = re.compile(r"[a-z0-9-]{1,80}")
TRACKER = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){7}")
FROZEN = {
    "slug": SLUG, "origin": WORD, "log": WORD, "question": str, "language": str, "kind": str, "options": [str],
    "secrecy": {"secret", "open"}, "key_kind": {"address", "provider", "member"},
    "electorate": {"rule": str, "min_level": int, "late_admission": bool, "size": int, "root": HASH},
    "opens_at": INSTANT, "closes_at": INSTANT, "may_change": bool, "totals": {"live", "closed"},
    "tie": {"no_decision", "status_quo", "committee"}, "quorum": (int,), "members": ({WORD: str},),
    "threshold": ({"scope": str, "version": int, "kind": {"number", "share", "monthly"}, "value": int,
                   "min_level": int},), "rules_version": int,
}
ROUND = {"month": MONTH, "entries": [{"slug": SLUG, "head": int, "yes": int, "crossed": bool}]}
BOX = {
    "format": {"civicportal-box/1"}, "frozen": FROZEN, "state": {"open", "closed", "final", "void"},
    "closes_at": INSTANT, "extensions": [{"from": INSTANT, "to": INSTANT, "reason": str}],
    "keys": [{"vkey": str, "from_head": (int,), "endorsement": (str,)}], "heads": int, "published": int,
    "withheld": ({"until-close", "silence"},), "roll": (int,), "levels": ({LEVEL: int},), "tally": ({str: int},),
    "crossing": ({"head": int, "yes": int, "version": int, "round": (ROUND,)},), "suspects": int, "contested": int,
    "unmet_promises": int,
}


def misfit(value: Any, form: Any, name: str) -> str:
    """Name of the first part of a value that has not its form, or nothing. `(form,)`: may be null."""
    if isinstance(form, tuple):
        return "" if value is None else misfit(value, form[0], name)
    if isinstance(form, list):
        parts = [(item, form[0], f"{name}[{at}]") for at, item in enumerate(value)] if type(value) is list else None
    elif isinstance(form, dict):
        parts = parts_of(value, form, name) if type(value) is dict else None
    else:
        parts = [] if fits(value, form) else None
    if parts is None:
        return name
    return next(filter(None, (misfit(*part) for part in parts)), "")


def parts_of(value: dict[str, Any], form: dict[Any, Any], name: str) -> list[tuple[Any, Any, str]] | None:
    key = next(iter(form))
    if len(form) == 1 and not isinstance(key, str):
        named = [(item, key, f"{name}.{item}") for item in value]
        return named + [(item, form[key], f"{name}.{at}") for at, item in value.items()]
    return [(value[at], form[at], f"{name}.{at}") for at in form] if value.keys() == form.keys() else None


def fits(value: Any, form: Any) -> bool:
    if form is int:
        return type(value) is int and 0 <= value < 10**15
    if isinstance(form, type):
        return type(value) is form
    if form is INSTANT:
        return isinstance(value, str) and is_instant(value)
    return isinstance(value, str) and bool(value in form if isinstance(form, set) else form.fullmatch(value))


def moment(text: str) -> datetime:
    """The instant that a text stands for, in UTC. Raises ValueError when there is none."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def is_instant(text: str) -> bool:
    """Whether it is written as an instant should be, and is on a day that exists."""
    try:
        return bool(INSTANT.fullmatch(text) and moment(text))
    except ValueError:
        return False


ZONES = timedelta(hours=14)  # the files name no time zone: a month ends so much earlier than in UTC, or later


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """When a month begins and ends in UTC. Raises ValueError where `ZONES` from there is no date any more."""
    year, number = map(int, month.split("-"))
    if not 1 < year < 9999:
        raise ValueError("no such year")
    return datetime(year, number, 1, tzinfo=UTC), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


# --- The tree (RFC 9162 §2.1)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Tree:
    """The roots of its complete subtrees, which is all it takes to append a leaf and to tell the root."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, list[bytes]()

    def append(self, leaf: bytes) -> None:
        found, place = sha256(b"\0" + leaf).digest(), self.size
        while place & 1:
            found, place = node(self.peaks.pop(), found), place >> 1
        self.peaks.append(found)
        self.size += 1

    def root(self) -> bytes:
        found = self.peaks[-1] if self.peaks else sha256(b"").digest()
        for peak in self.peaks[-2::-1]:
            found = node(peak, found)
        return found


def extends(old: "Head", new: "Head", proof: list[bytes]) -> bool:
    """Whether the proof shows that the tree of the new head begins with that of the old one (§2.1.4.2)."""
    if old.size in (0, new.size):
        return not proof and old.root == (new.root if old.size == new.size else sha256(b"").digest())
    path = proof if old.size & (old.size - 1) else [old.root, *proof]
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0] if path else b""
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(other, first), node(other, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, other)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


# --- Heads and their signatures (C2SP tlog-checkpoint and signed-note)

HEAD = re.compile(
    rf"([!-~]+)\n(\d{{1,15}})\n({HASH.pattern})\nhead (\d{{1,9}})\nat ({INSTANT.pattern})\ncloses ({INSTANT.pattern})\n"
    rf"box ({HEX.pattern})\nelectorate (\d{{1,15}}) ({HASH.pattern})"
    rf"(?:\ntally ({HEX.pattern})\nvoted-keys ({HEX.pattern}))?", re.ASCII)
SIGNATURES = re.compile(r"(?:— [!-*,-~]+ [A-Za-z0-9+/]+={0,2}(?:\n(?=—)|\Z))+")


class Head(NamedTuple):
    origin: str
    size: int
    root: bytes
    number: int
    at: str
    closes: str
    box: str
    voters: int
    electorate: str
    tally: str | None
    voted: str | None
    text: str
    signatures: str


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes


def key_from(vkey: str) -> Key:
    """Read `name+key id+Base64`."""
    name, identity, encoded = [*vkey.split("+", 2), "", ""][:3]
    try:
        raw = b64decode(encoded, validate=True)
        decode_point(raw[1:])
        if raw[:1] == b"\1" and len(raw) == 33 and identity == sha256(f"{name}\n".encode() + raw).hexdigest()[:8]:
            return Key(name, bytes.fromhex(identity), raw[1:])
    except ValueError:
        pass
    raise Fault(f"“{shown(vkey)}” is not a key.")


def require_signature(text: str, signatures: str, key: Key, what: str) -> None:
    for line in signatures.split("\n"):
        name, _, encoded = line.removeprefix("— ").partition(" ")
        try:
            raw = b64decode(encoded, validate=True)
        except ValueError:
            raw = b""
        if name == key.name and raw[:4] == key.id:
            if b64encode(raw).decode() != encoded or not signed_by(key.public, text.encode(), raw[4:]):
                raise Fault(f"{what}: the signature of {shown(name)} is wrong.")
            return
    raise Fault(f"{what} is not signed with the key {shown(key.name)} that should have signed it.")


def heads_of(folder: Path, count: int) -> list[Head]:
    parts, heads = text_of(folder, "heads.txt")[:-1].split("\n\n"), list[Head]()
    for number, text in enumerate(parts[::2], 1):
        found = HEAD.fullmatch(text)
        signatures = "".join(parts[number * 2 - 1:number * 2])
        if not (found and SIGNATURES.fullmatch(signatures) and is_instant(found[5]) and is_instant(found[6])):
            raise Fault(f"heads.txt: head {number} is cut off or not written as a head should be.")
        origin, size, root, its, at, closes, box, voters, electorate, tally, voted = found.groups()
        head = Head(origin, int(size), b64decode(root), int(its), at, closes, box, int(voters), electorate, tally,
                    voted, text + "\n", signatures)
        if head.number != number:
            raise Fault(f"heads.txt: the head in place {number} calls itself head {head.number}.")
        if heads and head.size < heads[-1].size:
            raise Fault(f"The log shrank: head {number} covers {head.size} ballots after {heads[-1].size}.")
        heads.append(head)
    if len(heads) != count or not heads:
        raise Fault(f"heads.txt holds {len(heads)} heads, box.json says {count}.")
    return heads


# --- Ballots

YES = "yes"
SECRET = {"choice", "revise", "tracker"}
CHANGED = SECRET | {"secret", "supersedes"}
OPEN = {"choice", "tracker"}


class Ballots:
    """Counts, net of replaced ballots, as the lines of ballots.jsonl go by."""

    def __init__(self, frozen: dict[str, Any]) -> None:
        self.options, self.may_change, self.members = frozen["options"], frozen["may_change"], frozen["members"]
        self.counts = dict.fromkeys(self.options, 0)
        self.known: dict[str, bytes] = {}  # by tracker: place of the choice, then `revise`; empty once replaced
        self.tree = Tree()

    def add(self, raw: bytes) -> dict[str, Any]:
        """Count the next line."""
        where = f"ballots.jsonl: line {self.tree.size + 1}"
        leaf = self.leaf(raw)
        if leaf is None:
            raise Fault(f"{where} is not written as a ballot should be.")
        choice, tracker = leaf["choice"], leaf["tracker"]
        if choice not in self.counts:
            raise Fault(f"{where} chooses “{shown(choice)}”, which is not an option of this vote.")
        if tracker in self.known:
            raise Fault(f"{where} has the tracker of an earlier ballot, {tracker}.")
        if self.members is not None and tracker not in self.members:
            raise Fault(f"{where} is of {shown(tracker)}, who is not a member.")
        if "supersedes" in leaf:
            self.replace(leaf["supersedes"], leaf["secret"], where)
        self.known[tracker] = bytes([self.options.index(choice)]) + bytes.fromhex(leaf.get("revise", ""))
        self.counts[choice] += 1
        self.tree.append(raw)
        return leaf

    def leaf(self, raw: bytes) -> dict[str, Any] | None:
        try:
            text = raw.decode()
            leaf = json.loads(text)
            if type(leaf) is not dict or {*map(type, leaf.values())} != {str} or canonical(leaf) != text:
                return None
        except (ValueError, RecursionError):
            return None
        if self.members is not None:
            return leaf if leaf.keys() == OPEN else None
        known = leaf.keys() in (SECRET, CHANGED)
        return leaf if known and TRACKER.fullmatch(leaf["tracker"]) and HEX.fullmatch(leaf["revise"]) else None

    def replace(self, tracker: str, secret: str, where: str) -> None:
        old = self.known.get(tracker)
        if not self.may_change:
            raise Fault(f"{where} replaces a ballot, which the rules of this vote do not allow.")
        if old is None:
            raise Fault(f"{where} replaces a ballot that does not stand before it, {shown(tracker)}.")
        if not old:
            raise Fault(f"{where} replaces a ballot that was replaced already, {tracker}.")
        if sha256(secret.encode()).digest() != old[1:]:
            raise Fault(f"{where} replaces {tracker} without the secret of that ballot: it is not its voter's doing.")
        self.counts[self.options[old[0]]] -= 1
        self.known[tracker] = b""


# --- The checks


class Export:
    """The files of one vote. Each check raises Fault for the first thing it finds wrong."""

    def __init__(self, folder: Path, key: str | None, tracker: str | None) -> None:
        self.folder, self.key = folder, key
        self.tracker = tracker and plain_tracker(tracker)
        self.box = json_of(folder, "box.json")
        wrong = misfit(self.box, BOX, "all of it")
        options = [] if wrong else self.box["frozen"]["options"]
        if not 0 < len(set(options)) == len(options) < 256:
            wrong = shown(wrong.removeprefix("all of it.") or "options")
            raise Fault(f"box.json: {wrong} is not what it should be.")
        self.options, self.frozen, self.published = options, self.box["frozen"], self.box["published"]
        self.heads = heads_of(folder, self.box["heads"])
        self.last = self.heads[-1]
        self.counts: list[dict[str, int]] = []  # at each head that the given ballots cover
        self.notes: list[str] = []  # what else is worth saying
        self.names: set[str] = set()  # of those who voted, where the vote is by name

    def rules(self) -> None:
        """The frozen part is the one that every head signs, and makes sense."""
        frozen, expected = self.frozen, digest(self.frozen)
        for head in self.heads:
            if head.box != expected:
                raise Fault(f"The rules in box.json (its frozen part) are not those that head {head.number} signs.")
            if head.origin != frozen["origin"]:
                raise Fault(f"Head {head.number} is of another log, {shown(head.origin)}.")
        if not frozen["origin"].endswith("/" + frozen["log"]) or frozen["log"] != "votes/" + frozen["slug"]:
            raise Fault("box.json: slug, log and origin do not belong together.")
        if (frozen["secrecy"] == "open") != (frozen["members"] is not None):
            raise Fault("box.json: only a vote by name has members.")

    def identity(self) -> None:
        """Who may vote is known well enough for the threshold, and by the kind of key that the level gives."""
        frozen, level = self.frozen, self.frozen["electorate"]["min_level"]
        fitting = "member" if frozen["secrecy"] == "open" else ("none", "address", "provider")[min(level, 2)]
        if level < 1 or frozen["key_kind"] != fitting:
            raise Fault(f"box.json: keys of the kind {frozen['key_kind']} do not fit the secrecy of the vote and level "
                        f"{level} of its voters.")
        if frozen["threshold"] and level < frozen["threshold"]["min_level"]:
            raise Fault(f"box.json: the threshold asks for voters of level {frozen['threshold']['min_level']}, but "
                        f"level {level} may vote.")

    def electorate(self) -> None:
        """Who may vote stays what it was at opening, or grows where the rules say so."""
        frozen, rule = self.frozen, self.frozen["electorate"]
        if frozen["members"] is not None:
            tree = Tree()
            for key in sorted(frozen["members"]):
                tree.append(key.encode())
            if (tree.size, b64encode(tree.root()).decode()) != (rule["size"], rule["root"]):
                raise Fault("box.json: the members are not the electorate that was fixed at opening.")
        size, root = rule["size"], rule["root"]
        for head in self.heads:
            grew = rule["late_admission"] and head.voters > size
            if (head.voters, head.electorate) != (size, root) and not grew:
                raise Fault(f"Head {head.number} is for another electorate than was fixed before it.")
            size, root = head.voters, head.electorate
        if rule["late_admission"]:
            self.notes.append(f"Electorate: {rule['size']} at opening, {size} now. It may only grow; that nobody was "
                              "taken out while others came in cannot be proved member by member from one export")

    def times(self) -> None:
        """Time does not run backwards, and the closing instant moves only by the extensions given, before it comes."""
        allowed, box = [self.frozen["closes_at"]], self.box
        if not self.frozen["opens_at"] < allowed[0]:
            raise Fault("box.json: the vote does not open before it closes.")
        for extension in box["extensions"]:
            if extension["from"] != allowed[-1] or extension["to"] <= allowed[-1]:
                raise Fault("box.json: the extensions do not follow one another from the closing instant on.")
            allowed.append(extension["to"])
        if box["closes_at"] != allowed[-1]:
            raise Fault(f"box.json: closes_at is {box['closes_at']}, its extensions lead to {allowed[-1]}.")
        if self.heads[0].at < self.frozen["opens_at"]:
            raise Fault(f"Head 1 was signed at {self.heads[0].at}, before the vote opened.")
        self.moves(set(allowed))

    def moves(self, known: set[str]) -> None:
        """The heads follow one another in time, and no vote goes on that had closed."""
        for old, new in pairwise([self.heads[0], *self.heads]):
            if new.closes not in known or new.closes < old.closes or new.at < old.at:
                raise Fault(f"Head {new.number}: its times do not follow from the extensions and the head before it.")
        for head in self.heads:
            if head.at >= head.closes and self.box["closes_at"] > head.closes:
                raise Fault(f"Head {head.number} was signed at {head.at}, when the vote had closed, and yet it was "
                            f"extended from {head.closes}.")

    def end(self) -> None:
        """A tally is signed once, when the vote is closed and not before its time."""
        box, last = self.box, self.last
        for head in self.heads[:-1]:
            if head.tally:
                raise Fault(f"Head {head.number} closes the vote, but others follow.")
        if box["state"] != "void" and (box["state"] == "open") != (last.tally is None):
            raise Fault(f"box.json says that the vote is {box['state']}, but its last head has "
                        + ("a tally." if last.tally else "no tally."))
        early = last.at < last.closes and self.frozen["members"] is None
        if last.tally and (early or last.closes != box["closes_at"]):
            raise Fault(f"Head {last.number} closes the vote at {last.at}, before its time {box['closes_at']}.")

    def keys(self) -> None:
        """Every head is signed with the key of its time, each key is endorsed by the one before, one is yours."""
        host = self.frozen["origin"].removesuffix("/" + self.frozen["log"])
        rows = self.box["keys"]
        keys = [key_from(row["vkey"]) for row in rows]
        if self.key and key_from(self.key) not in keys:
            raise Fault("The key you gave is neither among the keys of these files nor endorses one of them.")
        starts = {row["from_head"]: place for place, row in enumerate(rows) if row["from_head"] is not None}
        used = [row["from_head"] for row in rows if row["from_head"] is not None]
        if used[:1] != [1] or used != sorted(starts):
            raise Fault("box.json: keys does not say from which head on each key signed.")
        retired = [self.endorsed(host, rows[new], keys[old], keys[new], rows[old]["vkey"])
                   for old, new in pairwise(range(len(rows)))]
        signing = 0
        for head in self.heads:
            signing = starts.get(head.number, signing)
            if not keys[signing].name.startswith(f"{host}/log/"):
                raise Fault(f"Head {head.number}: {shown(keys[signing].name)} is not a key for logs of {shown(host)}.")
            require_signature(head.text, head.signatures, keys[signing], f"Head {head.number}")
            if head.at > min(retired[signing:signing + 1], default=head.at):
                raise Fault(f"Head {head.number} was signed at {head.at}, when another key had followed its own.")

    def endorsed(self, host: str, row: dict[str, Any], old: Key, new: Key, old_vkey: str) -> str:
        """When the new key followed the old one, as both have signed."""
        text, _, signatures = (row["endorsement"] or "").partition("\n\n")
        what = f"The endorsement of the key {shown(new.name)}"
        fixed = f"{host}/rotation\nold {old_vkey}\nnew {row['vkey']}\nat "
        if not text.startswith(fixed) or not is_instant(text.removeprefix(fixed)):
            raise Fault(f"{what} is missing or of another key.")
        for key in (old, new):
            require_signature(text + "\n", signatures, key, what)
        return text.removeprefix(fixed)

    def ballots(self) -> None:
        """The given lines are those that the heads cover, each a ballot as it should be."""
        ballots = Ballots(self.frozen)
        counts = self.roots(ballots, [])
        for number, raw in lines_of(self.folder, "ballots.jsonl"):
            if number > self.published:
                raise Fault(f"ballots.jsonl has more than the {self.published} lines that box.json gives.")
            leaf = ballots.add(raw)
            if self.tracker and self.tracker in (leaf["tracker"], leaf.get("supersedes")):
                says = "is that ballot" if leaf["tracker"] == self.tracker else "replaces that ballot"
                self.notes.append(f"Tracker {self.tracker}: line {number} {says}, “{shown(leaf['choice'])}”")
            self.roots(ballots, counts)
        if ballots.tree.size < self.published:
            raise Fault(f"ballots.jsonl has {ballots.tree.size} lines, box.json says {self.published}.")
        self.given()
        self.names = set(ballots.known) if ballots.members is not None else set()
        self.counts = counts

    def roots(self, ballots: Ballots, counts: list[dict[str, int]]) -> list[dict[str, int]]:
        """Compare the roots of the heads that end here, and note the counts."""
        while len(counts) < len(self.heads) and self.heads[len(counts)].size == ballots.tree.size:
            head = self.heads[len(counts)]
            if head.root != ballots.tree.root():
                raise Fault(f"Head {head.number} signs other ballots than lines 1 to {head.size} of ballots.jsonl: one "
                            "was changed, added, dropped or moved.")
            counts.append(dict(ballots.counts))
        return counts

    def given(self) -> None:
        """What is withheld may be withheld."""
        sizes, withheld = {head.size for head in self.heads}, self.box["withheld"]
        if withheld is None and self.published != self.last.size:
            raise Fault(f"box.json gives {self.published} ballots, head {self.last.number} covers {self.last.size}.")
        hidden = self.frozen["totals"] == "closed" and not self.frozen["threshold"]
        if hidden and not self.last.tally and withheld != "until-close":
            raise Fault("box.json gives ballots and a tally before the close, which the rules of this vote forbid.")
        if withheld == "until-close" and (not hidden or self.last.tally or self.published):
            raise Fault("box.json withholds ballots until close, which the rules do not say or the vote is past.")
        if withheld == "silence" and (self.last.tally or self.published not in sizes):
            raise Fault("box.json withholds ballots for a silence, but not from a head on, or the vote is closed.")

    def proofs(self) -> None:
        """Heads beyond the given ballots extend each other."""
        wanted = [(old, new) for old, new in pairwise(self.heads) if new.size > self.published]
        rows = json_of(self.folder, "proofs.json")
        if misfit(rows, [{"from": int, "to": int, "hashes": [HASH]}], "proofs") or [
                (row["from"], row["to"]) for row in rows] != [(old.number, new.number) for old, new in wanted]:
            raise Fault("proofs.json does not hold one proof from head to head beyond the given ballots.")
        for (old, new), row in zip(wanted, rows, strict=True):
            if not extends(old, new, [b64decode(text) for text in row["hashes"]]):
                raise Fault(f"Head {new.number} does not extend head {old.number}: the log was forked or rewritten.")

    def tally(self) -> None:
        """The tally of box.json is that of the ballots, and the one that the last head signs."""
        said = self.box["tally"]
        if self.box["withheld"] == "until-close":
            if said is not None:
                raise Fault("box.json gives a tally although ballots are withheld.")
        elif said != self.counts[-1]:
            raise Fault(f"box.json says {self.words(said)}; the ballots amount to {self.words(self.counts[-1])}.")
        if self.last.tally and self.last.tally != digest(said):
            raise Fault(f"Head {self.last.number} signs another tally than that of box.json.")

    def words(self, tally: dict[str, int] | None) -> str:
        """A tally in the order of the options."""
        rest = dict(tally or {})
        rows = [(option, rest.pop(option)) for option in self.options if option in rest]
        return ", ".join(f"{shown(option)} {count}" for option, count in [*rows, *rest.items()]) or "nothing"

    def turnout(self) -> None:
        """There are never more ballots than could vote; a vote by name ends early when all have voted."""
        for head, counts in zip(self.heads, self.counts, strict=False):
            net = sum(counts.values())
            if net > head.voters:
                raise Fault(f"Head {head.number}: {net} ballots count, but {head.voters} could vote.")
            if head.tally and head.at < head.closes and net != len(self.frozen["members"] or ()):
                raise Fault(f"Head {head.number} closes the vote before its time, but not all members had voted.")

    def voters(self) -> None:
        """There are as many ballots as keys that voted."""
        box, net = self.box, sum(self.counts[-1].values()) if self.counts else 0
        if not self.last.tally:
            if box["roll"] is not None or box["levels"] is not None or (self.folder / "voted-keys.txt").exists():
                raise Fault("The files say who voted before the vote is closed, which no head signs.")
            return
        count, hashed = self.voted_keys()
        if count != net:
            raise Fault(f"{net} ballots count, but voted-keys.txt holds {count} keys.")
        if hashed != self.last.voted:
            raise Fault(f"voted-keys.txt is not the list that head {self.last.number} signs.")
        if box["roll"] != count or (box["levels"] is not None and sum(box["levels"].values()) != count):
            raise Fault(f"box.json: roll or levels say something else than the {count} keys that voted.")
        least = self.frozen["electorate"]["min_level"]
        if (box["levels"] is None) != (self.frozen["members"] is not None):
            raise Fault("box.json: levels must be given for a vote with secret ballots, and for no other.")
        if any(int(level) < least for level in box["levels"] or ()):
            raise Fault(f"box.json: levels counts voters below level {least}, who may not vote.")

    def voted_keys(self) -> tuple[int, str]:
        """Number of the keys, each once and in order, and the file's hash."""
        hashed, before, number = sha256(), b"", 0
        form = HEX if self.frozen["members"] is None else WORD
        for number, key in lines_of(self.folder, "voted-keys.txt"):
            text = key.decode("ascii", "replace")
            if not before < key or not form.fullmatch(text):
                raise Fault(f"voted-keys.txt: line {number} is no key, stands twice, or is out of order.")
            if self.frozen["members"] is not None and text not in self.names:
                raise Fault(f"voted-keys.txt: line {number} is of somebody who has no ballot.")
            hashed.update(key + b"\n")
            before = key
        return number, hashed.hexdigest()

    def threshold(self) -> None:
        """The threshold was crossed at the head that box.json says, under the rule that was fixed."""
        rule, said = self.frozen["threshold"], self.box["crossing"]
        if rule and YES not in self.options:
            raise Fault("box.json: there is a threshold, but nobody can vote yes.")
        if said and (rule is None or rule["version"] != said["version"]):
            raise Fault("box.json: the crossing is not under the threshold that was fixed at opening.")
        if said and (said["round"] is None) == (rule["kind"] == "monthly"):
            raise Fault("box.json: only a threshold by the month is crossed in a month's round.")
        if said and not (0 < said["head"] <= len(self.counts) and self.counts[said["head"] - 1][YES] == said["yes"]):
            raise Fault(f"box.json says {said['yes']} yes at head {said['head']}, where the threshold was crossed; "
                        "the ballots do not.")
        if said and said["round"]:
            self.round(rule["value"], said)
        elif rule and rule["kind"] != "monthly":
            self.reached(rule, said)

    def reached(self, rule: dict[str, Any], said: dict[str, Any] | None) -> None:
        """The head named is the first that reaches the threshold."""
        heads = [head for head, counts in zip(self.heads, self.counts, strict=False)
                 if (counts[YES] >= rule["value"] if rule["kind"] == "number" else
                     counts[YES] * 100 >= rule["value"] * head.voters and counts[YES] > 0)]
        first = heads[0].number if heads else None
        if said and said["head"] != first:
            raise Fault(f"box.json says that the threshold was crossed at head {said['head']}, but "
                        + (f"it was reached at head {first}." if first else "no head reaches it."))
        if first and not said:
            sentence = f"Head {first} reaches the threshold, which box.json does not say"
            if self.box["state"] != "void":
                raise Fault(f"{sentence}.")
            self.notes.append(f"{sentence}: the vote is void")

    def month(self, said: dict[str, Any]) -> None:
        """The head that crossed is the one that counts in the month, in some time zone.

        That is the first one at the month's end or after; of a vote that closed in the month it is the last one.
        """
        heads, head, month = self.heads, self.heads[said["head"] - 1], said["round"]["month"]
        before = heads[said["head"] - 2].at if said["head"] > 1 else self.frozen["opens_at"]
        try:
            begins, ends = bounds_of(month)
        except ValueError:
            raise Fault(f"box.json: there was no vote in the month {month}.") from None
        closed = moment(min(self.last.closes, self.last.at)) if self.last.tally else ends + ZONES
        latest = min(moment(head.at), closed, ends + ZONES)
        first = moment(before) < latest and ends - ZONES <= latest
        only = self.last.tally and head == self.last and begins - ZONES <= closed < ends + ZONES
        if not first and not only:
            raise Fault(f"box.json: head {head.number}, signed at {head.at}, is not the one that counts in the month "
                        f"{month}: the first after its end, or the last of a vote that closed in it.")

    def round(self, places: int, said: dict[str, Any]) -> None:
        """The month's list is in order, this vote stands in it as it is, and the right ones crossed."""
        self.month(said)
        entries = said["round"]["entries"]
        yes = [entry["yes"] for entry in entries]
        own = [entry for entry in entries if entry["slug"] == self.frozen["slug"]]
        if own != [{"slug": self.frozen["slug"], "head": said["head"], "yes": said["yes"], "crossed": True}]:
            raise Fault("box.json: this vote does not stand in the month's list as it was at the head that crossed.")
        if yes != sorted(yes, reverse=True) or len({entry["slug"] for entry in entries}) != len(entries):
            raise Fault("box.json: the month's list is not in the order of yes votes, or names a vote twice.")
        least = max(1, yes[min(places, len(yes)) - 1]) if places else 10**15
        for entry in entries:
            if entry["crossed"] != (entry["yes"] >= least):
                raise Fault(f"box.json: in the month's list “{shown(entry['slug'])}” is on the wrong side of the line.")

    def found(self) -> None:
        """The ballot that was asked for is in the log."""
        if self.tracker and not any(note.startswith("Tracker") for note in self.notes):
            raise Fault(f"No ballot with the tracker {shown(self.tracker)} is in ballots.jsonl"
                        + (", which does not hold all ballots yet." if self.box["withheld"] else "."))


def plain_tracker(text: str) -> str:
    """A tracker as it was typed, in the form it is written in; a member's key as it is."""
    found = re.sub(r"[\s–-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    grouped = "-".join(found[at:at + 4] for at in range(0, len(found), 4))
    return grouped if TRACKER.fullmatch(grouped) else text.strip()


# --- The command


def faults_of(export: Export) -> Iterator[str]:
    """A sentence for each check that fails."""
    checks = [export.rules, export.identity, export.electorate, export.times, export.end, export.keys, export.proofs,
              export.ballots]
    for check in checks:
        try:
            check()
        except Fault as fault:
            yield str(fault)
        else:
            if check == export.ballots:
                checks += [export.tally, export.turnout, export.voters, export.threshold, export.found]


def summary(export: Export, key: str | None) -> Iterator[str]:
    """What was checked, in words."""
    last = export.last
    yield f"Vote: “{shown(export.frozen['question'])}” ({export.frozen['slug']}), {export.box['state']}"
    if key:
        yield f"Key: {shown(key)}, the one you gave"
    else:
        yield "Key: NONE WAS GIVEN. This shows whether the files agree with each other, not who signed them."
        yield "     Compare with the key of this portal as you know it from elsewhere, and give it with --key."
    for row in export.box["keys"]:
        if row["from_head"] is not None and row["vkey"] != key:
            yield f"     From head {row['from_head']} on box.json names {shown(row['vkey'])}"
    yield f"Log: {last.number} heads, the last at {last.at} over {last.size} ballots, {export.published} of them given"
    yield from export.notes


def result(export: Export) -> Iterator[str]:
    """What box.json says and the checks have confirmed."""
    box = export.box
    if box["withheld"]:
        yield f"Withheld ({box['withheld']}): the other ballots; of them only the heads could be checked"
    if box["tally"] is not None:
        yield f"Tally: {export.words(box['tally'])}"
    if box["crossing"]:
        yield f"Threshold: crossed at head {box['crossing']['head']} with {box['crossing']['yes']} yes"
    for name in ("suspects", "contested", "unmet_promises"):
        if box[name]:
            yield f"The portal itself reports {name.replace('_', ' ')}: {box[name]}"


def run(arguments: list[str], out: TextIO) -> int:
    """Check and report. 0 when everything agrees, 1 when not."""
    parser = argparse.ArgumentParser(description="Check the public files of a vote.")
    parser.add_argument("dir", type=Path, help="folder with the files of the download")
    parser.add_argument("--key", help="public key of the portal's log, name+id+base64, as you know it from elsewhere")
    parser.add_argument("--tracker", help="look for the ballot of this receipt")
    given = parser.parse_args(arguments)
    lines: list[str] = []
    try:
        export = Export(given.dir, given.key, given.tracker)
        faults = list(faults_of(export))
        lines = [*summary(export, given.key), *(() if faults else result(export))]
    except Fault as fault:
        faults = [str(fault)]
    except Exception as error:  # the files are anybody's: whatever they break, the answer is a sentence
        faults = [f"The files broke this check ({type(error).__name__}): no portal writes such files."]
    lines += [f"WRONG: {fault}" for fault in faults]
    lines.append("These files do not prove the result." if faults else "Everything agrees." if given.key else
                 "Everything agrees with itself. Without a key this does not show who signed it.")
    out.write("\n".join(lines) + "\n")
    return 1 if faults else 0


def main() -> int:
    """The command line. A wrong command ends with 1 as well."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run(sys.argv[1:], sys.stdout)
    except SystemExit as stop:
        return 1 if stop.code else 0


if __name__ == "__main__":
    sys.exit(main())
