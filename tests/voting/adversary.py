"""Somebody who has the whole database and wants to know who chose what, or who voted when.

Rows are read with everything the database itself keeps about them: on PostgreSQL which transaction wrote, locked or
deleted them and where they lie, on SQLite their row numbers and the order in which they are found.
"""

from itertools import product
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from civicportal.core.dialect import is_sqlite
from civicportal.core.transactions import current
from civicportal.extensions import Base
from civicportal.voting.models import Box

SYSTEM_COLUMNS = ("xmin", "xmax", "ctid", "cmin", "cmax")
WHERE = {"roll": "box_id = :box", "pending_ballots": "box_id = :box", "ballots": "box_id = :box",
         "electorate": "box_id = :box", "log_leaves": "log_id = :log", "boxes": "id = :box"}


def rows(table: str, box: Box) -> list[dict[str, Any]]:
    """The box's rows of a table in the order in which they are found, with the database's own columns."""
    session = current()
    session.rollback()
    own = ", ".join(f"{name}::text AS {name}" for name in SYSTEM_COLUMNS) if not is_sqlite(session) else _rowid(table)
    found = session.execute(
        text(f"SELECT {own + ', ' if own else ''}{table}.* FROM {table} WHERE {WHERE[table]}"),  # noqa: S608 - ours
        {"box": box.id, "log": box.log_id}).mappings().all()
    session.rollback()
    return [dict(row) for row in found]


def _rowid(table: str) -> str:
    session = current()
    try:
        session.execute(text(f"SELECT rowid FROM {table} LIMIT 1"))  # noqa: S608 - ours
    except OperationalError:  # the table has no row numbers
        session.rollback()
        return ""
    return "rowid AS rowid"


def orders(table: str, box: Box, name: str) -> dict[str, list[str]]:
    """The values of a column in every order that could be the one in which the rows were written."""
    found = rows(table, box)
    sorters = {"as found": None, "xmin": lambda row: (int(row["xmin"]), _place(row)), "ctid": _place,
               "rowid": lambda row: row["rowid"], "index": lambda row: row["index"]}
    given = {"as found", *(found[0] if found else ())}
    return {sorter: [row[name] for row in (sorted(found, key=key) if key else found)]
            for sorter, key in sorters.items() if sorter in given}


def _place(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, row["ctid"].strip("()").split(",")))


def links(box: Box) -> dict[str, list[tuple[str, str]]]:
    """Voters' keys paired with trackers, in every way there is."""
    voted = orders("roll", box, "key")
    ballots = {f"{table} by {order}": trackers for table in ("ballots", "pending_ballots")
               for order, trackers in orders(table, box, "tracker").items()}
    guesses = {f"roll by {one}, {other}": list(zip(voted[one], ballots[other], strict=False))
               for one, other in product(voted, ballots)}
    for table in ("ballots", "pending_ballots", "log_leaves"):
        guesses[f"same transaction as in {table}"] = _same_transaction(box, table)
    return guesses


def _same_transaction(box: Box, table: str) -> list[tuple[str, str]]:
    if is_sqlite(current()):
        return []
    writers: dict[str, list[str]] = {}
    for row in rows(table, box):
        writers.setdefault(row["xmin"], []).append(row.get("tracker") or row["data"])
    return [(row["key"], found) for row in rows("roll", box) for found in writers.get(row["xmin"], ())]


def everything() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    session = current()
    session.rollback()
    found = {table.name: sorted(repr(tuple(row)) for row in session.execute(table.select()))
             for table in Base.metadata.sorted_tables}
    session.rollback()
    return found
