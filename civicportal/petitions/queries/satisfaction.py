"""What can still be said of an answer, and an institution's public figures."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment, Petition, Satisfaction, SatisfactionFigure
from civicportal.petitions.states import AssignmentState, PetitionState

LOW = 2


def rateable(petition: Petition) -> Assignment | None:
    """The part whose answer the author may rate: the latest one that was answered, unless it is rated."""
    answered = [part for part in petition.assignments if part.state is AssignmentState.ANSWERED]
    rated = {said.assignment_id for said in petition.satisfactions}
    return answered[-1] if answered and answered[-1].id not in rated else None


def reaskable(petition: Petition) -> Satisfaction | None:
    """The low mark after which a further answer can be asked for: the latest, if that never happened before."""
    said = petition.satisfactions[-1] if petition.satisfactions else None
    if said is None or said.rating > LOW or petition.state is not PetitionState.ANSWERED:
        return None
    return None if any(other.reasked_at for other in petition.satisfactions) else said


@dataclass(frozen=True)
class Figures:
    """Public figures of one institution. `counts`: how many gave 1, 2, 3, 4 and 5; `answered`: parts it answered."""

    answered: int
    responses: int
    counts: tuple[int, ...]
    computed_at: datetime

    @property
    def mean(self) -> float:
        """The mean mark, to one decimal; `responses` is never 0."""
        return round(sum(mark * count for mark, count in enumerate(self.counts, 1)) / self.responses, 1)

    @property
    def rate(self) -> int:
        """How many in a hundred answered parts were rated."""
        return round(100 * self.responses / self.answered) if self.answered else 0


def figures(institution_id: int) -> Figures | None:
    """The institution's figures; None before the first batch of responses."""
    row = current().scalar(
        select(SatisfactionFigure).where(SatisfactionFigure.institution_id == institution_id,
                                         SatisfactionFigure.responses > 0))
    return Figures(row.answered, row.responses, tuple(row.counts), row.computed_at) if row else None
