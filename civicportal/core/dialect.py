"""What differs between SQLite and PostgreSQL, side by side; nothing else may ask which database it is."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Engine, Select, Table, event, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from civicportal.extensions import Base

BUSY_MS = 10_000


def is_sqlite(session: Session) -> bool:
    """Whether this session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def begin_write(session: Session) -> None:
    """Open a transaction that may write. SQLite takes its one writer lock at once instead of failing midway."""
    session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})


def claim(statement: Select[Any], session: Session) -> Select[Any]:
    """Lock the chosen rows for this worker and skip those another one holds.

    PostgreSQL: FOR UPDATE SKIP LOCKED. SQLite: the writer lock of the transaction already keeps others out.
    """
    return statement if is_sqlite(session) else statement.with_for_update(skip_locked=True)


def insert_new(session: Session, table: type[Base], values: Mapping[str, Any], unique: Sequence[str]) -> bool:
    """Insert a row unless one with the same `unique` columns is there. True when it was inserted."""
    maker = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = maker(cast(Table, table.__table__)).values(**values).on_conflict_do_nothing(index_elements=list(unique))
    return session.execute(statement.returning(literal_column("1"))).first() is not None


def prepare_engine(engine: Engine) -> None:
    """Set up connections: on SQLite write-ahead log, foreign keys, and BEGIN under our control."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
