"""How Alembic reaches the portal's database and tables."""

from alembic import context

from civicportal.extensions import Base, db


def run() -> None:
    """Run the migrations on a connection of the portal's own engine, one transaction each."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True,
            compare_type=True, render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need a connection; offline scripts are not supported")
run()
