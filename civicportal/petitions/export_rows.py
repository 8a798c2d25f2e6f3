"""A list of matters as CSV that spreadsheet programs open as text, never as formulas."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Heading and rows with a byte order mark, which spreadsheet programs need to see Hangul."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerows([heading, *([_cell(value) for value in row] for row in rows)])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
