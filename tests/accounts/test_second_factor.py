"""The second factor of people with a role: set up, shown, lost, reset."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from pyotp import TOTP
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, RecoveryCode, SecondFactor
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from tests.accounts.conftest import HASH, PASSWORD
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory

ADDRESS = "officer@example.org"
SECRET = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")
RECOVERY = re.compile(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b")
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/ko/second-factor"


@pytest.fixture
def officer(app):
    return staff(Role.OFFICER, InstitutionFactory(code="here"), address=ADDRESS, password_hash=HASH)


def enter_password(client, **fields):
    return client.submit("/ko/sign-in", {"address": ADDRESS, "password": PASSWORD, **fields})


def set_up(client):
    """Set the second factor up after the password; the secret and the recovery codes."""
    enter_password(client)
    secret = SECRET.search(client.get(PAGE).text).group().replace(" ", "")
    done = client.submit("/ko/second-factor/set-up", {"code": TOTP(secret).at(now())}, page=PAGE)
    return secret, RECOVERY.findall(done.text)


def hidden(page, name):
    return unescape(re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page.text).group(1))


def later(**span):
    return time_machine.travel(now() + timedelta(**span), tick=False)


def test_nothing_opens_after_the_password_until_one_is_set_up(client, officer):
    assert enter_password(client).location == PAGE
    for path in ("/ko/desk", "/ko/desk/here", "/ko/account", "/ko/account/sessions", "/ko/my-matters", "/ko/notices"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert SECRET.search(answer.text), path
    assert client.submit("/ko/account/sessions/end-others", page=PAGE).status_code == 401
    assert "/ko/account" not in client.get("/ko/").text.partition("<main")[0]


def test_setting_up_opens_the_desk_and_shows_ten_codes_once(client, officer, mails):
    _secret, codes = set_up(client)
    assert len(set(codes)) == 10
    assert client.get("/ko/desk").location == "/ko/desk/here"
    assert not RECOVERY.search(client.get("/ko/account/second-factor").text)
    assert mails()[-1].slug == "accounts.second_factor_set"


def test_nothing_of_the_secret_or_the_codes_is_stored(client, officer):
    secret, codes = set_up(client)
    current().rollback()
    stored = [str(row) for table in (SecondFactor, RecoveryCode, AccountSession)
              for row in current().execute(select(table.__table__)).all()]
    assert stored
    for text in [secret, *codes, *(code.replace("-", "") for code in codes)]:
        assert not any(text in row for row in stored)


def test_the_code_of_another_secret_sets_nothing_up(client, officer):
    enter_password(client)
    answer = client.submit("/ko/second-factor/set-up", {"code": TOTP("A" * 32).at(now())}, page=PAGE)
    assert answer.status_code == 400
    assert client.get("/ko/desk").status_code == 401


def test_every_later_sign_in_asks_for_the_code(app, client, officer):
    secret, _codes = set_up(client)
    other = app.test_client()
    assert enter_password(other, next="/ko/desk/here").location == f"{PAGE}?next=/ko/desk/here"
    assert not SECRET.search(other.get(PAGE).text)
    assert other.get("/ko/desk/here").status_code == 401
    with later(seconds=60):
        done = other.submit(PAGE, {"code": TOTP(secret).at(now()), "next": "/ko/desk/here"})
        assert other.get("/ko/desk/here").status_code == 200  # a cookie of a later time is none before it
    assert done.location == "/ko/desk/here"


def test_a_half_signed_in_browser_cannot_set_up_another_one(app, client, officer):
    set_up(client)
    other = app.test_client()
    enter_password(other)
    answer = other.get("/ko/second-factor/set-up")
    assert answer.status_code == 401
    assert not SECRET.search(answer.text)


def test_a_code_is_good_for_once(app, client, officer):
    secret, _codes = set_up(client)
    with later(seconds=60):
        code = TOTP(secret).at(now())
        first, second = app.test_client(), app.test_client()
        for browser in (first, second):
            enter_password(browser)
        assert first.submit(PAGE, {"code": code}).status_code == 303
        assert second.submit(PAGE, {"code": code}).status_code == 400
        assert second.get("/ko/desk").status_code == 401


def test_a_code_of_another_time_is_refused(app, client, officer):
    secret, _codes = set_up(client)
    other = app.test_client()
    enter_password(other)
    with later(minutes=10):
        for minutes in (-5, 5):
            code = TOTP(secret).at(now() + timedelta(minutes=minutes))
            assert other.submit(PAGE, {"code": code}).status_code == 400


def test_wrong_codes_are_counted_whatever_the_network(app, client, officer):
    secret, codes = set_up(client)
    other = app.test_client()
    enter_password(other)
    with later(seconds=60):
        said = [other.submit(PAGE, {"code": "000000"}, environ_overrides={"REMOTE_ADDR": f"10.{n}.0.1"}).status_code
                for n in range(6)]
        assert said == [400] * 5 + [429]
        assert other.submit(PAGE, {"code": TOTP(secret).at(now())}).status_code == 429
        assert other.submit(PAGE, {"code": codes[0]}).status_code == 429
    with later(minutes=17):
        assert other.submit(PAGE, {"code": TOTP(secret).at(now())}).status_code == 303
    current().rollback()
    failed = select(AuditEvent).where(AuditEvent.name == "person:second-factor-failed")
    assert len(current().scalars(failed).all()) == 5


def test_a_recovery_code_lets_in_once_and_is_told(app, client, officer, mails):
    _secret, codes = set_up(client)
    other, third = app.test_client(), app.test_client()
    enter_password(other)
    assert other.submit(PAGE, {"code": codes[3].lower().replace("-", " ")}).status_code == 303
    assert other.get("/ko/desk").status_code == 303
    assert mails()[-1].slug == "accounts.recovery_code_used"
    assert "9" in other.get("/ko/account/second-factor").text
    enter_password(third)
    assert third.submit(PAGE, {"code": codes[3]}).status_code == 400


def test_new_recovery_codes_replace_the_former(app, client, officer):
    _secret, codes = set_up(client)
    page = client.submit("/ko/account/second-factor/recovery-codes", page="/ko/account/second-factor")
    fresh = RECOVERY.findall(page.text)
    assert len(fresh) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert not set(fresh) & set(codes)
    other = app.test_client()
    enter_password(other)
    assert other.submit(PAGE, {"code": codes[0]}).status_code == 400
    assert other.submit(PAGE, {"code": fresh[0]}).status_code == 303


def test_what_was_typed_survives_setting_up_and_showing(app, client, officer):
    page = enter_password(client, carry='[["name", "남궁 <가온>"]]', carry_to="/ko/account/edit")
    assert SECRET.search(page.text)
    secret = SECRET.search(page.text).group().replace(" ", "")
    fields = {name: hidden(page, name) for name in ("carry", "carry_to", "next")}
    done = client.submit("/ko/second-factor/set-up", {"code": TOTP(secret).at(now()), **fields}, page=PAGE)
    assert 'action="/ko/account/edit"' in done.text
    assert "남궁 &lt;가온&gt;" in done.text
    other = app.test_client()
    page = enter_password(other, carry='[["name", "남궁 <가온>"]]', carry_to="/ko/account/edit")
    with later(seconds=60):
        done = other.submit(PAGE, {"code": TOTP(secret).at(now()), **fields})
    assert "남궁 &lt;가온&gt;" in done.text


def test_somebody_who_is_given_a_role_is_asked_at_once(app):
    person = PersonFactory()
    browser = signed_in(app, person, verified=False)
    assert browser.get("/ko/account").status_code == 200
    GrantFactory(person_id=person.id, role=Role.OPERATOR, scope_kind="portal", scope_id=None)
    assert SECRET.search(browser.get("/ko/account").text)


def test_citizens_have_none(app):
    browser = signed_in(app, PersonFactory(), verified=False)
    assert browser.get(PAGE).status_code == 404
    assert browser.get("/ko/second-factor/set-up").status_code == 404
    assert browser.get("/ko/account/second-factor").status_code == 404
    assert app.test_client().get(PAGE).location.startswith("/ko/sign-in")


def test_signing_out_halfway_ends_the_sign_in(client, officer):
    enter_password(client)
    client.submit("/ko/sign-out", page=PAGE)
    current().rollback()
    assert current().scalars(select(AccountSession.revoked_at)).one() is not None
    assert "password" in client.get("/ko/desk").text


def reset_address(person):
    return f"/ko/operator/people/{person.id}/second-factor"


def test_an_operator_takes_a_lost_one_off(app, client, officer, mails):
    set_up(client)
    operator = signed_in(app, staff(Role.OPERATOR))
    assert operator.submit(reset_address(officer)).status_code == 303
    assert mails()[-1].slug == "accounts.second_factor_reset"
    assert mails()[-1].address == ADDRESS
    assert client.get("/ko/desk").status_code == 401
    current().rollback()
    assert current().scalars(select(RecoveryCode)).all() == []
    assert current().scalars(select(AuditEvent).where(AuditEvent.name == "person:second-factor-reset")).one()
    enter_password(client)
    assert SECRET.search(client.get(PAGE).text)


def test_nobody_else_takes_one_off(app, client, officer):
    set_up(client)
    manager = signed_in(app, staff(Role.MANAGER, InstitutionFactory(code="there")))
    assert manager.get(reset_address(officer)).status_code == 403
    operator = staff(Role.OPERATOR)
    assert signed_in(app, operator).get(reset_address(PersonFactory())).status_code == 404
    current().rollback()
    assert current().get(SecondFactor, officer.id) is not None


def test_grave_acts_ask_again_and_keep_what_was_typed(app, client, officer):
    secret, _codes = set_up(client)
    with later(seconds=40):
        operator = staff(Role.OPERATOR, address="operator@example.org", password_hash=HASH)
        browser = signed_in(app, operator)
        address = "/ko/operator/institutions/here/people"
        with later(minutes=9):
            assert browser.get(address).status_code == 200
        with later(minutes=11):
            asked = browser.submit(address, {"address": "new@example.org", "role": "officer"}, page="/ko/",
                                   headers=SAME_SITE)
            assert asked.status_code == 401
            assert "new@example.org" in hidden(asked, "carry")
            assert hidden(asked, "carry_to") == f"{address}?"
            assert browser.get(reset_address(officer)).status_code == 401
            assert browser.get("/ko/account").status_code == 200
    assert secret


def test_the_form_comes_back_after_stepping_up(client, officer):
    secret, _codes = set_up(client)
    with later(minutes=11):
        page = "/ko/account/second-factor"
        asked = client.submit(f"{page}/recovery-codes", {"note": "kept"}, page=page, headers=SAME_SITE)
        assert asked.status_code == 401
        fields = {name: hidden(asked, name) for name in ("carry", "carry_to", "next")}
        back = client.submit(PAGE, {"code": TOTP(secret).at(now()), **fields})
        assert 'name="note" value="kept"' in back.text
        assert RECOVERY.findall(client.submit(f"{page}/recovery-codes", page=page).text)


def test_a_command_takes_one_off_when_no_operator_can(app, client, officer):
    set_up(client)
    run = app.test_cli_runner().invoke(args=["accounts", "reset-second-factor", ADDRESS])
    assert run.exit_code == 0, run.output
    current().rollback()
    assert current().get(SecondFactor, officer.id) is None
    assert app.test_cli_runner().invoke(args=["accounts", "reset-second-factor", "no@example.org"]).exit_code == 1
