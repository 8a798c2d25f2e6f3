"""What tests of accounts share: the mailbox, and passwords that are hashed once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select

from civicportal.accounts import services
from civicportal.accounts.models import AddressRequest
from civicportal.accounts.passwords import hash_password
from civicportal.core.transactions import current
from civicportal.notifications import rendering
from civicportal.notifications.models import OutboxMessage
from tests.accounts.openid_server import CLIENT, SECRET, OpenIDServer, running

PASSWORD = "three green bicycles"
HASH = hash_password(PASSWORD)
LINK = re.compile(r"http://localhost(/\S+)")
CODE = re.compile(r"^\d{6}$", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """A mail as it lies in the mailbox of `address`."""

    slug: str
    address: str
    subject: str
    text: str

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.text)

    @property
    def code(self) -> str:
        return CODE.findall(self.text)[0]


@pytest.fixture
def mails(app: Flask) -> Callable[[], list[Mail]]:
    """All mails so far, after a worker has answered what was asked for."""

    def read() -> list[Mail]:
        current().rollback()
        for request_id in current().scalars(select(AddressRequest.id).order_by(AddressRequest.id)).all():
            services.answer_request(request_id)
        current().rollback()
        rows = current().scalars(
            select(OutboxMessage).where(OutboxMessage.channel == "email").order_by(OutboxMessage.id)).all()
        return [_mail(row) for row in rows if row.address]

    return read


def _mail(row: OutboxMessage) -> Mail:
    letter = rendering.letter(row.slug, row.locale, row.context, row.token)
    assert letter.html.startswith("<!DOCTYPE html>")
    return Mail(row.slug, row.address or "", letter.subject, letter.text)


@pytest.fixture
def provider() -> Iterator[OpenIDServer]:
    """An OpenID provider that runs."""
    with running(OpenIDServer()) as found:
        yield found


@pytest.fixture
def portal(app: Flask, provider: OpenIDServer) -> Iterator[Flask]:
    """The portal with that provider, taking `mfa` of its sign-ins for a second factor."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before, oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_title_ko="통합로그인",
        oidc_title_en="City ID", oidc_second_factor_acr=("urn:two",), oidc_second_factor_amr=("mfa",), oidc_seconds=1)
    yield app
    app.config["SETTINGS"] = before
