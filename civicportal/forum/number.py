"""Numbers of tasks: `T-2026-000123`, the year they were begun in and a running count within it."""

import re
import unicodedata

PATTERN = r"T-\d{4}-\d{6,8}"
_TYPED = re.compile(r"T(\d{4})(\d{6,8})|(\d{4})(\d{6})", re.ASCII)
_IGNORED = re.compile(r"[\s\-‐‑‒–—―−_.]+")
DIGITS = 6


def compose(year: int, count: int) -> str:
    """The number of the `count`-th task of a year."""
    return f"T-{year:04d}-{count:0{DIGITS}d}"


def count_of(number: str) -> int:
    """Which task of its year a number names."""
    return int(number.rpartition("-")[2])


def parse(text: str) -> str:
    """The canonical form of a number as people type it.

    Takes lower case, full-width characters, other or missing hyphens, spaces, a missing T; with a hyphen also a count
    without its zeros (`T-2026-123`). Raises ValueError when it cannot be a number.
    """
    folded = unicodedata.normalize("NFKC", text[:100]).upper().strip()
    short = re.fullmatch(r"T[\s\-‐‑‒–—―−_.]*(\d{4})[\s\-‐‑‒–—―−_.]+(\d{1,8})", folded, re.ASCII)
    found = short or _TYPED.fullmatch(_IGNORED.sub("", folded))
    if not found:
        raise ValueError("not the number of a task")
    year, count = filter(None, found.groups())
    return compose(int(year), int(count))
