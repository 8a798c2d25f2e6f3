"""Lists of petitions: the public one with its filters, and a person's own. By keyset, with counts that agree.

One function makes the condition; the list, its count and its feed use it, so they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.configuration import settings
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.institutions.models import Institution, Region
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.number import parse
from civicportal.petitions.queries.visibility import represented_by
from civicportal.petitions.states import PetitionState, Publication

MAX_WORDS = 8


@dataclass(frozen=True)
class Wanted:
    """What the public list is asked for. `institution` and `region`: codes; `q`: words, or a number."""

    type: str | None = None
    state: PetitionState | None = None
    institution: str | None = None
    region: str | None = None
    q: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The WHERE parts: published, and everything that is asked for."""
        parts: list[ColumnElement[bool]] = [Petition.publication == Publication.PUBLISHED]
        if self.type:
            parts.append(Petition.type == self.type)
        if self.state:
            parts.append(Petition.state == self.state)
        if self.region:
            inside = select(Region.code).where(or_(Region.code == self.region, Region.parent_code == self.region))
            parts.append(Petition.region_code.in_(inside))
        if self.institution:
            parts.append(exists().where(
                Assignment.petition_id == Petition.id, Assignment.institution_id == Institution.id,
                Institution.code == self.institution))
        return parts + self._words()

    def _words(self) -> list[ColumnElement[bool]]:
        """Every word stands in the title or the text; a number finds its petition."""
        try:
            return [Petition.number == parse(self.q)]
        except ValueError:
            words = normalize("NFC", self.q).replace("\0", "").split()[:MAX_WORDS]
            return [or_(Petition.title.icontains(word, autoescape=True), Petition.text.icontains(word, autoescape=True))
                    for word in words]


def published(wanted: Wanted, *, cursor: str | None = None, size: int | None = None) -> Page[Petition]:
    """A page of published petitions, the latest published first."""
    size = size or settings().page_size
    statement = _with_holders(select(Petition).where(*wanted.conditions()))
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Petition.published_at, Petition.id) < after)
    rows = current().scalars(
        statement.order_by(Petition.published_at.desc(), Petition.id.desc()).limit(size + 1)).all()
    return paged(rows, size, lambda row: (row.published_at or row.filed_at, row.id))


def counts_by_state(wanted: Wanted) -> Mapping[PetitionState, int]:
    """How many the list would show for each state, whatever state is asked for now."""
    rows = current().execute(
        select(Petition.state, func.count()).where(*replace(wanted, state=None).conditions()).group_by(Petition.state))
    return {state: count for state, count in rows}  # noqa: C416 - a row is no pair for dict()


def mine(actor: Actor, *, cursor: str | None = None) -> Page[Petition]:
    """A page of what a person filed, the latest first."""
    size = settings().page_size
    statement = _with_holders(select(Petition).where(Petition.author_id == actor.person_id))
    if after := decode_cursor(cursor):
        statement = statement.where(tuple_(Petition.filed_at, Petition.id) < after)
    rows = current().scalars(statement.order_by(Petition.filed_at.desc(), Petition.id.desc()).limit(size + 1)).all()
    return paged(rows, size, lambda row: (row.filed_at, row.id))


def represented(actor: Actor) -> Sequence[Petition]:
    """The petitions in which a person acts for somebody else, the latest first."""
    return current().scalars(_with_holders(
        select(Petition).where(represented_by(actor)).order_by(Petition.filed_at.desc(), Petition.id.desc()))).all()


def _with_holders(statement: Select[Petition]) -> Select[Petition]:
    return statement.options(joinedload(Petition.author), joinedload(Petition.region),
                             selectinload(Petition.assignments).joinedload(Assignment.institution))


def holder(petition: Petition, locale: str) -> str:
    """Who has the matter now, or answered it last, by name; empty before reception."""
    parts: Sequence[Assignment] = petition.assignments
    if not parts:
        return ""
    last = parts[-1].institution
    return last.name(locale) if last else settings().operator_name(locale)
