"""The web edge: proxies, redirects, languages, headers, carried work."""

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.core.web.paging import decode_cursor, encode_cursor
from civicportal.core.web.proxies import TrustedProxies, network_of, parse_networks
from civicportal.core.web.resume import local_path, pack, unpack


def seen(forwarded: str | None, peer: str, networks: str = "10.0.0.0/8,127.0.0.1/32", proto: str = "https"):
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": proto}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    TrustedProxies(lambda _environ, _start: [], parse_networks(networks))(environ, print)
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]


def test_a_trusted_proxy_is_believed():
    assert seen("203.0.113.9", "10.1.1.1") == ("203.0.113.9", "https")
    assert seen("198.51.100.1, 203.0.113.9, 10.2.2.2", "127.0.0.1") == ("203.0.113.9", "https")


def test_a_stranger_is_not_believed():
    assert seen("198.51.100.1", "203.0.113.9") == ("203.0.113.9", "http")
    assert seen("198.51.100.1", "10.1.1.1", networks="none") == ("10.1.1.1", "http")


def test_a_forged_chain_ends_at_the_first_untrusted_hop():
    assert seen("127.0.0.1, 203.0.113.9", "10.1.1.1")[0] == "203.0.113.9"
    assert seen("nonsense", "10.1.1.1")[0] == "10.1.1.1"


def test_networks_for_limits():
    assert network_of("203.0.113.77") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2ff:3::4") == "2001:db8:1:200::/56"
    assert network_of("") == "unknown"


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "", None,
    "/ok\nSet-Cookie: x", "evil.example", "/\\/evil.example",
])
def test_redirects_stay_here(target):
    assert local_path(target, "/ko/") == "/ko/"


def test_local_redirects_are_kept():
    assert local_path("/ko/petitions?type=petition&q=%EA%B8%B8", "/") == "/ko/petitions?type=petition&q=%EA%B8%B8"


@given(st.lists(st.tuples(st.text(), st.text())))
def test_carried_fields_come_back_as_they_were(pairs):
    assert unpack(pack(pairs)) == pairs


@pytest.mark.parametrize("text", ["", "x", "{}", "[1]", "[[1]]", "null"])
def test_malformed_carried_fields_are_nothing(text):
    assert unpack(text) == []


@given(st.datetimes(timezones=st.timezones()), st.integers(0, 2**31 - 1))
def test_cursors_come_back(moment, row_id):
    decoded = decode_cursor(encode_cursor(moment, row_id))
    assert decoded is not None
    assert decoded[1] == row_id


@pytest.mark.parametrize("text", [None, "", "x", "AAAA", "W10", "WyJ4IiwxXQ", "💥"])
def test_malformed_cursors_start_at_the_top(text):
    assert decode_cursor(text) is None


def test_the_root_leads_to_the_readers_language(client):
    assert client.get("/", headers={"Accept-Language": "en-GB"}).location == "/en/"
    assert client.get("/", headers={"Accept-Language": "fr"}).location == "/ko/"


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_public_pages_touch_no_session_and_can_be_cached(client, locale):
    for path in ("", "help", "privacy", "accessibility", "petitions", "institutions"):
        answer = client.get(f"/{locale}/{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in answer.headers
        assert "csrf_token" not in answer.text
        assert f'<html lang="{locale}"' in answer.text


def test_every_answer_carries_the_security_headers(client):
    for path in ("/ko/", "/ko/nothing-here", "/health/live", "/static/build/site.css"):
        with client.get(path) as answer:
            headers = answer.headers
        assert "script-src 'self' 'sha256-" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_the_inline_line_is_the_one_the_policy_names(client):
    page = client.get("/ko/")
    inline = re.findall(r"<script>(.*?)</script>", page.text)
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert len(inline) == 1
    assert f"'sha256-{digest}'" in page.headers["Content-Security-Policy"]


def test_an_unexpected_failure_shows_nothing_internal(flask_app, client, monkeypatch):
    def boom(**_values):
        raise RuntimeError("secret detail")

    monkeypatch.setitem(flask_app.view_functions, "pages.help", boom)
    answer = client.get("/en/help")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused_before_it_is_read(client, app):
    too_much = app.config["MAX_CONTENT_LENGTH"] + 1
    answer = client.post("/ko/sign-in", data={"address": "x" * too_much})
    assert answer.status_code == 413
    assert "<h1" in answer.text
