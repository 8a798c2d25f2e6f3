"""How Alembic reaches the portal's database and tables."""

from alembic import context
from sqlalchemy import Connection

from civicportal.extensions import Base, db


def run() -> None:
    """Run the migrations on a connection of the portal's own engine, one transaction each.

    SQLite changes a table by making it anew and dropping the old one, which would delete what refers to its rows. So
    foreign keys are off meanwhile, which it takes outside transactions alone, and are looked at afterwards.
    """
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _pragma(connection, "foreign_keys=OFF")
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True,
            compare_type=True, render_as_batch=sqlite,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if sqlite:
                connection.rollback()
                _pragma(connection, "foreign_keys=ON")
        if sqlite and (broken := _pragma(connection, "foreign_key_check")):
            raise SystemExit(f"rows refer to rows that are not there: {broken[:10]}")


def _pragma(connection: Connection, words: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = connection.connection.driver_connection.execute(f"PRAGMA {words}").fetchall()
    return rows


if context.is_offline_mode():
    raise SystemExit("migrations need a connection; offline scripts are not supported")
run()
