"""What was there before publication had checks, refusals and versions is carried over, and nothing is lost."""

import os
from datetime import UTC, datetime

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from civicportal.app import create_app
from civicportal.extensions import db
from config import from_env
from tests.databases import fresh_database

AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
PETITION = text(
    "INSERT INTO petitions (id, number, type, title, text, language, locale, state, publication, refusal_reason, "
    "suggestions, filed_at, received_at, published_at) VALUES (:id, :number, 'petition', 'Title', 'Text', 'en', 'en', "
    "'received', :publication, :reason, '[]', :at, :at, :at)")


@pytest.fixture
def before(tmp_path):
    """A database of the version before."""
    with fresh_database(os.environ.get("DATABASE_URL"), tmp_path) as url:
        app = create_app(from_env({"DATABASE_URL": url, "REDIS_URL": "memory://", "INSTANCE_PATH": str(tmp_path)}))
        with app.app_context():
            upgrade(revision="0006")
            yield app
            db.session.remove()
            db.engine.dispose()


def run(statement, **values):
    with db.engine.begin() as connection:
        result = connection.execute(text(statement) if isinstance(statement, str) else statement, values)
        return [tuple(row) for row in result] if result.returns_rows else []


def test_rows_are_carried_over_and_come_back(before):
    for number, (publication, reason) in enumerate(
            (("private", None), ("pending", None), ("published", None), ("refused", "court")), 1):
        run(PETITION, id=number, number=f"n{number}", publication=publication, reason=reason, at=AT)
    run("INSERT INTO drafts (key, type, locale, title, text, name, address, phone, created_at, updated_at, "
        "petition_id) VALUES ('k', 'petition', 'en', '', '', '', '', '', :at, :at, 3)", at=AT)
    run("INSERT INTO record_entries (petition_id, act, at, statement) VALUES (3, 'filed', :at, '{}')", at=AT)
    upgrade(revision="0007")
    assert run("SELECT petition_id FROM publication_checks") == [(2,)]
    assert run("SELECT petition_id, reason, list_version FROM refusals") == [(4, "court", 1)]
    assert run("SELECT petition_id, subject, number, title, text, role FROM revisions") == [
        (3, "text", 1, "Title", "Text", "author")]
    assert run("SELECT petition_id FROM drafts") == [(3,)]
    assert run("SELECT petition_id FROM record_entries") == [(3,)]
    run("UPDATE petitions SET publication = 'removed' WHERE id = 3")
    downgrade(revision="0006")
    assert run("SELECT id, publication, refusal_reason FROM petitions ORDER BY id") == [
        (1, "private", None), (2, "pending", None), (3, "private", None), (4, "refused", "court")]
    assert run("SELECT petition_id FROM drafts") == [(3,)]
