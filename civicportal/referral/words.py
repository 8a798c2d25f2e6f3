"""Words of a text, so that different forms of one word meet: Korean without its particles, English without endings."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

MAX_TEXT = 20_000
MAX_WORD = 24
HANGUL = re.compile(r"[가-힣]+")
LATIN = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")

DATA = Path(__file__).parent / "data"


def _listed(name: str) -> list[str]:
    return (DATA / f"{name}.txt").read_text(encoding="utf-8").split()


PARTICLES = frozenset(_listed("particles_ko"))
LONGEST_PARTICLE = max(map(len, PARTICLES))
STOP_KO = frozenset(_listed("stop_words_ko"))
STOP_EN = frozenset(_listed("stop_words_en"))

# Endings of predicates: such a word counts only for the noun it begins with.
PREDICATE = re.compile(
    r"(니다|니까|세요|어요|아요|해요|예요|에요|군요|네요|는데|은데|지만|면서|다고|라고|려고|도록|었던|았던|거나|어서|아서|해서|으면|하면|되면"
    r"|지요|까요|겠다|었다|았다|했다|한다|된다|이다|싶다|있다|없다|주고|하고|있는|없는|하는|되는|않은|않는|어도|아도|해도)$")


def normal(text: str) -> str:
    """The text as it is compared: composed, lower case, at most MAX_TEXT characters."""
    return unicodedata.normalize("NFKC", text[:MAX_TEXT]).lower()[:MAX_TEXT]


def korean_words(text: str) -> Iterator[tuple[str, bool]]:
    """The Hangul words of a normal text without their particles, each with whether it is a predicate."""
    for found in HANGUL.finditer(text):
        word = found.group()[:MAX_WORD]
        predicate = bool(PREDICATE.search(word))
        yield word if predicate else without_particle(word), predicate


def without_particle(word: str) -> str:
    """A noun without the longest particle at its end that leaves two syllables: 가로등이 → 가로등."""
    for size in range(min(LONGEST_PARTICLE, len(word) - 2), 0, -1):
        if word[-size:] in PARTICLES:
            return word[:-size]
    return word


def latin_words(text: str) -> Iterator[tuple[str, str]]:
    """The Latin words of a normal text as (stem, word); words that say nothing come as empty stems."""
    for found in LATIN.finditer(text):
        word = found.group()[:MAX_WORD].replace("’", "'").removesuffix("'s")
        short = len(word) < 2 or (word.isdigit() and len(word) < 3)
        root = stem(word)
        yield "" if short or word in STOP_EN or root in STOP_STEMS else root, word


def stem(word: str) -> str:
    """An English word without its commonest endings: collecting, collected and collects meet."""
    if len(word) <= 3 or word.isdigit():
        return word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + instead
            break
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word
            break
    return word.removesuffix("e") if len(word) > 3 else word


STOP_STEMS = frozenset(map(stem, STOP_EN))
