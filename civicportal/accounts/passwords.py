"""Hashing passwords, and telling which ones are too well known to be one."""

import gzip
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 200
# RFC 9106, section 4, second recommended option.
TIME_COST = 3
MEMORY_KIB = 64 * 1024
PARALLELISM = 4
HASH_BYTES = 32
SALT_BYTES = 16

_COMMON = Path(__file__).parent / "data" / "common_passwords.txt.gz"
_TAIL = 4
_SHORTEST_OWN = {True: 2, False: 4}  # by whether the word is Hangul: two syllables say as much as four letters
_ROWS = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ", "가나다라마바사아자차카타파하",
)
_hasher = PasswordHasher(TIME_COST, MEMORY_KIB, PARALLELISM, HASH_BYTES, SALT_BYTES, type=Type.ID)
# No password has this hash; checking against it takes as long as checking a real one.
_NOBODY = f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p={PARALLELISM}$" + "A" * 22 + "$" + "A" * 43


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    PLAIN = "plain"
    OWN = "own"


def hash_password(password: str) -> str:
    """The argon2id hash of the password's NFC form, with its parameters and a fresh salt."""
    return _hasher.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Takes the same time when nothing is stored, and is False then."""
    try:
        return _hasher.verify(stored or _NOBODY, _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def weakness(password: str, own: Iterable[str] = ()) -> Weakness | None:
    """Why this password may not be chosen, or None. `own`: words an attacker would try first, such as the name."""
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        return Weakness.SHORT
    if len(text) > MAX_LENGTH:
        return Weakness.LONG
    folded = _folded(text)
    if _is_common(folded):
        return Weakness.COMMON
    if _is_plain(folded):
        return Weakness.PLAIN
    joined = "".join(folded.split())
    return Weakness.OWN if any(word in joined for word in _own_words(own)) else None


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return _normal(_normal(text).casefold())


def _is_common(folded: str) -> bool:
    stem = folded.rstrip("".join({sign for sign in folded if not sign.isalpha()}))
    unit = folded[:(folded + folded).find(folded, 1)]
    return folded in _common() or unit in _common() or (stem in _common() and len(folded) - len(stem) <= _TAIL)


def _is_plain(folded: str) -> bool:
    """One unit of up to three characters over and over, or a run along the alphabet or the keyboard."""
    if any((folded[:size] * len(folded))[:len(folded)] == folded for size in (1, 2, 3)):
        return True
    return any(folded in row * 20 or folded in row[::-1] * 20 for row in _ROWS)


def _own_words(own: Iterable[str]) -> list[str]:
    words = [_folded("".join(word.split())) for word in own if word]
    return [word for word in words if len(word) >= _SHORTEST_OWN["가" <= word[:1] <= "힣"]]


@cache
def _common() -> frozenset[str]:
    with gzip.open(_COMMON, "rt", encoding="utf-8") as lines:
        return frozenset(line.rstrip("\n") for line in lines)
