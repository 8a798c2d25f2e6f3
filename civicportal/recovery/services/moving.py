"""From SQLite to PostgreSQL: every row, in one transaction, compared before it is kept."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    MetaData,
    NullPool,
    Table,
    Text,
    TypeDecorator,
    cast,
    create_engine,
    func,
    insert,
    make_url,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError
from sqlalchemy.schema import AddConstraint, DropConstraint

from civicportal.extensions import Base, db
from civicportal.recovery.queries import is_running, revision, rows_by_table
from civicportal.recovery.services.backing_up import Bar

ROWS = 1000


class MoveRefused(ValueError):
    """Nothing was moved; the text says why, for the person at the terminal."""


@dataclass(frozen=True)
class Moved:
    """A table in both databases. `digest`: hex sum of the SHA-256 of its rows, in which their order is irrelevant."""

    table: str
    rows: int
    digest: str


class _RawJSON(TypeDecorator[str]):
    """JSON as it is written: as a value, an absent one and a `null` could not be told apart."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, Text)

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        return cast(bindparam, JSON)


def move(url: str, *, bar: Bar) -> list[Moved]:
    """Copy all tables of the SQLite database into a migrated, empty PostgreSQL one; what both hold then.

    The source is held for writing as long as it takes. Raises MoveRefused for a portal that is running, for a database
    that cannot be read or written, is not of the same migration or not empty, and where the two differ at the end:
    then the target stays as it was.
    """
    if db.engine.dialect.name != "sqlite":
        raise MoveRefused("DATABASE_URL is not a SQLite database.")
    if make_url(url).drivername != "postgresql+psycopg":
        raise MoveRefused("--to must be an address postgresql+psycopg://…")
    if is_running():
        raise MoveRefused("The portal is running. Stop web, worker and beat first.")
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with _held() as source, engine.begin() as target:
            _check(source, target)
            return _copy(source, target, bar)
    except OperationalError as error:
        raise MoveRefused(f"A database does not answer, or somebody writes: {_first_line(error)}") from error
    finally:
        engine.dispose()


def _held() -> Any:
    """A transaction on the source in which nobody else can write."""
    return db.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin()


def _check(source: Connection, target: Connection) -> None:
    try:
        with target.begin_nested():
            there = revision(target)
    except ProgrammingError:
        there = ""
    if there != revision(source):
        raise MoveRefused("The new database does not stand at the same migration. Run, with the code of the old one:\n"
                          "  DATABASE_URL=… flask --app wsgi db upgrade")
    if any(rows_by_table(target).values()):
        raise MoveRefused("The new database is not empty.")


def _copy(source: Connection, target: Connection, bar: Bar) -> list[Moved]:
    """Without the foreign keys, as tables refer to each other in circles; they come back, and are checked, at the end.
    """
    tables = Base.metadata.sorted_tables
    keys = [key for table in tables for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))]
    for key in keys:
        target.execute(DropConstraint(key))
    moved = []
    with bar("Rows", 2 * sum(rows_by_table(source).values())) as advance:
        for table in tables:
            raw = _raw(table)
            try:
                there = _digest(table.name, _written(source, target, raw), advance)
            except DataError as error:
                raise MoveRefused(
                    f"PostgreSQL does not take a value of the table {table.name}: {_first_line(error)}") from error
            here = _digest(table.name, _read(target, raw), advance)
            if here != there:
                raise MoveRefused(f"The table {table.name} is not the same in both. Nothing was kept.")
            _reset_sequence(target, table)
            moved.append(here)
    for key in keys:
        target.execute(AddConstraint(key))
    return moved


def _raw(table: Table) -> Table:
    """The table without what the house adds: only names and types."""
    columns = [Column(column.name, _RawJSON() if isinstance(column.type, JSON) else column.type)
               for column in table.columns]
    return Table(table.name, MetaData(), *columns)


def _read(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    with connection.execute(select(table), execution_options={"yield_per": ROWS}) as rows:
        yield from rows.partitions()


def _written(source: Connection, target: Connection, table: Table) -> Iterator[Sequence[Any]]:
    for rows in _read(source, table):
        target.execute(insert(table), [dict(row._mapping) for row in rows])
        yield rows


def _digest(name: str, parts: Iterator[Sequence[Any]], advance: Callable[[int], None]) -> Moved:
    count = total = 0
    for rows in parts:
        for row in rows:
            values = [bytes(value) if isinstance(value, memoryview) else value for value in row]
            total += int.from_bytes(hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).digest())
        count += len(rows)
        advance(len(rows))
    return Moved(name, count, f"{total % 2**256:064x}")


def _reset_sequence(target: Connection, table: Table) -> None:
    """The next row gets the number after the highest."""
    column = table.autoincrement_column
    if column is None:
        return
    highest = target.scalar(select(func.max(column)))
    sequence = target.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if highest and sequence:
        target.execute(select(func.setval(sequence, highest)))


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0]
