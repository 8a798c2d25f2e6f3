"""What the pages of votes read: lists, one box, its heads and what is said about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from sqlalchemy import ColumnElement, func, select, tuple_

from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.voting.models import Ballot, Box, BoxHead, Head
from civicportal.voting.queries.totals import published_heads
from civicportal.voting.states import BoxState, Secrecy

MAX_WORDS = 8
_CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)
OPEN, PLANNED = frozenset({BoxState.OPEN}), frozenset({BoxState.SCHEDULED})
ENDED = frozenset({BoxState.CLOSED, BoxState.FINAL, BoxState.VOID})
GROUPS: Mapping[str, frozenset[BoxState]] = {"open": OPEN, "planned": PLANNED, "ended": ENDED}


@dataclass(frozen=True)
class Wanted:
    """What the public list is asked for. `group`: a key of GROUPS or None for all; `q`: words of the question."""

    group: str | None = None
    q: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The WHERE parts."""
        parts: list[ColumnElement[bool]] = [Box.state.in_(GROUPS[self.group])] if self.group else []
        words = normalize("NFC", self.q).replace("\0", "").split()[:MAX_WORDS]
        return parts + [Box.question.icontains(word, autoescape=True) for word in words]


def box_called(slug: str) -> Box | None:
    """The box with this slug."""
    return current().scalar(select(Box).where(Box.slug == slug))


def listed(wanted: Wanted, group: str, *, cursor: str | None = None, size: int | None = None) -> Page[Box]:
    """A page of one group of votes: what closes or opens next comes first, what ended last comes first."""
    size = size or settings().page_size
    column = Box.opens_at if group == "planned" else Box.closes_at
    statement, place = select(Box).where(*replace(wanted, group=group).conditions()), tuple_(column, Box.id)
    after = decode_cursor(cursor)
    if group == "ended":
        statement = statement.order_by(column.desc(), Box.id.desc())
        statement = statement.where(place < after) if after else statement
    else:
        statement = statement.order_by(column, Box.id)
        statement = statement.where(place > after) if after else statement
    rows = current().scalars(statement.limit(size + 1)).all()
    return paged(rows, size, lambda box: (box.opens_at if group == "planned" else box.closes_at, box.id))


def counts_by_group(wanted: Wanted) -> Mapping[str, int]:
    """How many votes the list would show in each group, whatever group is asked for now."""
    rows = current().execute(
        select(Box.state, func.count()).where(*replace(wanted, group=None).conditions()).group_by(Box.state))
    counts = {state: count for state, count in rows}  # noqa: C416 - a row is no pair for dict()
    return {group: sum(counts.get(state, 0) for state in states) for group, states in GROUPS.items()}


def most_yes(wanted: Wanted, *, cursor: str | None = None) -> tuple[Sequence[Box], str | None]:
    """Votes whose totals are public, most yes first by those alone, and the cursor of the next page."""
    size, yes = settings().page_size, BoxHead.counts["yes"].as_integer()
    statement = published_heads().where(*wanted.conditions(), yes.is_not(None)).with_only_columns(
        Box, yes, maintain_column_froms=True)
    if after := _CURSOR.fullmatch(cursor or ""):
        statement = statement.where(tuple_(yes, Box.id) < (int(after[1]), int(after[2])))
    rows = current().execute(statement.order_by(yes.desc(), Box.id.desc()).limit(size + 1)).all()
    shown = rows[:size]
    return [box for box, _yes in shown], f"{shown[-1][1]}.{shown[-1][0].id}" if len(rows) > size else None


def deciding_now(limit: int) -> Sequence[Box]:
    """The open votes that close next, those of committees last."""
    return current().scalars(
        select(Box).where(Box.state == BoxState.OPEN).order_by(
            Box.secrecy == Secrecy.OPEN, Box.closes_at, Box.id).limit(limit)).all()


def heads_before(log_id: int, number: int) -> Page[Head]:
    """Heads of a log below a number, the newest first. The cursor is a number too."""
    size = settings().page_size
    rows = current().scalars(select(Head).where(Head.log_id == log_id, Head.number < number)
                             .order_by(Head.number.desc()).limit(size + 1)).all()
    return Page(rows[:size], str(rows[size - 1].number) if len(rows) > size else None)


def by_name(box: Box, size: int) -> list[tuple[str, str | None]]:
    """Who of an open vote's members chose what in the first `size` leaves, by name; None: has not voted."""
    rows = current().execute(
        select(Ballot.tracker, Ballot.choice).where(Ballot.box_id == box.id, Ballot.index < size))
    choices = {tracker: choice for tracker, choice in rows}  # noqa: C416 - a row is no pair for dict()
    return sorted((str(member["name"]), choices.get(str(member["key"]))) for member in box.members or [])
