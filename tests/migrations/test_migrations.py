"""Migrations make the tables that the models describe, in one line, and each can be undone."""

import os

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from civicportal.app import create_app
from civicportal.extensions import Base, db
from config import ROOT, from_env
from tests.databases import fresh_database


@pytest.fixture
def empty(tmp_path):
    with fresh_database(os.environ.get("DATABASE_URL"), tmp_path) as url:
        app = create_app(from_env({"DATABASE_URL": url, "REDIS_URL": "memory://", "INSTANCE_PATH": str(tmp_path)}))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def test_migrated_schema_equals_the_models(empty):
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_step_can_be_undone(empty):
    upgrade()
    downgrade(revision="base")
    with db.engine.connect() as connection:
        left = set(db.inspect(connection).get_table_names())
    assert left == {"alembic_version"}


def test_migrations_are_linear_numbered_and_say_why():
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    line = list(scripts.walk_revisions())
    assert len(scripts.get_heads()) == 1
    assert all(not isinstance(step.down_revision, tuple) for step in line)
    assert [step.revision for step in reversed(line)] == [f"{place:04d}" for place in range(1, len(line) + 1)]
    assert all(len((step.longdoc or "").split()) >= 10 for step in line)
