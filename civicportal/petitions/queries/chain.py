"""The parts of a matter in their order, as officials read them: who had it, why it moved, who has it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from civicportal.petitions.models import Petition
from civicportal.petitions.queries.timeline import holder_of


@dataclass(frozen=True)
class Step:
    """One part, for `components/timeline.html`. `state`: past or present."""

    state: str
    title: str
    at: datetime
    who: str
    text: str
    reason: str


def chain(petition: Petition) -> Sequence[Step]:
    """Every part, the oldest first. Names officers: for pages of officials only."""
    return [Step(
        state="past" if part.closed_at else "present", title=holder_of(part), at=part.received_at,
        who=(part.officer.name or "") if part.officer else "", text=str(part.state.title), reason=part.reason,
    ) for part in petition.assignments]
