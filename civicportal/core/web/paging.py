"""Keyset paging: a cursor says after which row to go on, so any depth costs the same and nothing is shown twice."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from werkzeug.routing import IntegerConverter, Map

T = TypeVar("T")
ID_MAX = 2**31 - 1


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows and, where there is more, the cursor of the next."""

    rows: Sequence[T]
    next_cursor: str | None = None


class RowIdConverter(IntegerConverter):
    """The id of a row in an address: a number that no column could hold is no address."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name Werkzeug calls it by
        super().__init__(map, *args, **{"max": ID_MAX, **kwargs})


def encode_cursor(moment: datetime, row_id: int) -> str:
    """A cursor for the row with this sort time and id."""
    raw = json.dumps([moment.astimezone(UTC).isoformat(), row_id]).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(text: str | None) -> tuple[datetime, int] | None:
    """The sort time and id in a cursor; None for none or a malformed one (the list then starts at its top)."""
    if not text:
        return None
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = datetime.fromisoformat(moment)
        return (parsed.astimezone(UTC), int(row_id)) if parsed.tzinfo and abs(int(row_id)) <= ID_MAX else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def paged(rows: Sequence[T], size: int, key: Callable[[T], tuple[datetime, Any]]) -> Page[T]:
    """A page from `size` + 1 fetched rows; the extra one only tells that there is more."""
    if len(rows) <= size:
        return Page(rows)
    kept = rows[:size]
    moment, row_id = key(kept[-1])
    return Page(kept, encode_cursor(moment, row_id))
