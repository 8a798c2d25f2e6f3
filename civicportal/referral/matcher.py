"""Which institution answers: what the text says, compared with what institutions say they do.

A matcher is anything with `suggest`. This one adds up evidence that can be shown to people: names in the text, words
of a remit, the place. Bodies that share a remit (districts, education offices) are told apart by the place alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median
from typing import Protocol

from civicportal.institutions.states import InstitutionType
from civicportal.referral.mentions import Mention, Names, Places
from civicportal.referral.remits import Evidence, RemitIndex
from civicportal.referral.words import normal

MAX_SUGGESTIONS = 3
MAX_WORDS = 4
# Evidence points. A whole word that no other remit holds is worth 1, a long one up to 1.6: one word alone is weak.
STRONG, POSSIBLE, WEAK = 2.9, 1.45, 0.7
LEAD = 1.25  # a strong one has this many times the evidence of the next
FULL_NAME, SHORT_NAME = 3.4, 2.0
ELSEWHERE = 0.4  # a body that serves another region, or another country
HIGHER = 0.8  # a district's matter where only the province is known
NEAR = 1.5  # the body of the chosen place: the place is evidence of its own, so with one good word it is possible


class Strength(StrEnum):
    """How sure a suggestion is."""

    STRONG = "strong"
    POSSIBLE = "possible"
    WEAK = "weak"


_ORDER = list(Strength)


@dataclass(frozen=True)
class Profile:
    """What a matcher knows of an institution of today.

    `former_names` are those of closed institutions it took over from; `regions` is the path of its region, nearest
    first (empty: the whole country); `region_names` that region's names (Korean, English).
    """

    id: int
    code: str
    names: tuple[str, ...]
    type: InstitutionType
    remit_ko: str = ""
    remit_en: str = ""
    former_names: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    region_names: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether there is one such body for each region, so that the place decides."""
        return self.type in (InstitutionType.LOCAL, InstitutionType.EDUCATION) and bool(self.regions)


@dataclass(frozen=True)
class Query:
    """What is to be referred: the text, the path of its place (nearest first), the type of filing, the language."""

    text: str
    regions: tuple[str, ...] = ()
    kind: str = "petition"
    locale: str = "ko"


@dataclass(frozen=True)
class Reason:
    """Why: `words` of the remit, or the `name` of an institution or place. `code` picks the sentence."""

    code: str
    words: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Suggestion:
    """An institution that may answer."""

    institution_id: int
    institution_code: str
    strength: Strength
    reasons: tuple[Reason, ...] = ()


class Matcher(Protocol):
    """Proposes institutions for a text."""

    def suggest(self, query: Query) -> list[Suggestion]:
        """At most three, the best first; none where nothing speaks for anybody."""


@dataclass
class _Case:
    """What speaks for one institution."""

    profile: Profile
    points: float = 0.0
    reasons: list[Reason] = field(default_factory=list)
    limit: Strength = Strength.STRONG


