"""How much of a text speaks of what each remit names: an index of words, weighed by how few remits hold them."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from civicportal.referral.words import STOP_KO, korean_words, latin_words, normal

# How much a remit's word weighs by the form in which it stands there.
WHOLE, PIECE, BIGRAM, PHRASE = 1.0, 0.5, 0.15, 1.4
# How much a text's word weighs by where the remit's word stands in it.
EXACT, EDGE, INSIDE = 1.0, 0.85, 0.6
LONGER = {1: 0.4, 2: 1.0, 3: 1.35}
LONGEST = 1.6
REPEATED = 0.25
LENGTH_SHARE = 0.1
HEAD = re.compile(r"(?:^|[.!?]\s+)[A-Z](?=[a-z])")


@dataclass
class Evidence:
    """What speaks for one remit: a score, and the words that made it, heaviest first."""

    score: float = 0.0
    words: list[str] = field(default_factory=list)


class RemitIndex:
    """Built once from remit texts (Korean, English); `weigh` compares a text with all of them."""

    def __init__(self, remits: Sequence[tuple[str, str]]) -> None:
        self._shown: dict[str, str] = {}
        terms = [self._terms(korean, english) for korean, english in remits]
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, weights in enumerate(terms):
            for term, weight in weights.items():
                self._postings[term].append((number, weight))
        count = len(remits)
        self._rarity = {term: _rarity(len(found), count) for term, found in self._postings.items()}
        mean = sum(map(len, terms)) / max(1, count)
        self._scale = [1 / (1 - LENGTH_SHARE + LENGTH_SHARE * len(weights) / max(1.0, mean)) for weights in terms]

    def weigh(self, text: str) -> dict[int, Evidence]:
        """Evidence for each remit, by its number, that shares a word with a normal text."""
        hits: dict[int, dict[str, float]] = defaultdict(dict)
        for (word, predicate), times in Counter(_text_words(text)).items():
            self._add(hits, _korean_terms(word, predicate), times)
        for terms, times in Counter(_latin_terms(text)).items():
            self._add(hits, [(term, EXACT) for term in terms], times)
        return {number: self._evidence(number, found) for number, found in hits.items()}

    def _terms(self, korean: str, english: str) -> dict[str, float]:
        """The terms of one remit: words, pieces of compounds, pairs of syllables, English words and phrases."""
        weights: dict[str, float] = {}
        for word, predicate in korean_words(normal(korean)):
            if word in STOP_KO or len(word) < 2 or predicate:
                continue
            weights[word] = WHOLE
            for piece in _edges(word):
                weights.setdefault(piece, PIECE)
            for pair in _pairs(word):
                weights.setdefault("~" + pair, BIGRAM)
        for text in (english, korean):
            for terms in _latin_terms(normal(text), (self._shown, _spellings(text))):
                weights |= {term: PHRASE if " " in term else WHOLE for term in terms}
        return weights

    def _add(self, hits: dict[int, dict[str, float]], terms: list[tuple[str, float]], times: int) -> None:
        """Count one word of the text for each remit by the heaviest term they share."""
        best: dict[int, tuple[float, str]] = {}
        for term, place in terms:
            for number, weight in self._postings.get(term, ()):
                value = self._rarity[term] * weight * place * _length_factor(term)
                if value > best.get(number, (0.0, ""))[0]:
                    best[number] = value, term
        for number, (value, term) in best.items():
            weighed = value * (1 + REPEATED * math.log(times))
            hits[number][term] = max(weighed, hits[number].get(term, 0.0))

    def _evidence(self, number: int, found: dict[str, float]) -> Evidence:
        ranked = sorted(found, key=lambda term: (-found[term], term))
        words = [self._shown.get(term, term) for term in ranked if not term.startswith("~")]
        return Evidence(sum(found.values()) * self._scale[number], words)


def _rarity(holders: int, count: int) -> float:
    """1 for a word that one of `count` remits holds, towards 0 for one that all hold (BM25's idf on that scale)."""
    return math.log(1 + (count - holders + 0.5) / (holders + 0.5)) / math.log(1 + (count - 0.5) / 1.5)


def _text_words(text: str) -> Iterator[tuple[str, bool]]:
    """The Korean words of a text, and neighbours written apart that may be one word in a remit."""
    before = ""
    for word, predicate in korean_words(text):
        if len(word) < 2 or (word[:2] if predicate else word) in STOP_KO:
            before = ""
            continue
        yield word, predicate
        if before and len(before) + len(word) <= 8 and not predicate:
            yield before + word, True
        before = "" if predicate else word


def _korean_terms(word: str, predicate: bool) -> list[tuple[str, float]]:
    """The terms that may stand for a word of the text; of a predicate only the noun it begins with."""
    size = len(word)
    terms = [(word, EXACT)]
    for length in range(2, min(size, 9)):
        terms.append((word[:length], EDGE))
        if not predicate:
            terms.append((word[size - length:], EDGE))
    if not predicate:
        terms += [(word[start:start + length], INSIDE)
                  for length in range(3, size - 1) for start in range(1, size - length)]
        terms += [("~" + pair, EXACT) for pair in _pairs(word)]
    return terms


def _edges(word: str) -> Iterator[str]:
    for length in range(2, len(word) - 1):
        yield word[:length]
        yield word[-length:]


def _pairs(word: str) -> Iterator[str]:
    return (word[start:start + 2] for start in range(len(word) - 1))


def _latin_terms(text: str, learn: tuple[dict[str, str], dict[str, str]] | None = None) -> Iterator[tuple[str, ...]]:
    """Each English word as a term, with the phrase it ends.

    `learn`: what people are shown for a term, to be filled, and how words are spelt with capitals.
    """
    shown, spelt = learn or ({}, {})
    before = ""
    for term, word in latin_words(text):
        if term:
            phrase = f"{before} {term}" if before else ""
            shown.setdefault(term, spelt.get(word, word))
            if phrase:
                shown.setdefault(phrase, f"{shown[before]} {spelt.get(word, word)}")
            yield (term, phrase) if phrase else (term,)
        before = term


def _spellings(text: str) -> dict[str, str]:
    """How the words of a text are written, by their lower case; a capital at the head of a sentence says nothing."""
    plain = HEAD.sub(lambda found: found.group().lower(), text)
    return {word.lower(): word for word in re.findall(r"[A-Za-z0-9'’-]+", plain)}


def _length_factor(term: str) -> float:
    if term.isascii():
        return 1.0
    return LONGER.get(len(term.removeprefix("~")), LONGEST)
