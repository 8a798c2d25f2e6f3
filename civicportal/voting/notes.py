"""Signed notes (C2SP signed-note), checkpoints (C2SP tlog-checkpoint), and the notes of receipts and key changes.

A note is a text of lines, an empty line, and a line for each signature:
`— <key name> <Base64 of key id and signature>`.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
SIGNATURE = "— "
NAME = re.compile(r"[^\s+\x00-\x1f]+")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Signer:
    """A private key with its name."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def from_setting(cls, part: str, host: str, purpose: str) -> "Signer":
        """From `name:base64 of the 32-byte seed`, one part of a setting. `purpose`: `log` or `receipt`.

        Raises ValueError for anything else.
        """
        name, _, seed = part.strip().partition(":")
        return cls(f"{host}/{purpose}/{name}", Ed25519PrivateKey.from_private_bytes(b64decode(seed, validate=True)))

    @property
    def vkey(self) -> str:
        """The public key as others write it down: `name+key id in hex+Base64`."""
        return f"{self.name}+{self._id.hex()}+{_text(ED25519 + self._public)}"

    def sign(self, text: str) -> str:
        """The signed note. Raises ValueError for a text that is no note: control characters, no newline at its end."""
        return sign_all(text, self)

    def line(self, text: str) -> str:
        """The one line that signs a text."""
        return f"{SIGNATURE}{self.name} {_text(self._id + self.key.sign(text.encode()))}\n"

    @cached_property
    def _public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @cached_property
    def _id(self) -> bytes:
        return key_id(self.name, self._public)


@dataclass(frozen=True)
class Verifier:
    """A public key with its name."""

    name: str
    key: Ed25519PublicKey

    @classmethod
    def from_vkey(cls, vkey: str) -> "Verifier":
        """From the text that `Signer.vkey` gives. Raises ValueError for anything else."""
        name, identity, encoded = [*vkey.split("+", 2), "", ""][:3]
        raw = b64decode(encoded, validate=True)
        if not NAME.fullmatch(name) or raw[:1] != ED25519 or identity != key_id(name, raw[1:]).hex():
            raise ValueError("not an Ed25519 key of a signed note")
        return cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))

    def verify(self, note: str) -> str:
        """The note's text, without signatures. Raises ValueError when this key has not signed it."""
        text, lines = split(note)
        identity = key_id(self.name, self.key.public_bytes_raw())
        for name, signed in lines:
            if name == self.name and signed[:4] == identity:
                try:
                    self.key.verify(signed[4:], text.encode())
                except InvalidSignature:
                    raise ValueError(f"the signature of {self.name} is wrong") from None
                return text
        raise ValueError(f"not signed by {self.name}")


@dataclass(frozen=True)
class Checkpoint:
    """What a head of a log says. `lines`: extension lines by their first word, in their order."""

    origin: str
    size: int
    root: bytes
    lines: dict[str, str]


@dataclass(frozen=True)
class Promise:
    """What a receipt says: the leaf with this hash is in the log by then."""

    host: str
    log: str
    leaf: bytes
    by: datetime


@dataclass(frozen=True)
class Rotation:
    """A change of key: both keys, as vkeys, and the instant."""

    host: str
    old: str
    new: str
    at: datetime


