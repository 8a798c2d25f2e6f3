"""How Alembic reaches the portal's database and tables."""

from alembic import context
from flask import current_app

from civicportal.extensions import Base, db


def run() -> None:
    """Run the migrations on a connection of the portal's own engine, one transaction each."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, compare_type=True, render_as_batch=True,
            transaction_per_migration=True, **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need a connection; offline scripts are not supported")
run()
