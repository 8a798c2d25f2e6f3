"""The portal in this process, with demo content, behind a real socket: for looking at every page quickly."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from flask_migrate import upgrade
from playwright.sync_api import BrowserContext
from pyotp import TOTP
from sqlalchemy import Select, select
from werkzeug.serving import make_server

from civicportal.accounts.authenticator import secret_text
from civicportal.accounts.models import AccountSession, AddressRequest, Person, SecondFactor
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.services import answer_request
from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.signing import second_factor_secret
from civicportal.core.transactions import atomic, current
from civicportal.extensions import limiter
from civicportal.notifications import mailbox
from civicportal.notifications import services as notifications
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import file_draft
from config import from_env
from tests.factories.voting import as_worker
from tests.mailserver import free_port

TEXT = "경복궁역 앞 가로등이 꺼졌습니다. 고쳐 주세요."


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
                                 expires_at=now() + timedelta(hours=1), verified_at=now())
            session.add(row)
            session.flush()
            cookie = self.app.session_interface.get_signing_serializer(self.app).dumps(
                {"_user_id": row.key, "_fresh": True})
        visitor.add_cookies([{"name": "session", "value": cookie, "url": self.url}])

    def code(self, address: str) -> str:
        """What the authenticator app of an official shows now; the app is set up at need, and the code is unused."""
        with self.app.app_context(), atomic() as session:
            person = confirmed_by_address(address)
            session.merge(SecondFactor(person_id=person.id, nonce="app", last_step=0, tries=0, tries_since=now()))
            return TOTP(secret_text(second_factor_secret(person.id, "app"))).at(now())

    def one(self, statement: Select[Any]) -> Any:
        """The first row of a query, as it is now."""
        with self.app.app_context():
            return current().execute(statement.limit(1)).one()[0]

    def matter(
        self, author: str, institution: str, title: str, text: str = TEXT, *, wants_public: bool = False
    ) -> str:
        """File a new petition with an institution, private unless its author wants it public; its number."""
        with self.app.app_context():
            actor = actor_for(confirmed_by_address(author))
            draft = drafts.start(actor, type="petition", locale="ko")
            drafts.save(actor, draft, title=title, text=text,
                        region_code="11110", wants_public=wants_public, institution_code=institution)
            return file_draft(actor, draft, institution).number

    def mail(self, address: str) -> mailbox.Mail:
        """The newest mail to an address, after the worker's part was done here."""
        waiting = select(OutboxMessage.id).where(
            OutboxMessage.channel == "email", OutboxMessage.state == DeliveryState.WAITING)
        with self.app.app_context():
            for request_id in current().scalars(select(AddressRequest.id)).all():
                answer_request(request_id)
            for message_id in current().scalars(waiting).all():
                notifications.deliver(message_id)
        return mailbox.mails(Path(self.app.instance_path) / "mail", address)[0]

    @contextmanager
    def settings(self, **changes: Any) -> Iterator[None]:
        """The portal with other settings for a while, and with limits counted anew."""
        usual = self.app.config["SETTINGS"]
        self.app.config["SETTINGS"] = replace(usual, **changes)
        try:
            yield
        finally:
            self.app.config["SETTINGS"] = usual
            with self.app.app_context():
                limiter.reset()


@contextmanager
def live_portal(folder: Path) -> Iterator[Live]:
    """A portal on a SQLite file in `folder`, with the demo content, served from a thread."""
    port = free_port()
    app = create_app(from_env({
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite'}", "REDIS_URL": "memory://", "INSTANCE_PATH": str(folder),
        "MEDIA_ROOT": str(folder / "media"), "PORTAL_URL": f"http://127.0.0.1:{port}",
        "SECOND_FACTOR": "on",
        "CONTACT_ADDRESS": "help@example.org", "LIMIT_NETWORK": "1000 per minute", "LIMIT_ACCOUNT": "1000 per minute",
    }))
    with app.app_context():
        upgrade()
    with as_worker(app, folder):
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
