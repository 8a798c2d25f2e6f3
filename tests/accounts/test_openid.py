"""Signing in through an OpenID provider: a real one on this machine."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, OpenIDRequest
from civicportal.accounts.services import purge
from civicportal.accounts.services.openid import _digest
from civicportal.core.clock import now
from civicportal.core.transactions import current
from tests.accounts.openid_steps import (
    ADDRESS,
    MINE,
    LinkFactory,
    acts,
    an_officer,
    at_provider,
    begin,
    code_of,
    come_in,
    is_in,
    link_of,
    with_query,
)
from tests.factories.accounts import PersonFactory, signed_in

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def officer(portal):
    return an_officer()


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
    code = code_of(officer)
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
