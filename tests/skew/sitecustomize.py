"""Moves the portal's clock in every Python process that has this folder in PYTHONPATH: CLOCK_SKEW_SECONDS says how far.

Python imports this file by itself at each start, also in processes that a server starts.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo

from civicportal.core import clock

SKEW = timedelta(seconds=int(os.environ["CLOCK_SKEW_SECONDS"]))


class Skewed(datetime):
    """A clock that goes wrong by as much."""

    @classmethod
    def now(cls, tz: tzinfo | None = UTC) -> datetime:
        return datetime.now(tz) + SKEW


clock.datetime = Skewed
