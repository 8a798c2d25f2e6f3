"""What an answer tells an attacker, and whether anything was written."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event, select
from werkzeug.test import TestResponse

from civicportal.core.audit import AuditName
from civicportal.extensions import Base, db
from tests.conftest import TOKEN, Browser

# CSRF tokens and the seconds left of a sign-in differ from one answer to the next, whatever is asked for.
CHANGING = re.compile(r'(name="csrf_token"[^>]*value|name="csrf-token" content|data-session-expires)="[^"]*"')
UNTOLD = {"Date", "Content-Length"}  # the text itself is compared, without the address that was asked for


@dataclass(frozen=True)
class Seen:
    """One answer: everything of it that could tell two objects apart."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str
    statements: int


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def look(browser: Browser, method: str, path: str, fields: dict[str, object] | None = None) -> Seen:
    """Ask, and note what can be seen; the address itself and CSRF tokens are cut out."""
    with statements() as sent:
        answer = browser.open(path, method=method, data=fields)
        text = answer.get_data(as_text=True)
    told = CHANGING.sub(r"\1", text.replace(path[3:], "/·"))
    return Seen(answer.status_code, tuple(sorted(_headers(answer, path))), told, len(sent))


def _headers(answer: TestResponse, path: str) -> Iterator[tuple[str, str]]:
    for name, value in answer.headers:
        if name == "Set-Cookie":
            cookie, _, attributes = value.partition(";")
            yield name, f"{cookie.partition('=')[0]};{attributes}"
        elif name not in UNTOLD:
            yield name, value.replace(path[3:], "/·")


def csrf_token(browser: Browser) -> str:
    """The token of this browser's session."""
    page = browser.get("/en/account/edit").get_data(as_text=True)
    found = TOKEN.search(page)
    assert found
    return found.group(1)


def everything() -> dict[str, list[str]]:
    """Every row of every table, but for the record of who was refused."""
    with db.engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(
            select(table).where(table.c.name != AuditName.REFUSED) if table.name == "audit_events" else select(table))))
            for table in Base.metadata.sorted_tables}
