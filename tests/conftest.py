"""Fixtures: one real database per test process, emptied between tests; nothing of ours is replaced by a fake."""

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from shutil import rmtree
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import delete
from werkzeug.test import TestResponse

from civicportal.app import create_app
from civicportal.core.tasks import init_tasks
from civicportal.extensions import Base, db, limiter
from config import Settings, from_env
from tests.databases import fresh_database, keep_in_order, spare_the_disk

hypothesis.settings.register_profile("portal", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("portal")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser(FlaskClient):
    """A test client whose requests never share the test's own application context."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def submit(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """POST a form as a browser would, with the token of the page that shows it (`page`, default `path`)."""
        shown = self.get(page or path).get_data(as_text=True)
        found = TOKEN.search(shown.partition("<main")[2]) or TOKEN.search(shown)
        token = {"csrf_token": unescape(found.group(1))} if found else {}
        return self.post(path, data={**token, **(data or {})}, **kwargs)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings on a database of this process's own; DATABASE_URL chooses the server."""
    folder = tmp_path_factory.mktemp("portal")
    with fresh_database(os.environ.get("DATABASE_URL"), folder) as url:
        yield from_env({
            "DATABASE_URL": url, "REDIS_URL": "memory://", "INSTANCE_PATH": str(folder),
            "MEDIA_ROOT": str(folder / "media"), "PORTAL_URL": "http://localhost",
            "SECOND_FACTOR": "on",
        }, process="web")


@pytest.fixture(scope="session")
def flask_app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.test_client_class = Browser
    with app.app_context():
        spare_the_disk(db.engine)
        upgrade()
        keep_in_order(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(flask_app: Flask) -> Iterator[Flask]:
    """The application with an open context, an empty database and no mail in its folder."""
    limiter.reset()
    init_tasks(flask_app)  # a test before may have made a portal of its own
    with flask_app.app_context():
        yield flask_app
        db.session.remove()
        empty_database()
    rmtree(Path(flask_app.config["SETTINGS"].instance_path, "mail"), ignore_errors=True)


def empty_database() -> None:
    """Delete every row, children first."""
    with db.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


@pytest.fixture
def client(app: Flask) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def media(app: Flask) -> Path:
    return Path(app.config["SETTINGS"].media_root)
