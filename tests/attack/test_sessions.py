"""Session fixation: a token that somebody else knew before opens nothing after."""

import base64
import zlib

import pytest
from pyotp import TOTP

from civicportal.accounts.models import AccountSession
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import second_factor
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from tests.accounts.conftest import HASH, PASSWORD
from tests.accounts.test_second_factor import PAGE, SECRET, later, set_up
from tests.architecture.doors.looking import csrf_token
from tests.conftest import Browser
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory

ADDRESS = "officer@example.org"


@pytest.fixture
def officer(app):
    return staff(Role.OFFICER, InstitutionFactory(code="here"), address=ADDRESS, password_hash=HASH)


def held(browser: Browser) -> str:
    """What the cookie of a browser holds now, as somebody would steal or plant it."""
    cookie = browser.get_cookie("session")
    return cookie.value if cookie else ""


def with_cookie(app, value: str) -> Browser:
    browser = app.test_client()
    browser.set_cookie("session", value)
    return browser


def enter_password(browser: Browser, address: str = ADDRESS):
    return browser.submit("/ko/sign-in", {"address": address, "password": PASSWORD})


def test_a_planted_session_is_not_signed_in_with(app):
    PersonFactory(address="citizen@example.org", password_hash=HASH)
    planted = app.test_client()
    planted.get("/ko/sign-in")
    victim = with_cookie(app, held(planted))
    assert enter_password(victim, "citizen@example.org").status_code == 303
    assert victim.get("/ko/account").status_code == 200
    assert planted.get("/ko/account").status_code == 401


def test_showing_the_second_factor_gives_another_token(app, client, officer):
    secret, _codes = set_up(client)
    browser = app.test_client()
    enter_password(browser)
    halfway = held(browser)
    with browser.session_transaction() as session:
        key, token = session["_user_id"], session.get("csrf_token")
    with later(seconds=60):
        assert browser.submit(PAGE, {"code": TOTP(secret).at(now())}).status_code == 303
        assert browser.get("/ko/desk/here").status_code == 200
        assert with_cookie(app, halfway).get("/ko/desk/here").status_code == 401
        assert with_cookie(app, halfway).get("/ko/account").status_code == 401
        with browser.session_transaction() as session:
            assert session["_user_id"] != key
            assert session.get("csrf_token") != token


def test_setting_the_second_factor_up_gives_another_token(app, client, officer):
    enter_password(client)
    halfway = held(client)
    secret = SECRET.search(client.get(PAGE).text).group().replace(" ", "")
    done = client.submit("/ko/second-factor/set-up", {"code": TOTP(secret).at(now())}, page=PAGE)
    assert done.status_code == 200
    assert client.get("/ko/desk/here").status_code == 200
    assert with_cookie(app, halfway).get("/ko/desk/here").status_code == 401


def test_showing_it_again_gives_another_token(app, client, officer):
    secret, _codes = set_up(client)
    former = held(client)
    with later(seconds=60):
        client.submit(PAGE, {"code": TOTP(secret).at(now())})
        assert client.get("/ko/desk/here").status_code == 200
        assert with_cookie(app, former).get("/ko/desk/here").status_code == 401


@pytest.mark.parametrize("other", [False, True], ids=["the same person", "somebody else"])
def test_signing_in_over_a_sign_in_ends_the_former(app, client, other):
    PersonFactory(address="one@example.org", password_hash=HASH)
    PersonFactory(address="two@example.org", password_hash=HASH)
    enter_password(client, "one@example.org")
    former = held(client)
    token = {"csrf_token": csrf_token(client)}
    address = "two@example.org" if other else "one@example.org"
    assert client.post("/ko/sign-in", data={**token, "address": address, "password": PASSWORD}).status_code == 303
    assert client.get("/ko/account").status_code == 200
    assert with_cookie(app, former).get("/ko/account").status_code == 401


def test_a_factor_that_is_taken_off_ends_the_other_sign_ins(app, client, officer):
    set_up(client)
    here, there = (current().get_one(AccountSession, _session_id(browser)) for browser in (
        signed_in(app, officer), signed_in(app, officer)))
    second_factor.make_recovery_codes(actor_for(officer), officer, session_id=here.id)
    current().rollback()
    assert here.revoked_at is None
    assert there.revoked_at is not None


def _session_id(browser: Browser) -> int:
    with browser.session_transaction() as session:
        return current().query(AccountSession.id).filter_by(key=session["_user_id"]).scalar()


@pytest.mark.parametrize("path", ["/ko/sign-in/code", "/ko/reset", "/ko/register"])
def test_a_cookie_shows_no_address_that_was_typed(client, path):
    """ASVS 14.3.3: a cookie is signed, and everybody at that browser can read it."""
    answer = client.submit(path, {"address": "citizen@example.org", "name": "Somebody"})
    assert answer.status_code == 303
    assert "citizen@example.org" in client.get(answer.location).text
    assert "citizen" not in readable(held(client))


def readable(cookie: str) -> str:
    body = cookie.rpartition(".")[0].rpartition(".")[0]
    raw = base64.urlsafe_b64decode(body.removeprefix(".") + "=" * (-len(body.removeprefix(".")) % 4))
    return (zlib.decompress(raw) if body.startswith(".") else raw).decode()


def test_signing_out_has_the_browser_forget_the_pages(app, client):
    """ASVS 14.3.1."""
    client = signed_in(app, PersonFactory())
    assert "Clear-Site-Data" not in client.get("/ko/account").headers
    assert client.submit("/ko/sign-out", page="/ko/account").headers["Clear-Site-Data"] == '"cache", "storage"'
