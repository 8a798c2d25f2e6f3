"""Signing in through an OpenID provider: a real one on this machine, doing right and wrong."""

import re
import time
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from pyotp import TOTP
from sqlalchemy import select

from civicportal.accounts.authenticator import secret_text
from civicportal.accounts.models import AccountSession, OpenIDLink, OpenIDRequest, SecondFactor
from civicportal.accounts.queries import actor_for, get_person, grants_of
from civicportal.accounts.services import delete_account, end_access, end_grant, purge
from civicportal.accounts.services.openid import _digest
from civicportal.accounts.services.second_factor import reset_second_factor
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.signing import second_factor_secret
from civicportal.core.transactions import atomic, current
from tests.accounts.conftest import HASH, PASSWORD
from tests.accounts.openid_server import (
    CLIENT,
    SECRET,
    OpenIDServer,
    carrying_its_own_key,
    running,
    signed_by_another,
    signed_with_the_public_key,
    unsigned,
)
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.base import PortalFactory
from tests.factories.institutions import InstitutionFactory

ADDRESS = "officer@example.org"
MINE = "/ko/account/second-factor"
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def provider():
    with running(OpenIDServer()) as found:
        yield found


@pytest.fixture
def portal(app, provider):
    """The portal with the provider, taking `mfa` of its sign-ins for a second factor."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before, oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_title_ko="통합로그인",
        oidc_title_en="City ID", oidc_second_factor_acr=("urn:two",), oidc_second_factor_amr=("mfa",), oidc_seconds=1)
    yield app
    app.config["SETTINGS"] = before


@pytest.fixture
def officer(portal):
    person = staff(Role.OFFICER, InstitutionFactory(code="here"), address=ADDRESS, password_hash=HASH)
    with atomic() as session:
        session.add(SecondFactor(person_id=person.id, nonce="x", tries_since=now()))
    return person


class LinkFactory(PortalFactory):
    class Meta:
        model = OpenIDLink


def link_of(person, provider, subject="official-1"):
    return LinkFactory(person_id=person.id, issuer=provider.url, subject=_digest(provider.url, subject))


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


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
    return browser.get(at_provider(begin(browser, **fields)))


def is_in(browser):
    return browser.get("/ko/desk/here").status_code == 200


def with_query(path, **changes):
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} | changes
    kept = {name: value for name, value in query.items() if value is not None}
    return f"/openid/answer?{urllib.parse.urlencode(kept)}"


def acts():
    current().rollback()
    return list(current().scalars(select(AuditEvent.name).order_by(AuditEvent.id)))


def test_the_sign_in_page_offers_it_in_both_languages_where_it_is_set(app, client, portal):
    assert "통합로그인(으)로 로그인" in client.get("/ko/sign-in").text
    assert "Sign in with City ID" in client.get("/en/sign-in").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc_issuer="")
    assert "City ID" not in client.get("/en/sign-in").text
    assert client.submit("/ko/sign-in/openid", page="/ko/sign-in").status_code == 404


def test_a_linked_official_signs_in_with_the_second_factor_shown_there(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["pwd", "mfa"]
    answer = come_in(client, next="/ko/desk/here")
    assert answer.location == "/ko/desk/here"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert is_in(client)
    assert acts() == ["person:signed-in", "person:openid-used"]
    asked = provider.asked[0]
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == ("code", "openid", "S256")
    assert (asked["redirect_uri"], asked["max_age"]) == ("http://localhost/openid/answer", "43200")
    assert (asked["acr_values"], asked["ui_locales"], asked["realm"]) == ("urn:two", "ko", "staff")
    assert "prompt" not in asked


def test_the_class_of_the_sign_in_there_counts_too_and_its_address_may_be_english(client, officer, provider):
    link_of(officer, provider)
    provider.acr = "urn:two"
    answer = come_in(client, path="/en/sign-in/openid", page="/en/sign-in", next="/en/desk/here")
    assert answer.location == "/en/desk/here"
    assert is_in(client)


@pytest.mark.parametrize(("acr", "amr", "at"), [
    (None, None, 0), ("urn:one", ["pwd"], 0), ("urn:two", ["mfa"], None), ("", [], 0)])
def test_without_a_second_factor_there_ours_is_asked_for(client, officer, provider, acr, amr, at):
    link_of(officer, provider)
    provider.acr, provider.amr, provider.authenticated_at = acr, amr, at
    assert come_in(client, next="/ko/desk/here").location == "/ko/second-factor?next=/ko/desk/here"
    assert not is_in(client)
    code = TOTP(secret_text(second_factor_secret(officer.id, "x"))).at(now())
    assert client.submit("/ko/second-factor", {"code": code}).status_code == 303
    assert is_in(client)


def test_a_sign_in_there_is_as_old_here_as_it_is_there(client, officer, provider):
    link_of(officer, provider)
    provider.amr, provider.authenticated_at = ["mfa"], time.time() - 3600
    come_in(client)
    assert is_in(client)
    assert client.submit(f"{MINE}/openid/unlink", page=MINE).status_code == 401  # wants one of the last minutes


def test_a_sign_in_there_that_is_older_than_one_here_may_get_is_not_taken(client, officer, provider):
    link_of(officer, provider)
    provider.amr, provider.authenticated_at = ["mfa"], time.time() - 13 * 3600
    assert come_in(client).status_code == 400
    assert not is_in(client)


def test_signing_in_starts_a_fresh_session_and_ends_the_former(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    client.get("/ko/sign-in")
    with client.session_transaction() as session:
        session["planted"], before = "x", session.get("csrf_token")
    other = signed_in(app, PersonFactory())
    for browser in (client, other):
        come_in(browser, page="/ko/account/edit" if browser is other else "/ko/sign-in")
        with browser.session_transaction() as session:
            assert "planted" not in session
            assert session.get("csrf_token") != before
    current().rollback()
    assert [row.revoked_at is None for row in current().scalars(select(AccountSession).order_by(AccountSession.id))] \
        == [False, True, True]


def test_nobody_is_found_by_address(client, officer, provider):
    provider.claims = {"email": ADDRESS, "email_verified": True, "preferred_username": ADDRESS}
    answer = come_in(client)
    assert answer.status_code == 403
    assert "연결되어 있지 않습니다" in answer.text
    assert 'name="password"' in answer.text
    assert ADDRESS not in answer.text
    assert not is_in(client)
    assert acts() == ["person:sign-in-failed"]


def test_a_link_of_another_issuer_is_none(client, officer, provider):
    LinkFactory(person_id=officer.id, issuer="https://other.example",
                subject=_digest("https://other.example", "official-1"))
    assert come_in(client).status_code == 403


@pytest.mark.parametrize("wrong", [
    {"nonce": "x"}, {"nonce": None}, {"aud": "somebody"}, {"aud": ["somebody", "else"]}, {"aud": None},
    {"aud": [CLIENT, "else"]}, {"aud": [CLIENT, "else"], "azp": "else"}, {"azp": "else"},
    {"iss": "https://other.example"}, {"iss": None}, {"exp": int(time.time()) - 120}, {"exp": None}, {"exp": "soon"},
    {"iat": int(time.time()) + 7200}, {"iat": int(time.time()) - 86_400}, {"iat": None},
    {"nbf": int(time.time()) + 7200},
    {"sub": None}, {"sub": ""}, {"sub": 1}, {"sub": "x" * 256}, {"auth_time": "now"}, {"auth_time": 10 ** 40},
    {"amr": "mfa"}, {"at_hash": "x"},
], ids=str)
def test_a_token_that_is_not_the_answer_to_us_is_refused(client, officer, provider, wrong):
    link_of(officer, provider)
    provider.amr, provider.claims = ["mfa"], wrong
    assert come_in(client).status_code in (400, 403)
    assert not is_in(client)
    current().rollback()
    assert current().scalars(select(AccountSession)).all() == []


def test_a_token_for_several_names_us_as_the_party(client, officer, provider):
    link_of(officer, provider)
    provider.amr, provider.claims = ["mfa"], {"aud": [CLIENT, "else"], "azp": CLIENT}
    come_in(client)
    assert is_in(client)


@pytest.mark.parametrize("signer", [
    lambda _server: unsigned, signed_with_the_public_key, signed_by_another, carrying_its_own_key,
    lambda _server: lambda _claims: "x", lambda _server: lambda _claims: "a.b.c",
    lambda _server: lambda _claims: "[" * 9000,
], ids=["none", "hs256", "other-key", "own-key", "text", "dots", "deep"])
def test_only_the_published_keys_sign(client, officer, provider, signer):
    link_of(officer, provider)
    provider.amr, provider.sign = ["mfa"], signer(provider)
    assert come_in(client).status_code == 400
    assert not is_in(client)


def test_a_new_key_is_found_and_documents_are_kept(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    come_in(client)
    come_in(app.test_client())
    path = "/.well-known/openid-configuration"
    assert (provider.calls.count(path), provider.calls.count("/keys"), provider.calls.count("/token")) == (1, 1, 2)
    provider.keys = [type(provider.keys[0]).generate_key(2048, {"kid": "two"})]
    browser = app.test_client()
    come_in(browser)
    assert is_in(browser)
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        begin(app.test_client())
    assert provider.calls.count(path) == 2


def test_the_answer_belongs_to_the_browser_that_asked(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    back, other = at_provider(begin(client)), app.test_client()
    answer = other.get(back)
    assert answer.status_code == 410
    assert not is_in(other)
    assert "/token" not in provider.calls
    for state in (None, "", "x", "x" * 5000, "\0"):
        assert client.get(with_query(back, state=state)).status_code == 410
    client.get(back)
    assert is_in(client)


def test_an_answer_counts_once(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    back, copy = at_provider(begin(client)), app.test_client()
    cookie = client.get_cookie("session").value
    client.get(back)
    assert client.get(back).status_code == 410
    assert is_in(client)
    copy.set_cookie("session", cookie)  # the former cookie, which still names the question
    assert copy.get(back).status_code == 410
    assert provider.calls.count("/token") == 1


def test_an_answer_that_failed_is_used_up_too(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    back = at_provider(begin(client))
    assert client.get(with_query(back, iss="https://other.example")).status_code == 400
    assert client.get(back).status_code == 410
    assert "/token" not in provider.calls


@pytest.mark.parametrize("change", [
    {"iss": "https://other.example"}, {"iss": None}, {"code": None}, {"code": "x"}, {"code": "\0 %"},
    {"error": "access_denied", "error_description": "<b>Call 555</b>"},
], ids=str)
def test_answers_of_others_and_refusals_are_told_apart_from_a_sign_in(client, officer, provider, change):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    answer = client.get(with_query(at_provider(begin(client)), **change))
    assert answer.status_code == 400
    assert 'name="password"' in answer.text
    assert "555" not in answer.text
    assert not is_in(client)


def test_a_provider_that_promises_no_issuer_in_its_answers_may_leave_it_out(client, officer, provider):
    link_of(officer, provider)
    provider.amr, provider.iss = ["mfa"], None
    provider.metadata = {"authorization_response_iss_parameter_supported": False,
                         "token_endpoint_auth_methods_supported": ["client_secret_post"]}
    come_in(client)
    assert is_in(client)


def test_a_question_runs_out(client, officer, provider):
    link_of(officer, provider)
    back = at_provider(begin(client))
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        assert client.get(back).status_code == 410
        purge()
        current().rollback()
        assert current().scalars(select(OpenIDRequest)).all() == []


def test_two_tabs_at_once(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    first, second = begin(client), begin(client)
    assert client.get(at_provider(first)).status_code == 303
    answer = client.get(at_provider(second))
    assert answer.status_code == 410
    assert is_in(client)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/" + "x" * 3000])
def test_nobody_is_led_elsewhere(client, officer, provider, elsewhere):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    assert come_in(client, next=elsewhere).location == "/ko/"


@pytest.mark.parametrize(("path", "answer"), [
    ("/.well-known/openid-configuration", (500, b"{}")), ("/.well-known/openid-configuration", (302, b"")),
    ("/.well-known/openid-configuration", (200, b"<html>")), ("/.well-known/openid-configuration", (200, b"[]")),
    ("/.well-known/openid-configuration", (200, b'{"issuer": "https://other.example"}')),
    ("/.well-known/openid-configuration", (200, b" " * 300_000)),
])
def test_while_the_provider_is_away_the_other_ways_stay(app, client, officer, provider, path, answer):
    provider.answers = {path: answer}
    for _time in range(2):
        shown = client.submit("/ko/sign-in/openid", {"next": "/ko/desk/here"}, page="/ko/sign-in")
        assert shown.status_code == 503
        assert "로그인 서비스가 지금 응답하지 않습니다" in shown.text
    assert provider.calls == [path]  # it is left alone for a while
    typed = {"address": ADDRESS, "password": PASSWORD, "next": "/ko/desk/here"}
    assert client.submit("/ko/sign-in", typed).location == "/ko/second-factor?next=/ko/desk/here"
    provider.answers = {}
    with time_machine.travel(now() + timedelta(seconds=16), tick=False):
        begin(app.test_client())


@pytest.mark.parametrize(("path", "status"), [("/token", 503), ("/keys", 503)])
def test_a_provider_that_fails_on_the_way_back(client, officer, provider, path, status):
    link_of(officer, provider)
    provider.answers = {path: (500, b"")}
    assert come_in(client).status_code == status
    assert not is_in(client)


def test_an_endpoint_is_no_less_protected_than_the_issuer(client, provider, portal):
    for url in ("ftp://id.example/authorize", "javascript:alert(1)", "https://id.example/\nx", 1, None):
        provider.metadata = {"authorization_endpoint": url}
        with time_machine.travel(now() + timedelta(hours=2), tick=False):
            assert client.submit("/ko/sign-in/openid", page="/ko/sign-in").status_code == 503
        provider.metadata, provider.calls = {}, []
        from civicportal.accounts import openid_provider  # noqa: PLC0415
        openid_provider._documents.clear()


def test_linking_needs_a_fresh_second_factor_and_a_sign_in_made_anew(app, officer, provider, mails):
    browser, other = signed_in(app, officer), signed_in(app, officer)
    assert browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE))).location == MINE
    assert (provider.asked[0]["prompt"], provider.asked[0]["max_age"]) == ("login", "0")
    assert "연결되었습니다" in browser.get(MINE).text
    assert not is_in(other)
    assert mails()[-1].slug == "accounts.openid_linked"
    assert "통합로그인" in mails()[-1].text
    link = current().scalars(select(OpenIDLink)).one()
    assert (link.person_id, link.issuer, len(link.subject)) == (officer.id, provider.url, 64)
    assert "person:openid-linked" in acts()
    stale = signed_in(app, officer, verified=False)
    assert stale.submit(f"{MINE}/openid", page="/ko/second-factor").status_code == 401


@pytest.mark.parametrize("at", [None, 3600])
def test_an_old_sign_in_there_links_nothing(app, officer, provider, at):
    provider.authenticated_at = at and time.time() - at
    browser = signed_in(app, officer)
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    assert "다시 로그인" in browser.get(MINE).text
    assert current().scalars(select(OpenIDLink)).all() == []


def test_the_second_factor_must_still_be_fresh_on_the_way_back(app, officer, provider):
    browser = signed_in(app, officer)
    back = at_provider(begin(browser, f"{MINE}/openid", MINE))
    with atomic() as session:
        for row in session.scalars(select(AccountSession)):
            row.verified_at = now() - timedelta(minutes=11)
    asked = browser.get(back)
    assert asked.status_code == 401
    assert "/token" not in provider.calls
    code = TOTP(secret_text(second_factor_secret(officer.id, "x"))).at(now())
    done = browser.submit("/ko/second-factor", {"code": code, "next": back})
    assert browser.get(done.location).location == MINE
    current().rollback()
    assert current().scalars(select(OpenIDLink)).one().person_id == officer.id


def test_one_account_there_is_one_here(app, officer, provider):
    other = staff(Role.OPERATOR)
    link_of(other, provider)
    browser = signed_in(app, officer)
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    assert "다른 사람" in browser.get(MINE).text
    provider.subject = "official-2"
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    provider.subject = "official-3"
    browser.get(at_provider(begin(browser, f"{MINE}/openid", f"{MINE}/../second-factor")))
    assert "이미 연결되어" in browser.get(MINE).text
    rows = current().execute(select(OpenIDLink.person_id, OpenIDLink.subject).order_by(OpenIDLink.id)).all()
    assert [tuple(row) for row in rows] == [
        (other.id, _digest(provider.url, "official-1")), (officer.id, _digest(provider.url, "official-2"))]


def test_an_answer_to_one_question_is_none_to_another(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr, browser = ["mfa"], signed_in(app, staff(Role.OPERATOR))
    provider.subject = "official-9"
    browser.get(at_provider(begin(browser, page=MINE)))  # the question of signing in links nothing
    assert len(current().scalars(select(OpenIDLink)).all()) == 1


def test_citizens_link_nothing(app, portal, provider):
    browser = signed_in(app, PersonFactory())
    back = at_provider(begin(browser, page="/ko/account/edit"))
    assert browser.get(back).status_code == 403
    assert browser.submit(f"{MINE}/openid", page="/ko/account/edit").status_code == 404


def test_a_link_is_taken_off(app, client, officer, provider, mails):
    link_of(officer, provider)
    browser, other = signed_in(app, officer), signed_in(app, officer)
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).location == MINE
    assert mails()[-1].slug == "accounts.openid_unlinked"
    assert not is_in(other)
    assert is_in(browser)
    assert come_in(client).status_code == 403
    assert "person:openid-unlinked" in acts()
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).status_code == 404


@pytest.mark.parametrize("end", [
    lambda person: end_access(SYSTEM, person, successor_id=None),
    lambda person: delete_account(actor_for(person), person, current_password=PASSWORD),
    lambda person: reset_second_factor(SYSTEM, person),
], ids=["leaver", "deleted", "reset"])
def test_what_ended_does_not_come_back_through_the_provider(client, officer, provider, end):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    end(get_person(officer.id))
    assert current().scalars(select(OpenIDLink)).all() == []
    assert come_in(client).status_code == 403
    assert client.get("/ko/account").status_code == 401


def test_somebody_whose_roles_ended_does_not_sign_in_this_way(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    end_grant(SYSTEM, grants_of(officer.id)[0])
    assert come_in(client).status_code == 403
    assert client.get("/ko/account").status_code == 401


def test_the_second_factor_can_be_shown_there(app, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    browser = signed_in(app, officer, verified=False)
    back = at_provider(begin(browser, "/ko/second-factor/openid", "/ko/second-factor", next="/ko/desk/here"))
    assert (provider.asked[0]["prompt"], provider.asked[0]["max_age"]) == ("login", "0")
    assert browser.get(back).location == "/ko/desk/here"
    assert is_in(browser)
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).status_code == 303


@pytest.mark.parametrize("change", [
    {"subject": "official-2"}, {"amr": ["pwd"]}, {"authenticated_at": 1}, {"authenticated_at": None}], ids=str)
def test_what_is_shown_there_must_be_enough_anew_and_ones_own(app, officer, provider, change):
    link_of(officer, provider)
    link_of(staff(Role.OPERATOR), provider, "official-2")
    provider.amr = ["mfa"]
    for name, value in change.items():
        setattr(provider, name, value)
    browser = signed_in(app, officer, verified=False)
    back = at_provider(begin(browser, "/ko/second-factor/openid", "/ko/second-factor"))
    assert browser.get(back).status_code == 400
    assert not is_in(browser)


def test_only_linked_people_are_offered_to_show_it_there(app, officer, provider):
    browser = signed_in(app, officer, verified=False)
    assert "통합로그인" not in browser.get("/ko/second-factor").text
    link_of(officer, provider)
    assert "통합로그인" in browser.get("/ko/second-factor").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc_second_factor_acr=(), oidc_second_factor_amr=())
    assert "통합로그인" not in browser.get("/ko/second-factor").text
    assert app.test_client().submit("/ko/second-factor/openid", page="/ko/sign-in").status_code == 404


def test_what_was_typed_waits_in_its_tab(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/ko/sign-in").text).group(1)
    path = "/ko/account/edit"
    asked = client.post(path, data={"csrf_token": unescape(token), "name": "새 이름"}, headers=HERE)
    assert asked.status_code == 401
    assert 'target="_blank"' in asked.text
    field = re.compile(r'name="(next|carry|carry_to)" value="([^"]*)"')
    part = asked.text.partition('action="/ko/sign-in/go-on"')[2].partition("</form>")[0]
    kept = {name: unescape(value) for name, value in field.findall(part)}
    assert "새 이름" in kept["carry"]
    waiting = client.submit("/ko/sign-in/go-on", kept, page="/ko/sign-in", headers=HERE)
    assert "새 이름" in unescape(waiting.text)
    assert 'name="password"' in waiting.text
    come_in(client)
    done = client.submit("/ko/sign-in/go-on", kept, page=path, headers=HERE)
    assert done.status_code == 200
    assert f'action="{path}?"' in done.text
    assert "새 이름" in done.text
    assert client.get("/ko/account").text.count("새 이름") == 0
    current().rollback()
    assert not any("새 이름" in str(row) for row in current().execute(select(OpenIDRequest.__table__)))


def test_starting_is_limited_by_network(app, client, provider, portal):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], limit_network="2 per 10 minutes")
    said = [client.submit("/ko/sign-in/openid", page="/ko/sign-in").status_code for _time in range(3)]
    assert said == [200, 200, 429]


def test_only_a_form_of_ours_starts_it(client, provider, portal):
    assert client.get("/ko/sign-in/openid").status_code == 405
    assert client.post("/ko/sign-in/openid").status_code == 400
    assert provider.calls == []
