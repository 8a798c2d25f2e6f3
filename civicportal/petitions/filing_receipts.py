"""Receipts of filings: what was filed as canonical JSON, and the signed note of its hash, number and time.

Anybody can check one without the portal's database (docs/decisions/0012). Texts are compared in NFC with LF, so an
editor or a mail program that decomposes letters or changes line ends does no harm.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NoReturn, cast

from civicportal.petitions.number import PATTERN
from civicportal.petitions.plain import normalise
from civicportal.voting.canonical import canonical
from civicportal.voting.notes import Signer, Verifier, instant, key_id, parse_instant, parse_statement, split, statement

FORMAT = "civicportal-filing/1"
KIND = "filing"
MAX_BYTES = 256 * 1024
MAX_LINES = 20
HOST_MAX = 253
_DOMAIN = b"civicportal/filing/1\n"
_NUMBER = re.compile(PATTERN, re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TEXTS = frozenset({"filed_at", "locale", "number", "salt", "text", "title", "type"})
_KEYS = _TEXTS | {"author", "fields", "files", "institution", "place", "public"}

Content = dict[str, Any]


class Verdict(StrEnum):
    """What a check found."""

    GENUINE = "genuine"
    ALTERED = "altered"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown_key"
    NO_RECEIPT = "no_receipt"


@dataclass(frozen=True)
class Statement:
    """What a note says: on this host, under this number and at this time, something with this hash was filed."""

    host: str
    number: str
    at: datetime
    digest: bytes


@dataclass(frozen=True)
class Checked:
    """The outcome of a check. `statement` and `content` are there as far as they could be read.

    `content` is None where only the note was given, as a QR code holds it. `note`: with the one line that counts.
    """

    verdict: Verdict
    statement: Statement | None = None
    content: Content | None = None
    note: str = ""

    @property
    def genuine(self) -> bool:
        """Whether everything that was given is as it was signed."""
        return self.verdict is Verdict.GENUINE


def settled(value: Any) -> Any:
    """The value with every text in it in NFC with LF."""
    if isinstance(value, str):
        return normalise(value)
    if isinstance(value, dict):
        return {settled(key): settled(item) for key, item in value.items()}
    return [settled(item) for item in value] if isinstance(value, list) else value


def digest_of(content: str) -> bytes:
    """The salted hash of canonical content; the salt is a part of it."""
    return sha256(_DOMAIN + content.encode()).digest()


def sign(signer: Signer, host: str, number: str, at: datetime, digest: bytes) -> str:
    """The signed note of a filing. It is what the QR code holds."""
    values = {"number": number, "at": instant(at), "hash": b64encode(digest).decode()}
    return signer.sign(statement(host, KIND, values))


def as_file(content: str, note: str) -> str:
    """The file people keep."""
    return json.dumps({"format": FORMAT, "filing": json.loads(content), "note": note}, ensure_ascii=False,
                      indent=1) + "\n"


def check(text: str, keys: Iterable[Verifier]) -> Checked:
    """Check a receipt file, or a note alone, as somebody pasted or uploaded it. Never raises, whatever the text is."""
    if len(text) > MAX_BYTES:
        return Checked(Verdict.NO_RECEIPT)
    try:
        content, note = _read(text.removeprefix("\ufeff").strip())
        told = _statement(note)
    except (ValueError, TypeError, KeyError, RecursionError):
        return Checked(Verdict.NO_RECEIPT)
    verdict, signed = _signature(note, told.host, list(keys))
    if verdict is Verdict.GENUINE and content is not None and not _fits(content, told):
        verdict = Verdict.ALTERED
    return Checked(verdict, told, content, signed)


def _read(text: str) -> tuple[Content | None, str]:
    """(content, note) of what was pasted. Raises ValueError and its like for what is no receipt."""
    if not text.startswith("{"):
        return None, _tidy(text)
    whole = json.loads(text, object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
    if set(whole) != {"format", "filing", "note"} or whole["format"] != FORMAT:
        raise ValueError("not a receipt of a filing")
    content = settled(whole["filing"])
    if not _is_filing(content):
        raise ValueError("not a filing")
    return content, _tidy(whole["note"])


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys come once: of two, one reader would take the first and another one the last."""
    found = dict(pairs)
    if len(found) != len(pairs) or len({settled(key) for key in found}) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refuse(_number: str) -> NoReturn:
    raise ValueError("only whole numbers")


def _tidy(note: str) -> str:
    return "\n".join(line.strip() for line in note.strip().splitlines()) + "\n"


def _statement(note: str) -> Statement:
    host, (number, at, digest) = parse_statement(note, KIND, "number", "at", "hash")
    raw = b64decode(digest, validate=True)
    shown = len(host) <= HOST_MAX and host.isprintable() and " " not in host  # commands print it
    if not shown or not _NUMBER.fullmatch(number) or len(raw) != 32:
        raise ValueError("not a filing")
    return Statement(host, number, parse_instant(at), raw)


def _signature(note: str, host: str, keys: Sequence[Verifier]) -> tuple[Verdict, str]:
    """Whether one of the keys has signed the note, and the note with that line alone."""
    text, lines = split(note)
    verdict = Verdict.UNKNOWN_KEY
    for line, (name, signed) in zip(note.rpartition("\n\n")[2].split("\n")[:MAX_LINES], lines, strict=False):
        for key in keys:
            if key.name != name or key_id(key.name, key.key.public_bytes_raw()) != signed[:4]:
                continue
            verdict, one = Verdict.FORGED, f"{text}\n{line}\n"
            if name.startswith(f"{host}/receipt/") and _verifies(key, one):
                return Verdict.GENUINE, one
    return verdict, ""


def _verifies(key: Verifier, note: str) -> bool:
    try:
        key.verify(note)
    except ValueError:
        return False
    return True


def _fits(content: Content, told: Statement) -> bool:
    same = (content["number"], content["filed_at"]) == (told.number, instant(told.at))
    return same and digest_of(canonical(content)) == told.digest


def _is_filing(content: Any) -> bool:
    """Whether it has the shape of a filing, so that what is signed can be taken as it stands."""
    if not isinstance(content, dict) or set(content) != _KEYS or not _all(str, *(content[name] for name in _TEXTS)):
        return False
    canonical(content)
    author, institution = content["author"], content["institution"]
    return (
        isinstance(content["public"], bool) and isinstance(content["fields"], dict)
        and isinstance(content["place"], str | None)
        and _has(author, name=str, address=str, phone=(str, type(None)), confirmed=bool)
        and (institution is None or _has(institution, code=str, name=str))
        and isinstance(content["files"], list) and all(map(_is_file, content["files"]))
    )


def _is_file(file: Any) -> bool:
    return _has(file, name=str, size=int, sha256=str) and file["size"] >= 0 and bool(_HEX.fullmatch(file["sha256"]))


def _has(value: Any, **shape: Any) -> bool:
    """Whether an object has these keys with values of these types, and no other."""
    return isinstance(value, dict) and set(value) == set(shape) and all(
        isinstance(value[name], kind) and (kind is not int or not isinstance(value[name], bool))
        for name, kind in shape.items())


def _all(kind: type, *values: object) -> bool:
    return all(isinstance(value, kind) for value in values)


def canonical_content(content: Content) -> str:
    """What is hashed, from content in any form of Unicode."""
    return canonical(cast(Content, settled(content)))
