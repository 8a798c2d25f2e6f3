"""What a leaver has in hand, and who could take it over."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from civicportal.accounts.models import Person
from civicportal.accounts.queries import staff_of
from civicportal.core.permissions import Permission
from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment


def open_work(person_id: int) -> Sequence[Assignment]:
    """The open parts that the person has, what is due next first."""
    return current().scalars(
        select(Assignment).where(Assignment.officer_id == person_id, Assignment.closed_at.is_(None))
        .options(joinedload(Assignment.institution)).order_by(Assignment.due_at, Assignment.id)).all()


def colleagues(person_id: int, work: Sequence[Assignment]) -> list[Person]:
    """Who works on matters where the leaver has some, by name."""
    places = {part.institution_id for part in work if part.institution_id is not None}
    found = {one.id: one for place in places for one in staff_of(place, Permission.MATTER_ANSWER)}
    return sorted((one for one in found.values() if one.id != person_id), key=lambda one: (one.name or "", one.id))
