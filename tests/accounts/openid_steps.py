"""What tests of OpenID Connect do: press the button, sign in at the provider, come back."""

import re
import urllib.error
import urllib.request
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from pyotp import TOTP
from sqlalchemy import select

from civicportal.accounts.authenticator import secret_text
from civicportal.accounts.models import OpenIDLink, SecondFactor
from civicportal.accounts.services.openid import _digest
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.signing import second_factor_secret
from civicportal.core.transactions import atomic, current
from tests.accounts.conftest import HASH
from tests.factories.accounts import staff
from tests.factories.base import PortalFactory
from tests.factories.institutions import InstitutionFactory

ADDRESS = "officer@example.org"
MINE = "/ko/account/second-factor"


class LinkFactory(PortalFactory):
    class Meta:
        model = OpenIDLink


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *args):
        return None


def an_officer():
    """Somebody with a password and an authenticator app."""
    person = staff(Role.OFFICER, InstitutionFactory(code="here"), address=ADDRESS, password_hash=HASH)
    with atomic() as session:
        session.add(SecondFactor(person_id=person.id, nonce="x", tries_since=now()))
    return person


def code_of(person):
    """What the app shows now."""
    return TOTP(secret_text(second_factor_secret(person.id, "x"))).at(now())


def link_of(person, provider, subject="official-1"):
    return LinkFactory(person_id=person.id, issuer=provider.url, subject=_digest(provider.url, subject))


def begin(browser, path="/ko/sign-in/openid", page="/ko/sign-in", **fields):
    """Press the button; the address at the provider that the page leads to."""
    shown = browser.submit(path, fields, page=page)
    assert shown.status_code == 200, shown.text
    link = unescape(re.search(r'<a class="govuk-button" href="([^"]+)"', shown.text).group(1))
    assert shown.headers["Refresh"] == f"0; url={link}"
    assert shown.headers["Cache-Control"] == "no-store"
    return link


def at_provider(url):
    """Sign in there; the address to come back to, as a path."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(url)
    caught.value.close()
    back = urlsplit(caught.value.headers["Location"])
    assert (back.scheme, back.netloc, back.path) == ("http", "localhost", "/openid/answer")
    return f"{back.path}?{back.query}"


def come_in(browser, **fields):
    """All of it."""
    return browser.get(at_provider(begin(browser, **fields)))


def is_in(browser):
    return browser.get("/ko/desk/here").status_code == 200


def with_query(path, **changes):
    """The address with other parameters; None takes one out."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} | changes
    return f"/openid/answer?{urlencode({name: value for name, value in query.items() if value is not None})}"


def acts():
    """Names of the audit record."""
    current().rollback()
    return list(current().scalars(select(AuditEvent.name).order_by(AuditEvent.id)))
