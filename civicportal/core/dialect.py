"""What differs between SQLite and PostgreSQL, side by side; nothing else may ask which database it is."""

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, Select, SelectBase, Table, bindparam, event, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from civicportal.extensions import Base, db

BUSY_MS = 10_000
_WRITTEN_ANEW_BYTES = 256 * 1024 * 1024
_WAIT_MS = 500  # nobody can write while a reader is waited for
_BOX_LOCKS = 0x766F7465  # the class of our advisory locks
_LOOKERS = text("""
    SELECT l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid()
    AND (a.pid IS NULL OR a.backend_xid IS NOT NULL
         OR a.backend_xmin IS NOT NULL AND coalesce(a.datname, current_database()) = current_database())""")
_SHARE = select(func.pg_advisory_xact_lock_shared(_BOX_LOCKS, bindparam("box_id")))
_LOCK = select(func.pg_advisory_xact_lock(_BOX_LOCKS, bindparam("box_id")))


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


def share_box(session: Session, box_id: int) -> None:
    """Wait until nobody holds the box alone, and keep it from being so until the transaction ends.

    What the box says of itself is to be read in a statement after this one. SQLite: the transaction of `atomic()` is
    the only writer already.
    """
    if not is_sqlite(session):
        session.connection().execute(_SHARE, {"box_id": box_id})


def lock_box(session: Session, box_id: int) -> None:
    """Hold the box alone until the transaction ends: nobody casts a ballot meanwhile. See `share_box`."""
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
    does not understand the statement. Without `source` the row's values are given at each call.
    """

    def __init__(self, table: type[Base], source: SelectBase | None = None) -> None:
        makers = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        self._statements = {name: self._statement(maker(cast(Table, table.__table__)), source)
                            for name, maker in makers.items()}

    @staticmethod
    def _statement(new: Any, source: SelectBase | None) -> ReturningInsert[Any]:
        filled = new if source is None else new.from_select([column.name for column in source.selected_columns], source)
        made: ReturningInsert[Any] = filled.on_conflict_do_nothing().returning(literal_column("1"))
        return made

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Insert it. False when there was no row to insert, or one with the same unique columns is there already."""
        return connection.execute(self._statements[connection.dialect.name], values).first() is not None


def prepare_engine(engine: Engine) -> None:
    """Set up connections: on SQLite write-ahead log, foreign keys, and BEGIN under our control."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    pragmas = ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "synchronous=FULL", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
