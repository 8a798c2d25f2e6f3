"""Arguments as two columns, page by page in the order readers put them. Names nobody."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from civicportal.core.configuration import settings
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, ArgumentRating, Task
from civicportal.forum.policies import can_hide
from civicportal.forum.states import ARGUABLE, Side

CURSOR = re.compile(r"(-1|\d{1,7})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class ShownArgument:
    """One argument. `text` is None once it is hidden, and `hidden_reason` says why.

    `rated`: what the reader said of it; `may_rate`, `may_hide`: what the reader can do now.
    """

    id: int
    text: str | None
    language: str
    helpful: int
    unhelpful: int
    created_at: datetime
    hidden_reason: str | None
    mine: bool
    rated: bool | None
    may_rate: bool
    may_hide: bool


@dataclass(frozen=True)
class Columns:
    """A page of both sides, the most helpful first. `counts`: all there are; `older`: the cursor of the next page."""

    pro: Sequence[ShownArgument]
    contra: Sequence[ShownArgument]
    counts: Mapping[Side, int]
    older: Mapping[Side, str | None]


def columns(task: Task, actor: Actor | None, after: Mapping[Side, str | None] | None = None) -> Columns:
    """The arguments on a task as `actor` may see them; hidden ones last.

    `after`: for each side the cursor to go on from, None or a malformed one for its top.
    """
    size, pages = settings().page_size, {}
    for side in Side:
        pages[side] = _page(task, side, _place(after.get(side) if after else None), size + 1)
    rows = [row for page in pages.values() for row in page[:size]]
    rated = _ratings(rows, actor)
    shown = {side: [_shown(row, task, actor, rated) for row in page[:size]] for side, page in pages.items()}
    older = {side: _cursor(page[size - 1]) if len(page) > size else None for side, page in pages.items()}
    return Columns(shown[Side.FOR], shown[Side.AGAINST], _counts(task), older)


def _page(task: Task, side: Side, after: tuple[int, int] | None, size: int) -> Sequence[Argument]:
    statement = select(Argument).where(Argument.task_id == task.id, Argument.side == side)
    if after:
        rank, row_id = after
        statement = statement.where(or_(Argument.rank < rank, and_(Argument.rank == rank, Argument.id > row_id)))
    return current().scalars(statement.order_by(Argument.rank.desc(), Argument.id).limit(size)).all()


def _cursor(argument: Argument) -> str:
    return f"{argument.rank}.{argument.id}"


def _place(cursor: str | None) -> tuple[int, int] | None:
    """The rank and id in a cursor."""
    found = CURSOR.fullmatch(cursor or "")
    return (int(found[1]), int(found[2])) if found else None


def _counts(task: Task) -> dict[Side, int]:
    rows = current().execute(
        select(Argument.side, func.count()).where(Argument.task_id == task.id).group_by(Argument.side))
    return dict.fromkeys(Side, 0) | {side: count for side, count in rows}  # noqa: C416 - a row is no pair for dict()


def _ratings(rows: Sequence[Argument], actor: Actor | None) -> dict[int, bool]:
    if actor is None or not rows:
        return {}
    return {argument_id: helpful for argument_id, helpful in current().execute(  # noqa: C416 - a row is no pair
        select(ArgumentRating.argument_id, ArgumentRating.helpful).where(
            ArgumentRating.argument_id.in_([row.id for row in rows]), ArgumentRating.person_id == actor.person_id))}


def _shown(argument: Argument, task: Task, actor: Actor | None, rated: dict[int, bool]) -> ShownArgument:
    mine = actor is not None and actor.person_id is not None and argument.author_id == actor.person_id
    hidden = argument.hidden_at is not None
    return ShownArgument(
        id=argument.id, text=None if hidden else argument.text, language=argument.language,
        helpful=argument.helpful, unhelpful=argument.unhelpful, created_at=argument.created_at,
        hidden_reason=argument.hidden_reason, mine=mine, rated=rated.get(argument.id),
        may_rate=actor is not None and not mine and not hidden and task.state in ARGUABLE,
        may_hide=actor is not None and not hidden and can_hide(actor, argument))
