"""One step of the course of a matter, as pages and feeds show it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """A step as `components/timeline.html` draws it. `key` names it for good, in feeds too."""

    key: str
    state: str
    title: str
    at: datetime | None = None
    who: str = ""
    text: str = ""
    reason: str = ""
    language: str = ""  # of the reason, which somebody wrote
