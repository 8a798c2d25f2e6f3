"""Institutions and places that a text calls by name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from civicportal.referral.words import korean_words, normal

# Ends of the short forms people make of long names: 국토교통부 → 국토부, 공정거래위원회 → 공정위.
SHORT_END = ("부", "처", "청", "원", "위", "공단", "공사", "본부")
PROVINCE = re.compile(r"(특별자치시|특별자치도|특별시|광역시)$")


@dataclass(frozen=True)
class Mention:
    """A name found in the text. `short`: only a short form of it stands there."""

    institution_id: int
    name: str
    short: bool = False
    former: bool = False


class Names:
    """Names of institutions, to be found in texts."""

    def __init__(self, names: Iterable[tuple[int, str, bool]]) -> None:
        """`names`: (institution id, name, whether it is the name of a closed institution it took over from)."""
        self._by_start: dict[str, list[tuple[str, int, str, bool]]] = defaultdict(list)
        self._hangul: list[tuple[str, int, str, bool]] = []
        for institution_id, name, former in names:
            for form in _forms(name):
                self._by_start[form[:2]].append((form, institution_id, name, former))
            key = normal(name).replace(" ", "")
            if re.fullmatch("[가-힣·]{4,}", key):
                self._hangul.append((key, institution_id, name, former))

    def find(self, text: str) -> list[Mention]:
        """Mentions in a normal text, one for each institution: a full name rather than a short form."""
        found: dict[int, Mention] = {}
        tight = re.sub(r"\s+", "", text)
        loose = " " + re.sub(r"[\s,.;:!?()\"“”'’]+", " ", text) + " "
        starts = {tight[at:at + 2] for at in range(len(tight))} | {loose[at:at + 2] for at in range(len(loose))}
        for start in starts & self._by_start.keys():
            for form, institution_id, name, former in self._by_start[start]:
                if institution_id not in found and _stands(form, tight, loose):
                    found[institution_id] = Mention(institution_id, name, former=former)
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
            owners = {owner: (name, former) for key, owner, name, former in self._hangul if _abbreviates(word, key)}
            if len(owners) == 1:
                (owner, (_name, former)), = owners.items()
                yield Mention(owner, word, short=True, former=former)


class Places:
    """Names of regions that name exactly one of them."""

    def __init__(self, regions: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """`regions`: (path of codes, nearest first; names)."""
        owners: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for path, names in regions:
            for name in names:
                for form in _place_forms(name):
                    owners[form].add(path)
        self._paths = {form: next(iter(paths)) for form, paths in owners.items() if len(paths) == 1}

    def find(self, text: str) -> tuple[str, ...]:
        """The path of the one place a normal text names, the smallest if one lies in the other; else nothing."""
        loose = " " + re.sub(r"[\s,.;:!?()\"“”'’]+", " ", text) + " "
        found = {path for form, path in self._paths.items() if f" {form}" in loose}
        smallest = [path for path in found if not any(path != other and path[0] in other for other in found)]
        return smallest[0] if len(smallest) == 1 else ()


def _forms(name: str) -> Iterator[str]:
    """The forms in which a full name is looked for: Korean without spaces, English between spaces."""
    plain = normal(name).strip()
    if len(plain) < 3:
        return
    if not re.search("[가-힣]", plain):
        yield " " + re.sub(r"[\s,.;:()'’]+", " ", plain).strip()
        return
    yield plain.replace(" ", "")
    *around, last = plain.split(" ")
    if around and last.endswith(("시", "군", "구")) and len(last) >= 3:
        yield f" {last}청"
    if not around and PROVINCE.search(plain):
        yield f" {PROVINCE.sub('', plain)}시청"
    if plain.endswith("교육청"):
        short = PROVINCE.sub("", plain.removesuffix("교육청"))
        yield f" {short}교육청"
        yield f" {short}시교육청"


def _stands(form: str, tight: str, loose: str) -> bool:
    """Korean names take particles behind them, English ones end where the word ends."""
    if not form.isascii():
        return form in (loose if form.startswith(" ") else tight)
    return f"{form} " in loose


def _place_forms(name: str) -> Iterator[str]:
    plain = normal(name).strip()
    if len(plain) < 3:
        return
    yield plain
    if PROVINCE.search(plain):
        yield PROVINCE.sub("", plain) + "시"


def _abbreviates(word: str, name: str) -> bool:
    """Whether a word is a shortening of a name: its syllables in order, with the end of the name's kind."""
    ending = "위원회" if word.endswith("위") else word[-1]
    if len(word) >= len(name) or not name.endswith(ending):
        return False
    letters = iter(name)
    return all(letter in letters for letter in word)
