"""Health: what ails is named, nothing else is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from civicportal.core import clock, leases
from civicportal.core.clock import now
from civicportal.core.tasks import init_tasks
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.notifications.models import OutboxMessage
from civicportal.recovery.queries import LAST
from tests.factories.notifications import sent


@pytest.fixture
def beating(app):
    leases.acquire("beat", "test", 15)


def ready(client):
    response = client.get("/health/ready")
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, {name for name, well in response.json["checks"].items() if not well}


def test_all_is_well(client, beating):
    assert ready(client) == (200, set())


def test_a_portal_without_a_beat_is_not_ready(client):
    assert ready(client) == (503, {"beat"})


def test_a_beat_may_be_silent_for_a_minute(client, beating):
    with atomic():
        lease = current().get(leases.Lease, "beat")
        lease.renewed_at = now() - timedelta(seconds=50)
    assert ready(client)[0] == 200
    with atomic():
        current().get(leases.Lease, "beat").renewed_at = now() - timedelta(seconds=61)
    assert ready(client) == (503, {"beat"})


def test_an_old_queue_is_named(client, beating):
    row = sent(slug="accounts.sign_in_code")
    assert ready(client)[0] == 200
    with atomic():
        current().get(OutboxMessage, row.id).next_try_at = now() - timedelta(seconds=301)
    assert ready(client) == (503, {"queue"})


def test_a_backup_that_is_too_old_is_named_where_backups_are_watched(app, client, beating):
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(usual, backup_max_hours=26)
    try:
        assert ready(client) == (503, {"backup"})
        leases.acquire(LAST, "a folder", 0)
        assert ready(client)[0] == 200
        with clock.at(now() + timedelta(hours=27)):
            assert "backup" in ready(client)[1]
    finally:
        app.config["SETTINGS"] = usual


def test_a_broker_that_is_away_is_named(app, client, beating):
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, redis_url="unix:///nowhere/broker.sock")
    init_tasks(app)
    try:
        assert ready(client) == (503, {"broker"})
    finally:
        app.config["SETTINGS"] = before
        init_tasks(app)


def test_a_database_that_is_away_is_named_without_its_error(app, client, beating):
    def fail(*_args):
        raise db.engine.dialect.dbapi.OperationalError("secret host")

    event.listen(db.engine, "before_cursor_execute", fail)
    try:
        response = client.get("/health/ready")
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)
    assert response.status_code == 503
    assert response.json["checks"]["database"] is False
    assert "secret" not in response.get_data(as_text=True)


def test_living_touches_nothing(app, client):
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    response = client.get("/health/live")
    assert (response.status_code, response.json["status"], statements) == (200, "ok", [])
    assert "Set-Cookie" not in response.headers
