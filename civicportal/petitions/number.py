"""Petition numbers: `2510-7K3M-9QXA`. Year and month of filing, then 40 random bits, so none can be guessed.

Letters are Crockford's base 32: without I, L, O and U, which are misread, and read back when typed.
"""

import re
import secrets
import unicodedata
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = r"\d{2}(?:0[1-9]|1[0-2])-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"
_CANONICAL = re.compile(PATTERN, re.ASCII)
_IGNORED = re.compile(r"[\s\-‐‑‒–—―−_.]+")
_MISREAD = str.maketrans("OIL", "011")


def generate(filed_on: date) -> str:
    """A new number for a petition filed on this local day. Uniqueness is the table's to enforce."""
    tail = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{filed_on:%y%m}-{tail[:4]}-{tail[4:]}"


def parse(text: str) -> str:
    """The canonical form of a number as people type it.

    Takes lower case, full-width characters, other or missing hyphens, spaces, O for 0, I and L for 1.
    Raises ValueError when it cannot be a number.
    """
    letters = _IGNORED.sub("", unicodedata.normalize("NFKC", text[:100])).upper().translate(_MISREAD)
    number = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    if not _CANONICAL.fullmatch(number):
        raise ValueError("not a petition number")
    return number
