"""The one place that reads the time. Times are aware and in UTC; only pages turn them into local ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC, to the microsecond."""
    return _moved.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Act as if it were `instant` (aware): demo content is filed and answered in the past, by the real services."""
    token = _moved.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
