"""The one place that reads the time. Times are aware and in UTC; only pages turn them into local ones."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)
