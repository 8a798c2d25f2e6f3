"""How often which institution's petitions were not published, and why: figures that single nobody out.

Each figure is rounded down to a multiple of `refusal_count_step`, and an institution below the first one is left out.
So few and none look the same, a further refusal shows only together with others, and what was rounded away cannot be
found by taking one figure from another.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Appeal, Refusal
from civicportal.petitions.reasons import RefusalReason
from civicportal.petitions.states import AppealState


@dataclass(frozen=True)
class Row:
    """The figures of an institution: at least so many refusals, by reason, and at least so many granted appeals."""

    institution: Institution
    total: int
    counts: Mapping[RefusalReason, int]
    granted: int


def refusal_counts() -> list[Row]:
    """One row for each institution with enough refusals, the most first; what the triage desk had is in none."""
    refused = select(Refusal.institution_id, Refusal.reason, func.count()).where(
        Refusal.institution_id.is_not(None)).group_by(Refusal.institution_id, Refusal.reason)
    granted = select(Refusal.institution_id, func.count()).join(Refusal.appeal).where(
        Appeal.state == AppealState.GRANTED).group_by(Refusal.institution_id)
    session = current()
    reversed_ = {place: count for place, count in session.execute(granted)}  # noqa: C416 - a row is no pair for dict()
    by_place: dict[int | None, Counter[RefusalReason]] = {}
    for place, reason, count in session.execute(refused):
        by_place.setdefault(place, Counter())[reason] = count
    shown = {place: counts for place, counts in by_place.items() if rounded(counts.total())}
    rows = [Row(institution, rounded(shown[institution.id].total()),
                {reason: rounded(shown[institution.id][reason]) for reason in RefusalReason},
                rounded(reversed_.get(institution.id, 0)))
            for institution in session.scalars(select(Institution).where(Institution.id.in_(shown)))]
    return sorted(rows, key=lambda row: (-row.total, row.institution.code))


def rounded(count: int) -> int:
    """The count as it may be shown."""
    step = settings().refusal_count_step
    return count - count % step
