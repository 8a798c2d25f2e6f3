"""Connections to PostgreSQL that the server has ended, or that nobody has used for a while."""

import pytest
from sqlalchemy import func, select, text

from civicportal.core import dialect
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db


@pytest.fixture(autouse=True)
def _on_postgresql(app):
    if dialect.is_sqlite(current()):
        pytest.skip("a file has no connection to lose")


@pytest.fixture
def pings(monkeypatch):
    """How often a connection was tried before its use, from an empty pool on."""
    tried = []
    db.session.remove()
    db.engine.dispose()
    ping = db.engine.dialect.do_ping
    monkeypatch.setattr(db.engine.dialect, "do_ping", lambda connection: tried.append(1) or ping(connection))
    return tried


def own_backend() -> int:
    return current().scalar(text("SELECT pg_backend_pid()"))


def test_a_connection_that_the_server_ended_is_replaced(pings):
    with db.engine.connect() as other:
        backend = own_backend()
        db.session.remove()
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
    with atomic():
        assert own_backend() != backend
    assert pings == [1]


def test_a_connection_in_steady_use_costs_no_trip_and_a_rested_one_does(pings, monkeypatch):
    for _again in range(2):
        own_backend()
        current().rollback()
    assert pings == []
    monkeypatch.setattr(dialect, "_RESTED_SECONDS", 0)
    own_backend()
    assert pings == [1]


def test_who_writes_goes_on_in_the_transaction_that_read(app):
    began = current().scalar(select(func.now()))
    with atomic() as session:
        assert session.scalar(select(func.now())) == began
    assert current().scalar(select(func.now())) > began


def test_each_statement_sees_what_others_have_committed(app):
    current().execute(select(1))
    assert current().connection().get_isolation_level() == "READ COMMITTED"
