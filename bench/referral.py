"""How often referral proposes the right institution: `python -m bench.referral`.

Two sets of invented texts with the institution that should answer: the forty demo petitions, most of them from one
district, and `referral_cases.json`, one or two for many institutions, written along with the matcher: they show that
it works, not how it will do on real petitions. The plain baselines are always naming the institution that is right
most often, and counting shared words of text and remit.
"""

import json
from collections import Counter
from collections.abc import Callable
from time import perf_counter

from bench import portal
from civicportal.institutions.queries import all_institutions, region_path, today
from civicportal.institutions.services.demo import load_demo
from civicportal.referral.services import suggest
from civicportal.referral.words import MAX_TEXT
from config import ROOT

Case = tuple[str, str | None, str, str]
Guess = Callable[[Case], list[str]]


def cases() -> dict[str, list[Case]]:
    """Sets of (text, region code, right institution, language)."""
    petitions = json.loads((ROOT / "civicportal/petitions/demo/petitions.json").read_text(encoding="utf-8"))
    others = json.loads((ROOT / "bench/referral_cases.json").read_text(encoding="utf-8"))
    return {
        "demo petitions": [(f"{item['title']}\n{item['text']}", item["region_code"], item["institution"],
                            item["language"]) for item in petitions],
        "many institutions": [tuple(item) for item in others],
    }


def matcher(case: Case) -> list[str]:
    """What the portal proposes."""
    text, region, _right, locale = case
    return [found.institution_code for found in suggest(text, region_code=region, kind="petition", locale=locale)]


def most_frequent(chosen: list[Case]) -> Guess:
    """Always the three institutions that are right most often in the set itself."""
    best = [code for code, _count in Counter(case[2] for case in chosen).most_common(3)]
    return lambda _case: best


def shared_words() -> Guess:
    """The institutions whose remits share most words with the text, those of the place first."""
    remits = [(row, set(f"{row.remit_ko} {row.remit_en}".lower().split()))
              for row in all_institutions() if row.active(today())]

    def guess(case: Case) -> list[str]:
        words, path = set(case[0].lower().split()), region_path(case[1])
        ranked = sorted(remits, key=lambda pair: (-len(words & pair[1]), pair[0].region_code not in path, pair[0].code))
        return [row.code for row, _words in ranked[:3]]

    return guess


def rates(chosen: list[Case], guess: Guess) -> tuple[float, float]:
    """Shares of cases whose right institution is first, and among the first three."""
    found = [(guess(case), case[2]) for case in chosen]
    return (sum(codes[:1] == [right] for codes, right in found) / len(found),
            sum(right in codes[:3] for codes, right in found) / len(found))


def strengths(chosen: list[Case]) -> None:
    """Print how often the first proposal is right, by its strength."""
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, region, code, locale in chosen:
        found = suggest(text, region_code=region, kind="petition", locale=locale)
        strength = found[0].strength.value if found else "nothing"
        seen[strength] += 1
        right[strength] += bool(found) and found[0].institution_code == code
    print("    " + ", ".join(f"{name}: {right[name]} of {seen[name]} right" for name in sorted(seen)))


def main() -> None:
    """Load the demo institutions into a database of their own and compare."""
    with portal():
        load_demo()
        for name, chosen in cases().items():
            print(f"{name} ({len(chosen)})")
            for title, guess in (("matcher", matcher), ("most frequent", most_frequent(chosen)),
                                 ("shared words", shared_words())):
                first, three = rates(chosen, guess)
                print(f"  {title:14} top-1 {first:.3f}   top-3 {three:.3f}")
            strengths(chosen)
        _speed([case for chosen in cases().values() for case in chosen])


def _speed(chosen: list[Case]) -> None:
    started = perf_counter()
    for case in chosen:
        matcher(case)
    usual = (perf_counter() - started) / len(chosen)
    long = " ".join(case[0] for case in chosen * 3)[:MAX_TEXT]
    started = perf_counter()
    matcher((long, "11110", "", "ko"))
    print(f"one petition {usual * 1000:.1f} ms, {len(long)} characters {(perf_counter() - started) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
