"""The versions of a public text: a petition's own, and each sent answer's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment, Petition, Revision
from civicportal.petitions.models.publication import TEXT
from civicportal.petitions.queries.visibility import Viewer

__all__ = ["TEXT", "Shown", "changed_at", "later_revisions", "revisions", "shown", "subject_of"]


@dataclass(frozen=True)
class Shown:
    """A version with the one before it. `hidden`: its words may not be shown; `former_hidden`: those of the former."""

    revision: Revision
    former: Revision | None
    hidden: bool
    former_hidden: bool


def subject_of(part: Assignment) -> str:
    """What the versions of the answer of a part are kept under."""
    return f"answer-{part.id}"


def revisions(petition: Petition, subject: str) -> Sequence[Revision]:
    """Every version, oldest first; none where the text was never public, or no answer was sent."""
    return current().scalars(select(Revision).where(
        Revision.petition_id == petition.id, Revision.subject == subject).order_by(Revision.number)).all()


def shown(versions: Sequence[Revision], number: int, viewer: Viewer) -> Shown | None:
    """One version as a reader may see it. The public reads no words from before a version that withheld some."""
    one = next((version for version in versions if version.number == number), None)
    if one is None:
        return None
    open_from = 1 if viewer is not Viewer.PUBLIC else max(
        (version.number for version in versions if version.withheld), default=1)
    former = next((version for version in reversed(versions) if version.number < number), None)
    return Shown(one, former, one.number < open_from, former is not None and former.number < open_from)


def later_revisions(petition: Petition) -> Sequence[Revision]:
    """What was changed since it is public, without the words themselves; oldest first."""
    return current().scalars(
        select(Revision).where(Revision.petition_id == petition.id, Revision.number > 1)
        .options(defer(Revision.title), defer(Revision.text)).order_by(Revision.id)).all()


def changed_at(petition_ids: Iterable[int]) -> Mapping[int, datetime]:
    """By petition when a text of it was last changed since it is public."""
    rows = current().execute(select(Revision.petition_id, func.max(Revision.at)).where(
        Revision.petition_id.in_(list(petition_ids)), Revision.number > 1).group_by(Revision.petition_id))
    return {petition_id: at for petition_id, at in rows}  # noqa: C416 - a row is no pair for dict()