def signers(setting: str, host: str, purpose: str) -> list[Signer]:
    """The keys of LOG_SIGNING_KEY (`log`) or RECEIPT_SIGNING_KEYS (`receipt`), newest first; none when it is empty."""
    return [Signer.from_setting(part, host, purpose) for part in setting.split(",") if part.strip()]


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys apart: SHA-256 of name, newline, algorithm and key."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def sign_all(text: str, *by: Signer) -> str:
    """A note with a signature of each key. Raises ValueError for a text that is no note."""
    if CONTROL.search(text) or not text.endswith("\n") or "\n\n" in text or text.startswith("\n"):
        raise ValueError("a note is made of lines without control characters")
    return text + "\n" + "".join(signer.line(text) for signer in by)


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text, and (key name, key id and signature) of each signature line, unchecked. Raises ValueError."""
    text, empty, block = note.rpartition("\n\n")
    if not empty or not text or not block.endswith("\n"):
        raise ValueError("not a signed note")
    lines = []
    for line in block[:-1].split("\n"):
        name, _, encoded = line.removeprefix(SIGNATURE).partition(" ")
        raw = b64decode(encoded, validate=True)
        if not line.startswith(SIGNATURE) or not NAME.fullmatch(name) or len(raw) <= 4:
            raise ValueError("not a signature line")
        lines.append((name, raw))
    return text + "\n", lines


def checkpoint(origin: str, size: int, root: bytes, lines: Mapping[str, str]) -> str:
    """Text of a head, to be signed. `lines`: extension lines `word value`, in their order."""
    extensions = "".join(f"{word} {value}\n" for word, value in lines.items())
    return f"{origin}\n{size}\n{_text(root)}\n{extensions}"


def parse_checkpoint(note: str) -> Checkpoint:
    """Read a head, with or without signatures, which are not checked. Raises ValueError."""
    origin, size, root, *rest = [*_lines(note), "", "", ""]
    if not origin or not re.fullmatch(r"0|[1-9][0-9]{0,17}", size, re.ASCII):
        raise ValueError("not a checkpoint")
    lines: dict[str, str] = {}
    for line in filter(None, rest):
        word, space, value = line.partition(" ")
        if not word or not space or word in lines:
            raise ValueError("not an extension line")
        lines[word] = value
    return Checkpoint(origin, int(size), _hash(root), lines)


def promise(host: str, log: str, leaf: bytes, by: datetime) -> str:
    """Text of a receipt's promise, to be signed. `log`: the log's name; `leaf`: the leaf's hash."""
    return f"{host}/promise\n{log}\nleaf {_text(leaf)}\nby {instant(by)}\n"


def parse_promise(note: str) -> Promise:
    """Read a promise, with or without signatures, which are not checked. Raises ValueError."""
    first, log, leaf, by = _exactly(4, note)
    return Promise(_host(first, "promise"), log, _hash(_after("leaf", leaf)), parse_instant(_after("by", by)))


def rotation(host: str, old: str, new: str, at: datetime) -> str:
    """Text of a change of key, to be signed by both keys with `sign_all`: the endorsement of the new key."""
    return f"{host}/rotation\nold {old}\nnew {new}\nat {instant(at)}\n"


def parse_rotation(note: str) -> Rotation:
    """Read a change of key, with or without signatures, which are not checked. Raises ValueError."""
    first, old, new, at = _exactly(4, note)
    return Rotation(_host(first, "rotation"), _after("old", old), _after("new", new), parse_instant(_after("at", at)))


def statement(host: str, kind: str, values: Mapping[str, str]) -> str:
    """Text of a statement of another package, to be signed: `<host>/<kind>`, then lines `word value`, in their order.

    The first line sets its kind apart from promises, changes of key, heads and every other kind.
    """
    return f"{host}/{kind}\n" + "".join(f"{word} {value}\n" for word, value in values.items())


def parse_statement(note: str, kind: str, *words: str) -> tuple[str, list[str]]:
    """Host and values of a statement, with or without signatures, which are not checked. Raises ValueError."""
    first, *lines = _exactly(len(words) + 1, note)
    return _host(first, kind), [_after(word, line) for word, line in zip(words, lines, strict=True)]


def instant(moment: datetime) -> str:
    """An aware instant as notes write it: UTC, whole seconds, `2026-05-04T03:02:01Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """Read what `instant` writes. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


def _hash(text: str) -> bytes:
    raw = b64decode(text, validate=True)
    if len(raw) != 32:
        raise ValueError("not a hash")
    return raw


def _lines(note: str) -> list[str]:
    text = note.partition("\n\n")[0]
    return text.removesuffix("\n").split("\n")


def _exactly(count: int, note: str) -> list[str]:
    lines = _lines(note)
    if len(lines) != count:
        raise ValueError("not a note of this kind")
    return lines


def _host(line: str, kind: str) -> str:
    host, slash, rest = line.rpartition("/")
    if not host or not slash or rest != kind:
        raise ValueError(f"not a {kind}")
    return host


def _after(word: str, line: str) -> str:
    if not line.startswith(f"{word} "):
        raise ValueError(f"not a line of {word}")
    return line[len(word) + 1:]
