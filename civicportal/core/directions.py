"""Texts that turn the direction of writing, as Arabic and Hebrew need: they shall turn nothing that stands beside them.

Whoever ends a title with such a character could otherwise show a name, a date or a count backwards.
"""

import re
from typing import Any

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PARAGRAPHS = re.compile("([\n\r\x1c-\x1e\x85\u2029])")  # each ends whatever was turned before
_OPENING = "\u2066\u2067\u2068"
_FIRST_STRONG, _CLOSING = "\u2068", "\u2069"


def isolated(value: Any) -> Any:
    """A text closed off within itself, when it turns the direction; every other value, and safe markup, as it is."""
    if type(value) is not str or not _TURNS.search(value):
        return value
    return "".join(_closed_off(part) for part in _PARAGRAPHS.split(value))


def _closed_off(text: str) -> str:
    """The text between an opening and a closing character, with as many closing ones in it as opening ones."""
    if not _TURNS.search(text):
        return text
    kept, depth = [_FIRST_STRONG], 1
    for letter in text:
        depth += (letter in _OPENING) - (letter == _CLOSING)
        if depth:
            kept.append(letter)
        depth = max(depth, 1)
    return "".join(kept) + _CLOSING * depth
