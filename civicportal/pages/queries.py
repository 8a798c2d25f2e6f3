"""What the home page tells: the last public answers, this month's figures, the reader's own open matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import selectinload

from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.states import AssignmentState, PetitionState, Publication

SHOWN = 5


@dataclass(frozen=True)
class Month:
    """Figures from the first of this month until now. Counts say nothing about a single matter's content."""

    received: int
    answered: int
    in_time: int

    @property
    def share_in_time(self) -> int | None:
        """How many in a hundred answers came in time; None without answers."""
        return round(100 * self.in_time / self.answered) if self.answered else None


def month_so_far() -> Month:
    """What all institutions together received and answered since the first of the month."""
    first = local(now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    received = select(func.count()).select_from(Petition).where(Petition.received_at >= first)
    answered = select(
        func.count(), func.coalesce(func.sum(case((Assignment.closed_at < Assignment.due_at, 1), else_=0)), 0),
    ).where(Assignment.state == AssignmentState.ANSWERED, Assignment.closed_at >= first)
    total, in_time = current().execute(answered).one()
    return Month(current().scalar(received) or 0, total, in_time)


def latest_answered() -> Sequence[Petition]:
    """Public petitions that were answered last."""
    return current().scalars(
        select(Petition)
        .where(Petition.publication == Publication.PUBLISHED, Petition.state == PetitionState.ANSWERED)
        .order_by(Petition.answered_at.desc(), Petition.id.desc()).limit(SHOWN)
        .options(selectinload(Petition.assignments).joinedload(Assignment.institution))
    ).all()


def public_petitions(limit: int) -> Sequence[str]:
    """Numbers of what everybody can read, the latest published first."""
    return current().scalars(
        select(Petition.number).where(Petition.publication == Publication.PUBLISHED)
        .order_by(Petition.published_at.desc(), Petition.id.desc()).limit(limit)).all()


def open_matters(person_id: int) -> Sequence[Petition]:
    """The reader's own matters that still wait for an answer, the next due first."""
    return current().scalars(
        select(Petition)
        .where(Petition.author_id == person_id, Petition.state != PetitionState.ANSWERED)
        .order_by(Petition.due_at, Petition.id).limit(SHOWN)
        .options(selectinload(Petition.assignments).joinedload(Assignment.institution))
    ).all()


def holder(petition: Petition) -> Assignment | None:
    """The part that has the matter now, or answered it last."""
    return petition.assignments[-1] if petition.assignments else None
