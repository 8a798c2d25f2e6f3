"""A database for one test process, made and dropped by it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text


@contextmanager
def fresh_database(server: str | None, folder: Path) -> Iterator[str]:
    """Address of an empty database: a SQLite file in `folder`, or a new database on the PostgreSQL `server`."""
    if not server or server.startswith("sqlite"):
        yield f"sqlite:///{folder / 'portal.sqlite'}"
        return
    name = f"civicportal_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    admin = create_engine(make_url(server).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit TO off'))  # nobody pulls its plug
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


def keep_in_order(engine: Engine) -> None:
    """Keep PostgreSQL from putting new rows where deleted ones were: what no test has ordered stays as it was made."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                connection.execute(text(f'ALTER TABLE "{table}" SET (autovacuum_enabled = false)'))


def spare_the_disk(engine: Engine) -> None:
    """Let SQLite not wait for the disk at each commit: nobody pulls the plug of a test."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
