"""Notes of an institution about a matter. Every SELECT of notes stands here, and asks where the reader works."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment, MatterNote


def notes_of(part: Assignment) -> Sequence[MatterNote]:
    """What the part's institution has noted on the matter, the oldest first."""
    return current().scalars(
        select(MatterNote).where(
            MatterNote.petition_id == part.petition_id, MatterNote.institution_id == part.institution_id)
        .options(joinedload(MatterNote.author)).order_by(MatterNote.id)).all()
