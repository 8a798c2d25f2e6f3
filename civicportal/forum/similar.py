"""Texts that say much the same: cosine of TF-IDF weights over runs of three characters.

Runs of characters need no dictionary and no word breaks, so Korean with its endings and English work alike.
"""

import unicodedata
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, log, sqrt
from operator import mul

RUN = 3
CLOSE = 0.3
SHOWN = 0.15
KEPT = 200  # answers
Counted = tuple["array[int]", "array[float]"]  # numbers of runs, and what the count of each weighs


@dataclass(frozen=True)
class Match:
    """A text like the one asked about. `score`: 0 (nothing in common) to 1."""

    key: int
    score: float

    @property
    def close(self) -> bool:
        """Whether somebody would ask what the difference is."""
        return self.score >= CLOSE


class Index:
    """Texts by key. Keeps how often each run stands in a text, not the text; weighs them when asked, because every
    text that comes or goes changes how rare a run is. To be changed by one thread at a time."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._held: list[int] = []
        self._texts: dict[int, Counted] = {}
        self._weighed: Weighed | None = None

    def add(self, key: int, text: str) -> None:
        """Add a text under a key, in place of the one that was there."""
        self.remove(key)
        counted = runs(text)
        numbers = array("i", (self._number(run) for run in counted))
        for number in numbers:
            self._held[number] += 1
        self._texts[key] = numbers, array("f", (_often(count) for count in counted.values()))

    def remove(self, key: int) -> None:
        """Forget the text under a key; quiet when there is none."""
        for number in self._texts.pop(key, ((), ()))[0]:
            self._held[number] -= 1
        self._weighed = None

    def weighed(self) -> "Weighed":
        """The texts as they are now, for looking; the same until one comes or goes."""
        self._weighed = self._weighed or Weighed(self._numbers, tuple(self._held), dict(self._texts))
        return self._weighed

    def nearest(self, text: str, *, limit: int, but: int | None = None) -> list[Match]:
        """As `Weighed.nearest`, among the texts of now."""
        return self.weighed().nearest(text, limit=limit, but=but)

    def _number(self, run: str) -> int:
        number = self._numbers.setdefault(run, len(self._held))
        if number == len(self._held):
            self._held.append(0)
        return number


class Weighed:
    """The texts of an index at one time. Nothing in it changes, so any number of threads can look at once.

    What is worked out is kept: at worst two threads work out the same. `numbers` may know runs that came later.
    """

    def __init__(self, numbers: Mapping[str, int], held: Sequence[int], texts: Mapping[int, Counted]) -> None:
        self._numbers, self._held, self._texts = numbers, held, texts
        self._rarity: list[float] = []
        self._lengths: dict[int, float] = {}
        self._found: dict[tuple[str, int, int | None], list[Match]] = {}

    def nearest(self, text: str, *, limit: int, but: int | None = None) -> list[Match]:
        """At most `limit` texts that share more than chance, the nearest first. `but`: a key to leave out."""
        asked = text, limit, but
        found = self._found.get(asked)
        if found is None:
            if len(self._found) >= KEPT:
                self._found = {}
            found = self._found[asked] = self._look(*asked)
        return list(found)

    def _look(self, text: str, limit: int, but: int | None) -> list[Match]:
        rarity, lengths = self._rarities(), self._all_lengths()
        asked, length = self._asked(text, rarity)
        found = [Match(key, min(1.0, score)) for key, (numbers, counts) in self._texts.items() if key != but and (
            score := sum(map(mul, counts, map(asked.__getitem__, numbers))) / (lengths[key] * length or 1)) >= SHOWN]
        return sorted(found, key=lambda match: (-match.score, match.key))[:limit]

    def _asked(self, text: str, rarity: Sequence[float]) -> tuple[list[float], float]:
        """For each known run what a text that has it once gains by it, and the length of the whole vector asked."""
        gains, squares, new = [0.0] * len(rarity), 0.0, _rarity(0, len(self._texts))
        for run, count in runs(text).items():
            number = self._numbers.get(run, len(rarity))
            known = number < len(rarity)
            weight = _often(count) * (rarity[number] if known else new)
            squares += weight * weight
            if known:
                gains[number] = weight * rarity[number]
        return gains, sqrt(squares)

    def _rarities(self) -> list[float]:
        if not self._rarity:
            self._rarity = [_rarity(held, len(self._texts)) for held in self._held]
        return self._rarity

    def _all_lengths(self) -> dict[int, float]:
        if not self._lengths:
            rarity = self._rarities().__getitem__
            self._lengths = {key: hypot(*map(mul, counts, map(rarity, numbers)))
                             for key, (numbers, counts) in self._texts.items()}
        return self._lengths


def runs(text: str) -> Counter[str]:
    """How often each run of three characters stands in a text, word by word, whatever its case and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(mark if mark.isalnum() else " " for mark in folded).split()
    padded = (f" {word} " for word in words)
    return Counter(word[at:at + RUN] for word in padded for at in range(len(word) - RUN + 1))


def _often(count: int) -> float:
    return 1 + log(count)


def _rarity(held: int, size: int) -> float:
    """How much a run says that `held` of `size` texts hold; never nothing, so that one text alone can be compared."""
    return log(1 + (size - held + 0.5) / (held + 0.5))
