"""The tree of institutions, read."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import selectinload

from civicportal.core.clock import now
from civicportal.core.errors import NotFound
from civicportal.core.i18n import lazy, local
from civicportal.core.transactions import current
from civicportal.institutions.models import Department, Institution, Region
from civicportal.institutions.states import InstitutionType

CHAIN_MAX = 50
_RANK = case({kind: place for place, kind in enumerate(InstitutionType)}, value=Institution.type)


def today() -> date:
    """The present day on the portal's clocks."""
    return local(now()).date()


def get(institution_id: int) -> Institution | None:
    """The institution with an id, closed or not."""
    return current().get(Institution, institution_id)


def by_code(code: str) -> Institution | None:
    """The institution with a code, closed or not."""
    return current().scalar(select(Institution).where(Institution.code == _storable(code)))


def require(code: str) -> Institution:
    """The institution with a code. Raises NotFound."""
    found = by_code(code)
    if found is None:
        raise NotFound(lazy("There is no such institution."))
    return found


def require_department(institution: Institution, code: str) -> Department:
    """A department by its code, closed or not. Raises NotFound."""
    found = current().scalar(
        select(Department).where(Department.institution_id == institution.id, Department.code == _storable(code)))
    if found is None:
        raise NotFound(lazy("There is no such department."))
    return found


def departments(institution: Institution) -> Sequence[Department]:
    """The departments that exist today, by code."""
    day = today()
    return [row for row in institution.departments
            if (row.active_from is None or row.active_from <= day) and (row.active_to is None or day < row.active_to)]


def regions() -> Sequence[Region]:
    """All regions: each province followed by its districts."""
    rows = current().scalars(select(Region).order_by(Region.code)).all()
    below: dict[str | None, list[Region]] = {}
    for row in rows:
        below.setdefault(row.parent_code, []).append(row)
    return [region for top in below.get(None, []) for region in (top, *below.get(top.code, []))]


def region_path(code: str | None) -> tuple[str, ...]:
    """A region's code, then those of the regions around it, nearest first; empty for an unknown one."""
    path: list[str] = []
    code = _storable(code or "")
    while code and code not in path and (region := current().get(Region, code)):
        path.append(code)
        code = region.parent_code
    return tuple(path)


def resolve_successor(institution: Institution) -> Institution | None:
    """The institution that answers today for this one: itself, or the end of its chain of successors.

    None when the chain ends at a closed institution.
    """
    day = today()
    seen: set[int] = set()
    here: Institution | None = institution
    while here is not None and not here.active(day):
        if here.id in seen or len(seen) > CHAIN_MAX:
            return None
        seen.add(here.id)
        here = here.successor
    return here


def all_institutions() -> Sequence[Institution]:
    """All institutions, closed ones included, with their successors loaded."""
    return current().scalars(
        select(Institution).options(selectinload(Institution.successor)).order_by(Institution.id)).all()


def stamp() -> tuple[int, int | None, datetime | None, date]:
    """Something that differs whenever any institution was added, removed or changed, or a new day began."""
    count, last, changed = current().execute(
        select(func.count(Institution.id), func.max(Institution.id), func.max(Institution.updated_at))).one()
    return count, last, changed, today()


def search(q: str, limit: int = 10) -> list[Institution]:
    """Institutions of today whose code or names hold every word of `q`, the nearest names first.

    A closed institution is found by its own name and stands for its successor.
    """
    exact = _folded(q)
    if not exact:
        return []
    nearest = case(
        (func.lower(Institution.code) == exact, 0), (func.lower(Institution.name_ko) == exact, 0),
        (func.lower(Institution.name_en) == exact, 0), (Institution.name_ko.startswith(exact, autoescape=True), 1),
        else_=2)
    rows = current().scalars(
        select(Institution).where(_matches(q))
        .order_by(nearest, func.length(Institution.name_ko), Institution.code).limit(limit * 3))
    found: dict[int, Institution] = {}
    for row in rows:
        if institution := resolve_successor(row):
            found.setdefault(institution.id, institution)
    return list(found.values())[:limit]


@dataclass(frozen=True)
class Filter:
    """What a listing shows. Without words only today's institutions; with words closed ones are found as well."""

    q: str = ""
    type: InstitutionType | None = None
    region: str | None = None

    def conditions(self, *, typed: bool = True) -> list[ColumnElement[bool]]:
        """The WHERE parts; `typed=False` leaves the type out, to count all types."""
        parts = [_matches(self.q)] if _folded(self.q) else [_active(today())]
        if typed and self.type:
            parts.append(Institution.type == self.type)
        if self.region:
            region = _storable(self.region)
            inside = select(Region.code).where(or_(Region.code == region, Region.parent_code == region))
            parts.append(Institution.region_code.in_(inside))
        return parts


@dataclass(frozen=True)
class Listing:
    """One page of institutions; `after` is the code to go on from, None on the last page."""

    rows: Sequence[Institution]
    after: str | None


def listing(chosen: Filter, *, locale: str, size: int, after: str | None = None) -> Listing:
    """A page of at most `size` institutions by type and name in a language, those after the code `after`."""
    name = Institution.name_ko if locale.startswith("ko") else func.coalesce(Institution.name_en, Institution.name_ko)
    key = tuple_(_RANK, name, Institution.id)
    statement = select(Institution).where(*chosen.conditions()).options(
        selectinload(Institution.successor), selectinload(Institution.region))
    last = current().execute(
        select(_RANK, name, Institution.id).where(Institution.code == _storable(after or ""))).first()
    if after and last:
        statement = statement.where(key > tuple_(*last))
    rows = current().scalars(statement.order_by(_RANK, name, Institution.id).limit(size + 1)).all()
    return Listing(rows[:size], rows[size - 1].code if len(rows) > size else None)


def counts_by_type(chosen: Filter) -> dict[InstitutionType, int]:
    """How many institutions of each type a listing would show, whatever type is chosen."""
    rows = current().execute(
        select(Institution.type, func.count()).where(*chosen.conditions(typed=False)).group_by(Institution.type))
    return {kind: count for kind, count in rows}  # noqa: C416 - a row is no pair for dict()


def _active(day: date) -> ColumnElement[bool]:
    return and_(or_(Institution.active_from.is_(None), Institution.active_from <= day),
                or_(Institution.active_to.is_(None), Institution.active_to > day))


def _matches(q: str) -> ColumnElement[bool]:
    return and_(*(
        or_(func.lower(Institution.code) == word, func.lower(Institution.name_ko).contains(word, autoescape=True),
            func.lower(Institution.name_en).contains(word, autoescape=True))
        for word in _folded(q).split()[:8]
    ))


def _folded(q: str) -> str:
    return _storable(unicodedata.normalize("NFC", q)).lower().strip()[:200]


def _storable(text: str) -> str:
    """Text from an address without what PostgreSQL cannot hold."""
    return text.replace("\0", "")
