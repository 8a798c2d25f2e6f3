"""Proposing institutions. The matcher is kept by each process until an institution changes or a day begins."""

from typing import Any

from civicportal.institutions.queries import region_path, stamp
from civicportal.referral.matcher import Matcher, Query, RemitMatcher, Suggestion
from civicportal.referral.queries import profiles

__all__ = ["Suggestion", "suggest"]

_kept: tuple[Any, Matcher] | None = None


def suggest(text: str, *, region_code: str | None, kind: str, locale: str) -> list[Suggestion]:
    """Up to three institutions of today that may answer a text, the best first; none where nothing speaks for any.

    `region_code`: the place it is about, if known; `kind`: the type of filing; `locale`: for the names in reasons.
    `referral.wording.reason_text` makes sentences of the reasons.
    """
    return _matcher().suggest(Query(text, regions=region_path(region_code), kind=kind, locale=locale))


def _matcher() -> Matcher:
    global _kept  # noqa: PLW0603 - one matcher for each process, replaced as a whole
    now = stamp()
    kept = _kept
    if kept is None or kept[0] != now:
        kept = now, RemitMatcher(profiles())
        _kept = kept
    return kept[1]
