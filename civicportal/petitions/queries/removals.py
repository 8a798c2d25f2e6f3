"""The public register of removals."""

from collections.abc import Sequence

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import joinedload

from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.petitions.models import Petition, Removal
from civicportal.petitions.states import Publication

FEED_SIZE = 30
FILE_SIZE = 10_000


def in_force(petition: Petition) -> Removal | None:
    """The removal that keeps a petition from the public now."""
    return next((removal for removal in reversed(petition.removals) if removal.put_back_at is None), None)


def removal_of(number: str) -> Removal | None:
    """The removal that stands in the place of the petition with this number."""
    return current().scalars(
        select(Removal).join(Petition, Petition.id == Removal.petition_id).options(joinedload(Removal.institution))
        .where(Removal.number == number, Removal.put_back_at.is_(None),
               Petition.publication == Publication.REMOVED)).one_or_none()


def removed_petition(number: str) -> Petition | None:
    """The petition that was removed, for the proof that its acts are in the record."""
    return current().scalars(select(Petition).where(
        Petition.number == number, Petition.publication == Publication.REMOVED)).one_or_none()


def register(*, cursor: str | None = None) -> Page[Removal]:
    """A page of all removals, the latest first, those that were taken back included."""
    size, statement = settings().page_size, _all()
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Removal.removed_at, Removal.id) < after)
    rows = current().scalars(statement.limit(size + 1)).all()
    return paged(rows, size, lambda row: (row.removed_at, row.id))


def latest(limit: int) -> Sequence[Removal]:
    """The latest removals, for feed and file."""
    return current().scalars(_all().limit(limit)).all()


def _all() -> Select[Removal]:
    return select(Removal).options(joinedload(Removal.institution)).order_by(
        Removal.removed_at.desc(), Removal.id.desc())
