"""An OpenID provider that does wrong, fails, or changes its keys."""

import time
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts import openid_provider
from civicportal.accounts.models import AccountSession
from civicportal.core.clock import now
from civicportal.core.transactions import current
from tests.accounts.conftest import PASSWORD
from tests.accounts.openid_server import (
    CLIENT,
    carrying_its_own_key,
    signed_by_another,
    signed_with_the_public_key,
    unsigned,
)
from tests.accounts.openid_steps import ADDRESS, an_officer, begin, come_in, is_in, link_of


@pytest.fixture
def officer(portal):
    return an_officer()


@pytest.mark.parametrize("wrong", [
    {"nonce": "x"}, {"nonce": None}, {"aud": "somebody"}, {"aud": ["somebody", "else"]}, {"aud": None},
    {"aud": "somebody", "azp": CLIENT},
    {"aud": [CLIENT, "else"]}, {"aud": [CLIENT, "else"], "azp": "else"}, {"azp": "else"},
    {"iss": "https://other.example"}, {"iss": None}, {"exp": int(time.time()) - 120}, {"exp": None}, {"exp": "soon"},
    {"iat": int(time.time()) + 7200}, {"iat": int(time.time()) - 86_400}, {"iat": None},
    {"nbf": int(time.time()) + 7200},
    {"sub": None}, {"sub": ""}, {"sub": 1}, {"sub": "x" * 256}, {"auth_time": "now"}, {"auth_time": 10 ** 40},
    {"amr": "mfa"}, {"at_hash": "x"},
], ids=",".join)
def test_a_token_that_is_not_the_answer_to_us_is_refused(client, officer, provider, wrong):
    link_of(officer, provider)
    provider.amr, provider.claims = ["mfa"], wrong
    assert come_in(client).status_code == 400
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


def test_a_provider_that_promises_no_issuer_in_its_answers_may_leave_it_out(client, officer, provider):
    link_of(officer, provider)
    provider.amr, provider.iss = ["mfa"], None
    provider.metadata = {"authorization_response_iss_parameter_supported": False,
                         "token_endpoint_auth_methods_supported": ["client_secret_post"]}
    come_in(client)
    assert is_in(client)


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
        openid_provider._documents.clear()
