"""Cache poisoning: what a cache may keep is the same whatever a stranger adds to the request.

A shared cache keys on the address (with its query) and, as `Vary` asks, on the cookie. Nothing else may change a page
that it may keep.
"""

import pytest
from flask import Flask

from tests.conftest import Browser
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.petitions import public_matter

ADDED = [
    {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Proto": "gopher"}, {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Prefix": "/evil"}, {"X-Forwarded-Port": "1"}, {"X-Forwarded-For": "1.2.3.4"},
    {"Forwarded": "host=evil.example;proto=https"}, {"X-Original-URL": "/en/account"}, {"X-Rewrite-URL": "/en/account"},
    {"X-Host": "evil.example"}, {"X-Forwarded-Server": "evil.example"}, {"X-HTTP-Method-Override": "POST"},
    {"Accept-Language": "ko"}, {"Accept": "application/json"}, {"User-Agent": "<script>alert(1)</script>"},
    {"Referer": "https://evil.example/"}, {"Origin": "https://evil.example"}, {"X-Requested-With": "XMLHttpRequest"},
    {"Range": "bytes=0-10"}, {"If-Match": "x"}, {"Sec-Fetch-Site": "cross-site"}, {"Content-Type": "application/json"},
]


@pytest.fixture
def pages(app: Flask) -> list[str]:
    petition, _officer = public_matter()
    return ["/en/", "/en/petitions", f"/en/petitions/{petition.number}", f"/en/petitions/{petition.number}/feed.atom",
            "/en/forum", "/en/votes", "/en/institutions", "/en/help", "/en/petitions/feed.atom", "/robots.txt",
            "/sitemap.xml"]


def kept(browser: Browser, path: str, **options: object) -> tuple[bool, int, bytes]:
    """Whether a shared cache may keep the answer, its status, and what it is."""
    answer = browser.get(path, **options)
    return answer.headers.get("Cache-Control", "").startswith("public"), answer.status_code, answer.data


@pytest.mark.parametrize("added", ADDED, ids=lambda added: next(iter(added)))
def test_no_header_changes_what_a_cache_keeps(client: Browser, pages: list[str], added: dict[str, str]):
    for path in pages:
        public, status, body = kept(client, path)
        assert (public, status) == (True, 200), path
        may_keep, other_status, other = kept(client, path, headers=added)
        assert not may_keep or (other_status, other) == (status, body), path
        assert b"evil" not in other, path


def test_a_language_that_is_guessed_is_not_kept(client: Browser):
    """The root leads to the language of the browser, so no cache may give one person's to another."""
    for language in ("ko", "en"):
        answer = client.get("/", headers={"Accept-Language": language})
        assert answer.location == f"/{language}/"
        assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", [
    "utm_source=x", "q=", "x=<script>", "lang=ko", "locale=ko", "callback=x", "_method=POST", "next=//evil.example",
    "type=x%00", "state[]=x", "page=-1", "after=%ff", "cursor=evil",
])
def test_what_no_page_asks_for_is_not_shown(client: Browser, pages: list[str], query: str):
    """A query is part of the key; whatever stands in it goes into no other page, and no script comes out of it."""
    for path in pages:
        before = kept(client, path)
        _public, status, body = kept(client, f"{path}?{query}")
        assert status in (200, 400, 404), path
        assert b"<script>" not in body.replace(b"<script>document.body", b""), path
        assert b'href="//evil' not in body, path
        assert kept(client, path) == before, path


@pytest.mark.parametrize("tail", [
    ".css", "/.css", "/x.css", ";.css", ";a=b", "%2f..%2fx.css", "%00.css", "%3f.css", "%23.css", "/..%2f..%2fx.js",
    "%0a.css", "\\x.css",
])
@pytest.mark.parametrize("page", ["/en/account", "/en/my-matters", "/en/notices", "/en/account/sessions"])
def test_nobodys_own_page_has_an_address_that_a_cache_takes_for_a_picture(app: Flask, page: str, tail: str):
    """Web cache deception: a cache that keeps everything called .css must not get a private page under such a name."""
    person = PersonFactory(name="Zebrafinch")
    browser = signed_in(app, person)
    assert b"no-store" in browser.get(page).headers["Cache-Control"].encode()
    answer = browser.get(page + tail)
    assert answer.status_code in (301, 302, 303, 308, 400, 404), answer.status_code
    assert person.address.encode() not in answer.data


@pytest.mark.parametrize("tail", [".css", ";.css", "/x.css", "%2fx.css", "%3b.css", "/"])
def test_no_other_address_shows_a_public_matter(client: Browser, tail: str):
    petition, _officer = public_matter()
    answer = client.get(f"/en/petitions/{petition.number}{tail}")
    assert answer.status_code in (301, 308, 404)
    assert "public" not in answer.headers["Cache-Control"]


def test_errors_are_not_kept(client: Browser):
    for path, options in (("/en/nothing", {}), ("/en/petitions/2510-ZZZZ-ZZZZ", {}), ("/en/account", {}),
                          ("/en/petitions", {"method": "DELETE"})):
        answer = client.open(path, **options)
        assert answer.status_code >= 400
        assert "public" not in answer.headers["Cache-Control"], path


def test_whoever_sends_a_cookie_gets_an_answer_of_their_own(client: Browser, pages: list[str]):
    client.set_cookie("session", "typed")
    for path in pages:
        answer = client.get(path)
        assert "public" not in answer.headers["Cache-Control"], path
        assert "Cookie" in answer.headers["Vary"], path
