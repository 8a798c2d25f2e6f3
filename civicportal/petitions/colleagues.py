"""Colleagues who are named in a note as @name. Pure."""

import re
import unicodedata
from collections.abc import Collection

_NAMED = re.compile(r"(?:^|(?<=[\s(\[,]))@([^\s@,.:;!?)\]]{1,60})")


def mentioned(text: str, names: Collection[str]) -> tuple[set[str], list[str]]:
    """Which of the names stand in the text behind an @, and the words behind an @ that are none of them.

    A longer name wins over a shorter one that begins it, and what follows may be a particle: `@김서연님께`.
    """
    words, found, unknown = unicodedata.normalize("NFC", text).casefold(), set(), []
    spelled = sorted(((unicodedata.normalize("NFC", name).casefold(), name) for name in names), reverse=True,
                     key=lambda pair: len(pair[0]))
    for match in _NAMED.finditer(words):
        name = next((name for form, name in spelled if words.startswith(form, match.start(1))), None)
        if name is None:
            unknown.append(match[1])
        else:
            found.add(name)
    return found, unknown
