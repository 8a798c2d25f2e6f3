"""Lists of the desk: an institution's inbox and the operators' triage, by keyset, with counts that agree.

One function makes the condition of a tab; the list and its count both use it, so they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import lazy, local
from civicportal.core.permissions import Actor
from civicportal.core.titles import TitledEnum
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.deadlines.calendar import DAY, Calendar
from civicportal.deadlines.queries import portal_calendar
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.number import parse
from civicportal.petitions.plain import normalise
from civicportal.petitions.queries.visibility import not_about
from civicportal.petitions.states import AssignmentState


class Tab(TitledEnum):
    """Parts of an inbox; one matter may be in several."""

    NEW = "new", lazy("New")
    MINE = "mine", lazy("Mine")
    DUE_SOON = "due-soon", lazy("Due soon")
    OVERDUE = "overdue", lazy("Overdue")
    OPEN = "open", lazy("All open")
    ANSWERED = "answered", lazy("Answered")


class Sort(TitledEnum):
    """Orders of a list: what breaks next, what waits longest, what came last."""

    DUE = "due", lazy("What is due next comes first")
    RECEIVED = "received", lazy("What waits longest comes first")
    NEWEST = "newest", lazy("What came last comes first")

    @property
    def key(self) -> str:
        """The time of a part that the list is ordered by."""
        return "due_at" if self is Sort.DUE else "received_at"


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for. `q`: words of the title, or a number; `officer`: id of a person."""

    tab: Tab = Tab.NEW
    type: str = ""
    q: str = ""
    officer: int | None = None
    sort: Sort = Sort.DUE
    cursor: str | None = None


@dataclass(frozen=True)
class Inbox:
    """One page of a list, and how many there are in each tab under the same filters."""

    page: Page[Assignment]
    counts: Mapping[Tab, int]
    calendar: Calendar


def inbox(actor: Actor, institution: Institution, wanted: Wanted) -> Inbox:
    """The parts of `institution` that `wanted` asks for. The caller has checked that the desk is open to `actor`."""
    present, calendar = now(), portal_calendar()
    tabs = {tab: _in_tab(tab, actor, present, last_soon_day(calendar, present)) for tab in Tab}
    filters = [Assignment.institution_id == institution.id, *_filters(actor, wanted)]
    page = _page(_parts().where(*filters, tabs[wanted.tab]), wanted.sort, wanted.cursor)
    return Inbox(page, _counts(tabs, filters), calendar)


def whole_tab(actor: Actor, institution: Institution, tab: Tab, *, limit: int) -> Sequence[Assignment]:
    """At most `limit` parts of one tab, what is due next first."""
    present, calendar = now(), portal_calendar()
    condition = _in_tab(tab, actor, present, last_soon_day(calendar, present))
    return current().scalars(
        _parts().where(Assignment.institution_id == institution.id, condition, *_filters(actor, Wanted()))
        .options(contains_eager(Assignment.petition).options(
            selectinload(Petition.assignments), selectinload(Petition.subjects)))
        .order_by(Assignment.due_at, Assignment.id).limit(limit)).all()


def triage_list(actor: Actor, cursor: str | None = None) -> Page[Assignment]:
    """What lies at the operators' triage desk; what is due next comes first."""
    here = _parts().where(Assignment.institution_id.is_(None), Assignment.closed_at.is_(None), not_about(actor))
    return _page(here, Sort.DUE, cursor)


def last_soon_day(calendar: Calendar, present: datetime) -> date:
    """The last day that is still at most `due_soon_days` working days away, today included."""
    day, left = local(present).date(), settings().due_soon_days
    while left > 0 or calendar.day_off(day) is not None:
        left -= calendar.day_off(day) is None
        day += DAY
    return day - DAY


def _in_tab(tab: Tab, actor: Actor, present: datetime, soon: date) -> ColumnElement[bool]:
    """The condition of a tab."""
    still_open = Assignment.closed_at.is_(None)
    late = or_(Assignment.due_at <= present, Assignment.late_since.is_not(None))
    return {
        Tab.NEW: and_(still_open, Assignment.state == AssignmentState.WAITING),
        Tab.MINE: and_(still_open, Assignment.officer_id == actor.person_id),
        Tab.DUE_SOON: and_(still_open, ~late, Assignment.due_date <= soon),
        Tab.OVERDUE: and_(still_open, late),
        Tab.OPEN: still_open,
        Tab.ANSWERED: Assignment.state == AssignmentState.ANSWERED,
    }[tab]


def _filters(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions of list and counts alike; what is about the actor is in neither."""
    conditions: list[ColumnElement[bool]] = [Petition.received_at.is_not(None), not_about(actor)]
    if wanted.type:
        conditions.append(Petition.type == wanted.type)
    if wanted.officer is not None:
        conditions.append(Assignment.officer_id == wanted.officer)
    if q := normalise(wanted.q).strip():
        conditions.append(or_(Petition.title.icontains(q, autoescape=True), Petition.number == _number(q)))
    return conditions


def _number(q: str) -> str:
    try:
        return parse(q)
    except ValueError:
        return ""


def _parts() -> Select[Assignment]:
    return select(Assignment).join(Assignment.petition).options(
        contains_eager(Assignment.petition), joinedload(Assignment.officer), joinedload(Assignment.department),
        joinedload(Assignment.proposed_institution),
    ).where(Petition.received_at.is_not(None))


def _page(parts: Select[Assignment], sort: Sort, cursor: str | None) -> Page[Assignment]:
    at, size, newest = attrgetter(sort.key), settings().page_size, sort is Sort.NEWEST
    column: InstrumentedAttribute[datetime] = at(Assignment)
    if after := decode_cursor(cursor):
        moment, row_id = after
        beyond, tie = (column < moment, Assignment.id < row_id) if newest else (column > moment, Assignment.id > row_id)
        parts = parts.where(or_(beyond, and_(column == moment, tie)))
    order = (column.desc(), Assignment.id.desc()) if newest else (column, Assignment.id)
    rows = current().scalars(parts.order_by(*order).limit(size + 1)).all()
    return paged(rows, size, lambda part: (at(part), part.id))


def _counts(tabs: Mapping[Tab, ColumnElement[bool]], filters: list[ColumnElement[bool]]) -> dict[Tab, int]:
    counted = [func.count().filter(condition) for condition in tabs.values()]
    row = current().execute(select(*counted).select_from(Assignment).join(Assignment.petition).where(*filters)).one()
    return dict(zip(tabs, row, strict=True))
