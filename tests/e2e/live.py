"""The portal in this process, with demo content, behind a real socket: for looking at every page quickly."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from flask_migrate import upgrade
from playwright.sync_api import BrowserContext
from sqlalchemy import Select, select
from werkzeug.serving import make_server

from civicportal.accounts.models import AccountSession, Person
from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.transactions import atomic, current
from config import from_env
from tests.mailserver import free_port


@dataclass
class Live:
    """`rendered`: names of the templates that pages were made from."""

    app: Flask
    url: str
    rendered: set[str] = field(default_factory=set)

    def sign_in(self, visitor: BrowserContext, address: str) -> None:
        """Give the visitor's browser a sign-in of the person with this address."""
        with self.app.app_context(), atomic() as session:
            person = session.scalars(select(Person).where(Person.address == address, Person.level > 0)).one()
            row = AccountSession(person_id=person.id, browser="Chromium", last_seen_at=now(),
                                 expires_at=now() + timedelta(hours=1))
            session.add(row)
            session.flush()
            cookie = self.app.session_interface.get_signing_serializer(self.app).dumps(
                {"_user_id": row.key, "_fresh": True})
        visitor.add_cookies([{"name": "session", "value": cookie, "url": self.url}])

    def one(self, statement: Select[Any]) -> Any:
        """The first row of a query, as it is now."""
        with self.app.app_context():
            return current().execute(statement.limit(1)).one()[0]


@contextmanager
def live_portal(folder: Path) -> Iterator[Live]:
    """A portal on a SQLite file in `folder`, with the demo content, served from a thread."""
    port = free_port()
    app = create_app(from_env({
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite'}", "REDIS_URL": "memory://", "INSTANCE_PATH": str(folder),
        "MEDIA_ROOT": str(folder / "media"), "PORTAL_URL": f"http://127.0.0.1:{port}",
        "CONTACT_ADDRESS": "help@example.org", "LIMIT_NETWORK": "1000 per minute", "LIMIT_ACCOUNT": "1000 per minute",
    }))
    with app.app_context():
        upgrade()
    loaded = app.test_cli_runner().invoke(args=["demo", "load"])
    assert loaded.exit_code == 0, loaded.output
    portal = Live(app, f"http://127.0.0.1:{port}")
    template_rendered.connect(lambda _app, template, **_: portal.rendered.add(template.name), app, weak=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
