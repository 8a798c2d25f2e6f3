"""A site with two holes, to see that the scanners find some."""

import sqlite3
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse


def site(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    """Answer /en/ with a form, /en/words by repeating what is typed, /en/rows with rows of a table."""
    typed = parse_qs(environ["QUERY_STRING"], keep_blank_values=True).get("q", [""])[0]
    start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    if environ["PATH_INFO"] == "/en/words":
        return [f"<!DOCTYPE html><title>Words</title><p>{typed}</p>".encode()]
    if environ["PATH_INFO"] == "/en/rows":
        return [f"<!DOCTYPE html><title>Rows</title><p>{_rows(typed)}</p>".encode()]
    return [b'<!DOCTYPE html><title>Home</title><a href="/en/words?q=a">words</a> <a href="/en/rows?q=1">rows</a>']


def _rows(typed: str) -> str:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE matters (id INTEGER, title TEXT)")
        connection.executemany("INSERT INTO matters VALUES (?, ?)", [(1, "one lamp"), (2, "two lamps")])
        try:
            return str(connection.execute(f"SELECT title FROM matters WHERE id = {typed}").fetchall())  # noqa: S608
        except sqlite3.Error:
            return ""
