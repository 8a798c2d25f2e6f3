"""What differs between SQLite and PostgreSQL, side by side; nothing else may ask which database it is."""

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from select import POLLIN, poll
from typing import Any, cast

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Engine,
    Select,
    SelectBase,
    Table,
    bindparam,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.functions import FunctionElement

from civicportal.extensions import Base, db

BUSY_MS = 10_000
_WRITTEN_ANEW_BYTES = 256 * 1024 * 1024
_RESTED_SECONDS = 5
_WAIT_MS = 500  # nobody can write while a reader is waited for
_BOX_LOCKS = 0x766F7465  # the class of our advisory locks
_LOOKERS = text("""
    SELECT l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid()
    AND (a.pid IS NULL OR a.backend_xid IS NOT NULL
         OR a.backend_xmin IS NOT NULL AND coalesce(a.datname, current_database()) = current_database())""")
_LOCK = select(func.pg_advisory_xact_lock(_BOX_LOCKS, bindparam("box_id")))


def is_sqlite(session: Session) -> bool:
    """Whether this session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def begin_write(session: Session) -> None:
    """From here on the transaction may write.

    SQLite begins a new one and takes its one writer lock at once instead of failing midway. PostgreSQL goes on in the
    one that reads, where each statement sees what others have committed by then.
    """
    if is_sqlite(session):
        session.rollback()
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


class shares_box(FunctionElement[bool]):  # noqa: N801 - stands where a function does
    """A condition that always holds: nobody has the box of this id alone, nor gets it until the transaction ends.

    Who has it is waited for. What the box says of itself is to be read in a statement after this one. SQLite: the
    transaction of `atomic()` is the only writer already.
    """

    name = "shares_box"
    type = Boolean()
    inherit_cache = True


@compiles(shares_box, "sqlite")
def _shares_nothing(_element: shares_box, _compiler: SQLCompiler, **_options: Any) -> str:
    return "1 = 1"


@compiles(shares_box, "postgresql")
def _shares_lock(element: shares_box, compiler: SQLCompiler, **options: Any) -> str:
    box_id = compiler.process(element.clauses, **options)
    return f"pg_advisory_xact_lock_shared({_BOX_LOCKS}, CAST({box_id} AS integer)) IS NOT NULL"


def lock_box(session: Session, box_id: int) -> None:
    """Hold the box alone until the transaction ends: nobody casts a ballot meanwhile. See `shares_box`."""
    if not is_sqlite(session):
        session.connection().execute(_LOCK, {"box_id": box_id})


def scrub(tables: Collection[str]) -> bool:
    """Remove from the database files what was deleted from these tables. Belongs outside any transaction.

    PostgreSQL: a table is written anew, as VACUUM alone leaves the deleted rows to be read in its file until others
    take their place. It is only vacuumed where it is large, because nobody could write to it meanwhile, or as long as
    somebody reads it. SQLite overwrites what it deletes (`secure_delete`), but not each copy that was made while rows
    moved between pages: so the tables are emptied and filled again. Then its log is written back and emptied, which
    must wait for readers, and does so for a moment. False when something is still there; the next call does it.
    """
    engine = db.engine
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            gone = [_write_anew(connection, table) for table in sorted(tables)]
        return all(gone)
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        for table in sorted(tables):
            _fill_again(cursor, engine.dialect.identifier_preparer.quote(table))
        busy, *_pages = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:  # somebody writes
        return False
    finally:
        raw.cursor().execute(f"PRAGMA busy_timeout={BUSY_MS}")
        raw.close()
    return not busy


def _fill_again(cursor: Any, table: str) -> None:
    """Empty a table and write its rows anew. A DELETE of everything gives its pages back, and they are overwritten."""
    cursor.execute("BEGIN IMMEDIATE")
    try:
        rows = cursor.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of ours
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        if rows:
            places = ", ".join("?" * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def _write_anew(connection: Connection, table: str) -> bool:
    name = connection.dialect.identifier_preparer.quote(table)
    size = connection.execute(select(func.pg_total_relation_size(table))).scalar_one()
    connection.exec_driver_sql(f"SET lock_timeout = {_WAIT_MS}")
    try:
        if size > _WRITTEN_ANEW_BYTES:
            connection.exec_driver_sql(f"VACUUM {name}")
            return True
        if _lookers_are_gone(connection):
            connection.exec_driver_sql(f"VACUUM (FULL) {name}")
            return True
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    connection.exec_driver_sql(f"VACUUM {name}")
    return False


def _lookers_are_gone(connection: Connection) -> bool:
    """Wait for the transactions that run now: deleted rows are kept for whoever began before. False if one goes on."""
    running, ends = set(connection.execute(_LOOKERS).scalars()), time.monotonic() + _WAIT_MS / 1000
    while running and time.monotonic() < ends:
        time.sleep(0.01)
        running &= set(connection.execute(_LOOKERS).scalars())
    return not running


class NewRow:
    """An insert that a unique constraint may refuse, made once for all calls.

    `source`: gives the row, or none; its columns are named as the table's, and it has a WHERE, without which SQLite
    does not understand the statement. `returning`: what `insert` gives back.
    """

    def __init__(
        self, table: type[Base], source: SelectBase, returning: ColumnElement[Any] = literal_column("1"),  # noqa: B008
    ) -> None:
        makers: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        names = [column.name for column in source.selected_columns]
        self._statements: dict[str, ReturningInsert[Any]] = {
            name: maker(table.__table__).from_select(names, source).on_conflict_do_nothing().returning(returning)
            for name, maker in makers.items()}

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Insert it. None when there was no row to insert, or one with the same unique columns is there already."""
        row = connection.execute(self._statements[connection.dialect.name], values).first()
        return None if row is None else row[0]


def engine_options(database_url: str, connect_seconds: int) -> dict[str, Any]:
    """What the engine is made with. PostgreSQL: `begin_write` rests on this level of isolation."""
    if database_url.startswith("sqlite"):
        return {}
    return {"isolation_level": "READ COMMITTED", "connect_args": {"connect_timeout": connect_seconds}}


def prepare_engine(engine: Engine) -> None:
    """Set up connections.

    SQLite: write-ahead log, foreign keys, and BEGIN under our control. PostgreSQL: a connection that the server has
    ended, or that was not used for a while, is tried before it is used again; one in steady use costs no trip.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "checkin", _on_checkin)
        event.listen(engine, "checkout", partial(_on_checkout, engine))
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _on_checkout(engine: Engine, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    rests_since = record.info.get("rests_since")
    if rests_since is None or (time.monotonic() - rests_since < _RESTED_SECONDS and not _is_readable(connection)):
        return
    try:
        engine.dialect.do_ping(connection)
    except psycopg.Error as error:
        raise DisconnectionError from error


def _is_readable(connection: Any) -> bool:
    """Whether the server has said something unasked: mostly that it ends the connection."""
    try:
        waiting = poll()
        waiting.register(connection.fileno(), POLLIN)
    except (psycopg.Error, OSError):
        return True
    return bool(waiting.poll(0))


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    pragmas = ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "synchronous=FULL", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
