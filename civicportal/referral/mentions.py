"""Institutions and places that a text calls by name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from civicportal.referral.words import korean_words, normal

# Ends of the short forms people make of long names: 국토교통부 → 국토부, 공정거래위원회 → 공정위.
SHORT_END = ("부", "처", "청", "원", "위", "공단", "공사", "본부")
SIGNS = re.compile(r"[\s,.;:!?()\"“”'’]+")
HANGUL_NAME = re.compile("[가-힣·]{4,}")
PROVINCE = re.compile(r"(특별자치시|특별자치도|특별시|광역시)$")

T = TypeVar("T")


@dataclass(frozen=True)
class Mention:
    """A name found in the text. `short`: only a short form of it stands there."""

    institution_id: int
    name: str
    short: bool = False
    former: bool = False


class _Forms(Generic[T]):
    """Spelt forms and what each stands for, found by their first two letters, so that a text is not searched for all.

    A form that starts with a space stands at the head of a word; others stand anywhere in the text without its spaces.
    """

    def __init__(self, forms: Iterable[tuple[str, T]]) -> None:
        self._by_start: dict[str, list[tuple[str, T]]] = defaultdict(list)
        for form, meaning in forms:
            self._by_start[form.lstrip()[:2]].append((form, meaning))

    def find(self, text: str) -> Iterator[T]:
        """The meanings of the forms that stand in a normal text, in an order that is always the same."""
        loose = f" {_spaced(text)} "
        tight = loose.replace(" ", "")
        starts = {tight[at:at + 2] for at in range(len(tight))}
        for start in sorted(starts & self._by_start.keys()):
            for form, meaning in self._by_start[start]:
                # Korean names take particles behind them, English ones end where the word ends.
                if (f"{form} " in loose) if form.isascii() else form in (loose if form[0] == " " else tight):
                    yield meaning


class Names:
    """Names of institutions, to be found in texts."""

    def __init__(self, names: Iterable[tuple[int, str, bool, bool]]) -> None:
        """`names`: (institution id, name, is it the name of a closed one it took over from, is it that of a place)."""
        known = list(names)
        self._forms = _Forms(
            (form, Mention(institution_id, name, former=former))
            for institution_id, name, former, place in known
            for form in (_office_forms(name) if place else _forms(name)))
        self._hangul = [
            (key, Mention(institution_id, name, former=former))
            for institution_id, name, former, place in known
            if not place and HANGUL_NAME.fullmatch(key := normal(name).replace(" ", ""))]

    def find(self, text: str) -> list[Mention]:
        """Mentions in a normal text, one for each institution: a full name rather than a short form."""
        found: dict[int, Mention] = {}
        for mention in self._forms.find(text):
            found.setdefault(mention.institution_id, mention)
        full = {mention.name for mention in found.values()}
        for mention in self._short_forms(text):
            if not any(mention.name in name for name in full):
                found.setdefault(mention.institution_id, mention)
        return sorted(found.values(), key=lambda mention: mention.institution_id)

    def _short_forms(self, text: str) -> Iterator[Mention]:
        words = {word for word, predicate in korean_words(text) if not predicate and 3 <= len(word) <= 6}
        for word in sorted(words):
            if not word.endswith(SHORT_END):
                continue
            owners = {mention.institution_id: mention for key, mention in self._hangul if _abbreviates(word, key)}
            if len(owners) == 1:
                yield replace(owners.popitem()[1], name=word, short=True)


class Places:
    """Names of regions that name exactly one of them."""

    def __init__(self, regions: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """`regions`: (path of codes, nearest first; names)."""
        owners: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for path, names in regions:
            for name in names:
                for form in _place_forms(name):
                    owners[form].add(path)
        self._forms = _Forms((f" {form}", next(iter(paths))) for form, paths in owners.items() if len(paths) == 1)

    def find(self, text: str) -> tuple[str, ...]:
        """The path of the one place a normal text names, the smallest if one lies in the other; else nothing."""
        found = set(self._forms.find(text))
        smallest = [path for path in found if not any(path != other and path[0] in other for other in found)]
        return smallest[0] if len(smallest) == 1 else ()


def _forms(name: str) -> Iterator[str]:
    """The forms in which a name is looked for: Korean without spaces, English between spaces."""
    plain = normal(name).strip()
    if len(plain) < 3:
        return
    yield plain.replace(" ", "") if re.search("[가-힣]", plain) else f" {_spaced(plain)}"
    if plain.endswith("교육청"):
        short = PROVINCE.sub("", plain.removesuffix("교육청"))
        yield f" {short}교육청"
        yield f" {short}시교육청"


def _office_forms(name: str) -> Iterator[str]:
    """The name of a city or district is that of a place; only with its office it is that of an institution."""
    plain = normal(name).strip()
    if not re.search("[가-힣]", plain):
        yield f" {_spaced(plain)}" if re.search("government|office|hall", plain) else f" {_spaced(plain)} office"
        yield from (f" {plain.split(',')[0]} {office}" for office in ("office", "district office", "city hall"))
        return
    *around, last = plain.split(" ")
    yield f"{plain.replace(' ', '')}청"
    if around and len(last) >= 3:
        yield f" {last}청"
    if not around and PROVINCE.search(plain):
        yield f" {PROVINCE.sub('', plain)}{'도' if plain.endswith('도') else '시'}청"


def _spaced(text: str) -> str:
    return SIGNS.sub(" ", text).strip()


def _place_forms(name: str) -> Iterator[str]:
    plain = _spaced(normal(name))
    if len(plain) < 3:
        return
    yield plain
    around, _gap, last = plain.rpartition(" ")
    if PROVINCE.search(last):
        yield f"{PROVINCE.sub('', last)}{'도' if last.endswith('도') else '시'}"
    if PROVINCE.search(around):
        yield f"{PROVINCE.sub('', around)} {last}"
        yield f"{PROVINCE.sub('', around)}{'도' if around.endswith('도') else '시'} {last}"


def _abbreviates(word: str, name: str) -> bool:
    """Whether a word is a shortening of a name: its syllables in order, with the end of the name's kind."""
    ending = "위원회" if word.endswith("위") else word[-1]
    if len(word) >= len(name) or not name.endswith(ending):
        return False
    letters = iter(name)
    return all(letter in letters for letter in word)
