"""Signing in by password or code, carrying work along, and signing out."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, MailToken
from civicportal.accounts.queries import signed_in as sign_in_of
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from tests.accounts.conftest import HASH, PASSWORD
from tests.conftest import TOKEN
from tests.factories.accounts import PersonFactory, signed_in, staff

ADDRESS = "haneul@example.org"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def person(app):
    return PersonFactory(address=ADDRESS, password_hash=HASH)


def sign_in(client, password=PASSWORD, address=ADDRESS, **fields):
    return client.submit("/ko/sign-in", {"address": address, "password": password, **fields})


def ask_for_code(client, mails, **fields):
    answer = client.submit("/ko/sign-in/code", {"address": ADDRESS, **fields}, page="/ko/sign-in")
    return answer, mails()[-1]


def cookie_key(client):
    with client.session_transaction() as session:
        return session.get("_user_id")


def test_the_right_pair_signs_in_in_any_spelling_of_the_address(client, person):
    answer = sign_in(client, address="HANEUL+x@example.org")
    assert (answer.status_code, answer.location) == (303, "/ko/")
    assert client.get("/ko/account").status_code == 200
    assert sign_in_of(cookie_key(client)).actor.person_id == person.id


def test_a_wrong_pair_says_the_same_for_every_cause(client, person):
    PersonFactory(address="coded@example.org", password_hash=None)
    texts = {sign_in(client, *pair).status_code for pair in (
        ("wrong password!", ADDRESS), (PASSWORD, "nobody@example.org"), (PASSWORD, "coded@example.org"))}
    assert texts == {400}
    assert cookie_key(client) is None
    current().rollback()
    failed = current().scalars(select(AuditEvent.subject_id).where(
        AuditEvent.name == "person:sign-in-failed").order_by(AuditEvent.id)).all()
    assert len(failed) == 3
    assert failed[0] == person.id


def test_an_old_hash_is_made_anew(client, person, monkeypatch):
    monkeypatch.setattr("civicportal.accounts.services.sessions.needs_rehash", lambda stored: stored == HASH)
    sign_in(client)
    current().rollback()
    current().refresh(person)
    assert person.password_hash != HASH
    client.submit("/ko/sign-out", page="/ko/account")
    assert sign_in(client).status_code == 303


def test_signing_in_starts_a_fresh_session(client, person):
    client.get("/ko/sign-in")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = session["csrf_token"]
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before
    first = cookie_key(client)
    client.submit("/ko/sign-out", page="/ko/account")
    sign_in(client)
    assert cookie_key(client) != first


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "/ko/\nx",
])
def test_no_way_leads_off_the_portal(client, person, target):
    assert sign_in(client, next=target).location == "/ko/"
    client.submit("/ko/sign-out", page="/ko/account")
    carried = sign_in(client, carry='[["title", "x"]]', carry_to=target)
    assert 'action="/ko/"' in carried.text


def test_the_way_on_is_kept(client, person):
    asked = client.get("/ko/account/sessions?x=1")
    assert asked.status_code == 401
    assert asked.headers["Cache-Control"] == "no-store"
    assert 'name="next" type="hidden" value="/ko/account/sessions?x=1"' in asked.text
    assert sign_in(client, next="/ko/account/sessions?x=1").location == "/ko/account/sessions?x=1"


def lost_post(client):
    """A form sent by somebody whose sign-in has ended."""
    client.get("/ko/sign-in")
    return client.submit("/ko/account/edit", {"name": "남궁 <가온>", "phone": "010", "password": "secret words"},
                         page="/ko/sign-in", headers=SAME_SITE)


def hidden(page, name):
    return unescape(re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page.text).group(1))


def test_what_was_typed_survives_signing_in(client, person):
    asked = lost_post(client)
    assert asked.status_code == 401
    fields = {name: hidden(asked, name) for name in ("carry", "carry_to", "next")}
    assert "secret words" not in fields["carry"]
    page = sign_in(client, "wrong password!", **fields)
    assert hidden(page, "carry") == fields["carry"]
    page = sign_in(client, **fields)
    assert page.status_code == 200
    assert 'action="/ko/account/edit' in page.text
    assert 'name="name" value="남궁 &lt;가온&gt;"' in page.text
    token = TOKEN.search(page.text).group(1)
    saved = client.post("/ko/account/edit", data={
        "csrf_token": token, "name": "남궁 <가온>", "phone": "", "locale": "ko"})
    assert saved.location == "/ko/account"


def test_what_was_typed_survives_a_code(client, person, mails):
    asked = lost_post(client)
    fields = {name: hidden(asked, name) for name in ("carry", "carry_to", "next")}
    entering, mail = ask_for_code(client, mails, **fields)
    assert hidden(entering, "carry") == fields["carry"]
    page = client.submit("/ko/sign-in/code/enter", {"code": mail.code, **fields})
    assert "남궁 &lt;가온&gt;" in page.text


def test_a_code_signs_in_once(client, person, mails, app):
    answer, mail = ask_for_code(client, mails, next="/ko/account")
    assert answer.location == "/ko/sign-in/code/enter?next=/ko/account"
    assert mail.slug == "accounts.sign_in_code"
    spaced = f" {mail.code[:3]} {mail.code[3:]} "
    done = client.submit(answer.location, {"code": spaced, "next": "/ko/account"})
    assert done.location == "/ko/account"
    client.submit("/ko/sign-out", page="/ko/account")
    client.get("/ko/sign-in")
    with client.session_transaction() as session:
        session["code_selector"] = current().scalar(select(MailToken.selector))
    assert client.submit("/ko/sign-in/code/enter", {"code": mail.code}).status_code == 400


def test_a_code_works_in_the_browser_that_asked_only(client, person, mails, app):
    _answer, mail = ask_for_code(client, mails)
    thief = app.test_client()
    assert 'action="/ko/sign-in/code"' in thief.submit("/ko/sign-in/code/enter", {"code": mail.code}).text
    thief.submit("/ko/sign-in/code", {"address": "nobody@example.org"})
    assert thief.submit("/ko/sign-in/code/enter", {"code": mail.code}).status_code == 400
    assert thief.get("/ko/account").status_code == 401


def test_a_code_is_worth_five_tries(client, person, mails):
    _answer, mail = ask_for_code(client, mails)
    wrong = "000000" if mail.code != "000000" else "111111"
    said = {client.submit("/ko/sign-in/code/enter", {"code": wrong}).status_code for _ in range(5)}
    assert said == {400}
    assert client.submit("/ko/sign-in/code/enter", {"code": mail.code}).status_code == 400


def test_a_code_runs_out(client, person, mails):
    _answer, mail = ask_for_code(client, mails)
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        assert client.submit("/ko/sign-in/code/enter", {"code": mail.code}).status_code == 400


def test_staff_get_no_code(client, mails):
    staff(Role.OPERATOR, address=ADDRESS, password_hash=HASH)
    _answer, mail = ask_for_code(client, mails)
    assert mail.slug == "accounts.code_refused"
    assert mail.links[1].startswith("/ko/reset/")


def test_signing_out_ends_the_session_on_the_server(client, person, app):
    sign_in(client)
    key = cookie_key(client)
    assert client.get("/ko/sign-out").status_code == 405
    assert client.submit("/ko/sign-out", page="/ko/account").location == "/ko/"
    assert cookie_key(client) is None
    stolen = app.test_client()
    with stolen.session_transaction() as session:
        session["_user_id"] = key
    assert stolen.get("/ko/account").status_code == 401


def test_being_seen_lengthens_a_sign_in_up_to_its_end(client, person, app):
    settings = app.config["SETTINGS"]
    sign_in(client)
    start, step = now(), timedelta(minutes=settings.session_idle_minutes - 1)
    at = start
    while at + step < start + timedelta(hours=settings.session_max_hours):
        at += step
        with time_machine.travel(at):
            assert client.get("/ko/account").status_code == 200
    with time_machine.travel(start + timedelta(hours=settings.session_max_hours, seconds=1)):
        assert client.get("/ko/account").status_code == 401


def test_an_idle_sign_in_has_ended(client, person, app):
    sign_in(client)
    with time_machine.travel(now() + timedelta(minutes=app.config["SETTINGS"].session_idle_minutes, seconds=1)):
        assert client.get("/ko/account").status_code == 401


def test_being_seen_is_written_once_a_minute(app, person):
    client = signed_in(app, person)
    seen = current().scalar(select(AccountSession.last_seen_at))
    for seconds, written in ((30, False), (61, True)):
        with time_machine.travel(seen + timedelta(seconds=seconds)):
            client.get("/ko/account")
        current().rollback()
        assert (current().scalar(select(AccountSession.last_seen_at)) > seen) is written


def test_the_warning_can_lengthen_a_sign_in(client, person, app):
    sign_in(client)
    idle = app.config["SETTINGS"].session_idle_minutes
    with time_machine.travel(now() + timedelta(minutes=idle - 1)):
        page = client.get("/ko/account").text
        token = TOKEN.search(page).group(1)
        answer = client.post("/ko/session/extend", headers={"X-CSRFToken": token})
        assert answer.json["seconds"] in range(idle * 60 - 5, idle * 60 + 1)


def test_a_lost_token_keeps_the_fields_of_a_form(client):
    answer = client.post("/ko/register", data={"name": "가온", "address": ADDRESS}, headers=SAME_SITE)
    assert answer.status_code == 400
    assert 'name="name" value="가온"' in answer.text
    token = TOKEN.search(answer.text).group(1)
    again = client.post("/ko/register", data={"name": "가온", "address": ADDRESS, "csrf_token": token})
    assert again.location == "/ko/register/sent"


def test_a_form_of_another_site_brings_nothing(client):
    answer = client.post("/ko/register", data={"name": "가온", "address": ADDRESS},
                         headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "가온" not in answer.text
