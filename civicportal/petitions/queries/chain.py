"""The parts of a matter in their order, as officials read them: who had it, why it moved, who has it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from civicportal.core.i18n import _
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries.timeline import holder_of, language_of


@dataclass(frozen=True)
class Step:
    """One part, for `components/timeline.html`. `state`: past or present."""

    state: str
    title: str
    at: datetime
    who: str
    text: str
    reason: str
    language: str


def chain(petition: Petition) -> Sequence[Step]:
    """Every part, the oldest first. Names officers: for pages of officials only."""
    return [Step(
        state="past" if part.closed_at else "present", title=holder_of(part), at=part.received_at,
        who=(part.officer.name or "") if part.officer else "", text=_standing(part), reason=part.reason,
        language=language_of(part),
    ) for part in petition.assignments]


def _standing(part: Assignment) -> str:
    if part.institution_id is None and part.closed_at is None:
        return _("Waiting for the decision which institution answers")
    return str(part.state.title)
