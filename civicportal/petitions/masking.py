"""Hiding who somebody is while a reader can still tell one author from the next. Any script; length is not shown."""

import unicodedata

_SYLLABLES = ("HANGUL", "CJK", "HIRAGANA", "KATAKANA")
_JOINER = "\u200d"


def mask_name(name: str) -> str:
    """`김**`, `J***`: the first letter with its marks; nothing of a name that has only one. Empty stays empty."""
    letters = unicodedata.normalize("NFC", name).strip()
    if not letters:
        return ""
    first = _first_letter(letters)
    if len(first) == len(letters):
        return "*"
    short = unicodedata.name(first[0], "").startswith(_SYLLABLES)
    return first + ("**" if short else "***")


def mask_address(address: str) -> str:
    """`k***@example.org`: enough to see a mistake in the domain, too little to write to."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if local else "***"


def _first_letter(text: str) -> str:
    """What a reader sees as the first letter: the character with its marks and whatever is joined to it."""
    end = 1
    while end < len(text) and (_is_mark(text[end]) or _JOINER in text[end - 1:end + 1]):
        end += 1
    return text[:end]


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M") or "\U0001f3fb" <= letter <= "\U0001f3ff"