class RemitMatcher:
    """Compares texts with remits and names. Built once from profiles; keeps no text."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = {profile.id: profile for profile in profiles}
        local = [profile for profile in profiles if profile.type is InstitutionType.LOCAL and profile.regions]
        self._names = Names(
            (profile.id, name, former, profile in local)
            for profile in profiles
            for former, names in ((False, profile.names), (True, profile.former_names)) for name in names)
        self._places = Places((profile.regions, (*profile.names, *profile.region_names)) for profile in local)
        self._local = {profile.regions[0]: profile for profile in reversed(local)}
        sharers: dict[tuple[str, str, bool], list[Profile]] = defaultdict(list)
        for profile in profiles:
            if profile.remit_ko or profile.remit_en:
                sharers[profile.remit_ko, profile.remit_en, profile.placed].append(profile)
        self._groups = list(sharers.values())
        self._index = RemitIndex([(korean, english) for korean, english, _placed in sharers])

    def suggest(self, query: Query) -> list[Suggestion]:
        """See `Matcher.suggest`. The same query always gets the same answer."""
        text = normal(query.text)
        named = () if query.regions else self._places.find(text)
        placed = replace(query, regions=query.regions or named)
        evidence = _above_noise(self._index.weigh(text), len(self._groups))
        cases = self._cases(evidence, placed, in_text=bool(named))
        for mention in self._names.find(text):
            _add_mention(cases, self._profiles[mention.institution_id], mention)
        ranked = sorted(cases.values(), key=lambda case: (-case.points, case.profile.id))
        return _graded(ranked, unplaced=self._unplaced(evidence, placed))

    def _cases(self, evidence: dict[int, Evidence], query: Query, *, in_text: bool) -> dict[int, _Case]:
        """Turn evidence for remits into evidence for institutions, with the help of the place."""
        cases: dict[int, _Case] = {}
        for number, found in evidence.items():
            for profile, share in self._owners(number, query, found.words):
                points = found.score * share
                if points > cases.get(profile.id, _Case(profile)).points:
                    cases[profile.id] = _case(profile, points, found.words, query, in_text=in_text)
        return cases

    def _owners(self, number: int, query: Query, words: Sequence[str] = ()) -> list[tuple[Profile, float]]:
        """The institutions with a remit that the place allows, each with its share of the evidence."""
        group = self._groups[number]
        if not group[0].placed:
            return [(profile, _nearness(profile, query, words)) for profile in group]
        for code in query.regions:
            if here := [profile for profile in group if profile.regions[0] == code]:
                return [(profile, NEAR) for profile in here]
        if group[0].type is InstitutionType.LOCAL:
            return [(self._local[code], HIGHER) for code in query.regions if code in self._local][:1]
        return []

    def _unplaced(self, evidence: dict[int, Evidence], query: Query) -> float:
        """The most evidence for a remit whose owner cannot be told without a place."""
        return max((found.score for number, found in evidence.items() if not self._owners(number, query)), default=0.0)


def _above_noise(evidence: dict[int, Evidence], remits: int) -> dict[int, Evidence]:
    """Long texts share some word with every remit: what half of all remits reach says nothing."""
    scores = [found.score for found in evidence.values()]
    noise = median(scores + [0.0] * max(0, remits - len(scores))) if scores else 0.0
    return {number: replace(found, score=found.score - noise) for number, found in evidence.items()
            if found.score > noise and found.words}


def _nearness(profile: Profile, query: Query, words: Sequence[str]) -> float:
    """Less for a body of another region, or a mission whose country the text does not name."""
    if profile.type is InstitutionType.OVERSEAS_MISSION:
        named = any(word in normal(name) for word in words for name in profile.names)
        return 1.0 if named else ELSEWHERE
    if not profile.regions or not query.regions or profile.regions[0] in query.regions:
        return 1.0
    return ELSEWHERE


def _case(profile: Profile, points: float, words: Sequence[str], query: Query, *, in_text: bool) -> _Case:
    reasons = [Reason("words", words=tuple(words[:MAX_WORDS]))]
    if profile.regions and profile.regions[0] in query.regions and profile.region_names:
        name = profile.region_names[0 if query.locale.startswith("ko") else -1]
        reasons.append(Reason("place" if in_text else "region", name=name))
    limit = Strength.POSSIBLE if profile.placed and in_text else Strength.STRONG
    return _Case(profile, points, reasons, limit)


def _add_mention(cases: dict[int, _Case], profile: Profile, mention: Mention) -> None:
    case = cases.setdefault(profile.id, _Case(profile))
    case.points += SHORT_NAME if mention.short else FULL_NAME
    case.limit = Strength.STRONG
    case.reasons.insert(0, Reason("former_name" if mention.former else "name", name=mention.name))


def _graded(ranked: Sequence[_Case], *, unplaced: float) -> list[Suggestion]:
    """The best cases with their strengths.

    `unplaced`: evidence for the offices of a place that nobody named. What has less than that is weak at most.
    """
    suggestions = []
    for place, case in enumerate(ranked[:MAX_SUGGESTIONS]):
        if case.points < max(WEAK, ranked[0].points / 4, min(unplaced, POSSIBLE)):
            break
        following = max([other.points for other in ranked[place + 1:place + 2]] + [unplaced])
        strength = _strength(case.points, first=place == 0, following=following)
        if unplaced > case.points:
            strength = Strength.WEAK
        strength = max(strength, case.limit, key=_ORDER.index)
        suggestions.append(Suggestion(case.profile.id, case.profile.code, strength, tuple(case.reasons)))
    return suggestions


def _strength(points: float, *, first: bool, following: float) -> Strength:
    if first and points >= STRONG and points >= LEAD * following:
        return Strength.STRONG
    return Strength.POSSIBLE if points >= POSSIBLE else Strength.WEAK
