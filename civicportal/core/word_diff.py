"""What changed between two texts, word by word. The work is bounded, whatever the texts are."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

_WORDS = re.compile(r"\S+|\s+")
_LINES = re.compile(r".*\n|.+")
MAX_PIECES = 600  # words and blanks, or lines, between what both texts begin and end with
MAX_PAIRS = 4000  # of equal words, one in each text: comparing looks at each of them once for each run it finds
KEPT = 64  # comparisons that a process remembers


@dataclass(frozen=True)
class Part:
    """A run of text that stands in both versions, or in the old or the new one alone."""

    kind: Literal["same", "gone", "new"]
    text: str


@lru_cache(maxsize=KEPT)
def changes(old: str, new: str) -> tuple[Part, ...]:
    """The parts of both texts in reading order.

    The parts that are not `new` make up the old text, those that are not `gone` the new one. Where there is too much
    to compare by words it is compared by lines, and where there is too much for that, it is shown as replaced.
    """
    for pattern in (_WORDS, _LINES):
        before, after = pattern.findall(old), pattern.findall(new)
        head, tail = _common(before, after)
        between = before[head:len(before) - tail], after[head:len(after) - tail]
        if _bounded(*between):
            break
    middle = _compared(*between) if _bounded(*between) else _replaced(*between)
    return tuple(_joined([("same", before[:head]), *middle, ("same", before[len(before) - tail:])]))


_Runs = list[tuple[Literal["same", "gone", "new"], Sequence[str]]]


def _common(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many pieces both begin with, and how many of the rest both end with."""
    least, head, tail = min(len(before), len(after)), 0, 0
    while head < least and before[head] == after[head]:
        head += 1
    while tail < least - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


def _bounded(before: Sequence[str], after: Sequence[str]) -> bool:
    if max(len(before), len(after)) > MAX_PIECES:
        return False
    there = Counter(after)
    return sum(there[piece] for piece in before if not piece.isspace()) <= MAX_PAIRS


def _compared(before: Sequence[str], after: Sequence[str]) -> _Runs:
    """Blanks match beside words that do and never by themselves: they are everywhere."""
    runs: _Runs = []
    matcher = SequenceMatcher(str.isspace, before, after, autojunk=False)
    for verb, a, b, c, d in matcher.get_opcodes():
        runs += [("same", before[a:b])] if verb == "equal" else _replaced(before[a:b], after[c:d])
    return runs


def _replaced(before: Sequence[str], after: Sequence[str]) -> _Runs:
    return [("gone", before), ("new", after)]


def _joined(runs: _Runs) -> list[Part]:
    """Runs as texts, without empty ones, neighbours of one kind in one."""
    parts: list[Part] = []
    for kind, pieces in runs:
        text = "".join(pieces)
        if text and parts and parts[-1].kind == kind:
            parts[-1] = Part(kind, parts[-1].text + text)
        elif text:
            parts.append(Part(kind, text))
    return parts
