"""wapiti and sqlmap look at the running portal with each role: `make test-attack`, and a sample of it in `.ci/run`.

They work with the demonstration on processes of its own, over the loopback. What they report and
`scanning/findings.py` does not know fails; so does any error page that nobody foresaw.
"""

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule

from tests.attack.scanning.findings import ALLOWED, Finding, report, unknown
from tests.attack.scanning.planted import site
from tests.attack.scanning.programs import QUICK_MODULES, sqlmap, wapiti
from tests.attack.scanning.visitor import Offer, Visitor
from tests.databases import fresh_database
from tests.processes import Portal, running_portal

pytestmark = [pytest.mark.attack, pytest.mark.processes]
WITHOUT_LIMITS = dict.fromkeys(("LIMIT_NETWORK", "LIMIT_ADDRESS", "LIMIT_ACCOUNT"), "1000000 per minute") | {
    "DRAFTS_PER_NETWORK_PER_HOUR": "1000000", "EXPORTS_PER_DAY": "1000000"}
ROLES = {  # who it is in the demonstration, and the page their work begins on
    "nobody": ("", "/en/file"),
    "citizen": ("haneul.kim@example.com", "/en/my-matters"),
    "committee member": ("haram.ryu@example.org", "/en/committees/innovation-forum/queue"),
    "officer": ("sola.yoon@example.com", "/en/desk/seoul-jongno"),
    "manager": ("mir.jeong@example.com", "/en/desk/seoul-jongno"),
    "reviewer": ("reviewer@example.com", "/en/forum/review"),
    "support": ("support@example.com", "/en/support/committees/new"),
    "operator": ("operator@example.com", "/en/operator/triage"),
}
SAMPLE = {  # role: pages that are always the same
    "citizen": ("/en/petitions?q=lamp", "/en/forum/propose", "/en/account/edit"),
    "officer": ("/en/desk/seoul-jongno?q=lamp&tab=new", "/en/institutions?q=jongno"),
}
PAGES, SAMPLE_REQUESTS, SCAN_MINUTES = 80, 3, 3


@dataclass
class Run:
    """What the scanners have said so far."""

    portal: Portal
    dbms: str
    found: list[Finding] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)
    tried: set[tuple[str, str, frozenset[str]]] = field(default_factory=set)

    def untried(self, offers: list[Offer]) -> list[Offer]:
        """Those of a kind that no role before has been offered."""
        new = [offer for offer in offers if offer.kind not in self.tried]
        self.tried.update(offer.kind for offer in new)
        return new

    def errors(self) -> list[str]:
        """Lines of the web process about what nobody foresaw."""
        return [line for line in self.portal.log.read_text().splitlines() if "unexpected error" in line]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder, server = tmp_path_factory.mktemp("attacked"), os.environ.get("DATABASE_URL", "")
    with fresh_database(server, folder) as url, running_portal(
        folder, url if server.startswith("postgresql") else None, **WITHOUT_LIMITS,
    ) as portal:
        yield Run(portal, "postgresql" if server.startswith("postgresql") else "sqlite")


def say(text: str) -> None:
    sys.stderr.write(f"\n{text}")
    sys.stderr.flush()


def judge(run: Run, found: list[Finding], visitor: Visitor) -> None:
    run.found += found
    assert not visitor.address or visitor.signed_in(), "the scanner lost its sign-in, so it saw nothing"
    assert run.errors() == []
    holes = unknown(found)
    assert holes == [], f"\n{report(holes)}"


@pytest.mark.parametrize("role", ROLES)
def test_scanners_find_nothing(flask_app: Flask, run: Run, tmp_path: Path, role: str):
    address, start = ROLES[role]
    visitor = Visitor(run.portal.url, flask_app.url_map, address)
    offers = run.untried(visitor.offers(PAGES, (start, "/en/")))
    say(f"{role}: sqlmap, {len(offers)} kinds of requests that nobody before was offered…")
    found = sqlmap(visitor, offers, tmp_path, dbms=run.dbms, seconds=1200)
    say(f"{role}: wapiti, for {SCAN_MINUTES} minutes at most…")
    found += wapiti(visitor, tmp_path, starts=(start,))
    run.roles.add(role)
    judge(run, found, visitor)


def test_every_finding_that_is_allowed_still_occurs(run: Run):
    if run.roles != set(ROLES):
        pytest.skip("not every role was looked at")
    assert ALLOWED.keys() - {one.name for one in run.found} == set()


@pytest.mark.sample
@pytest.mark.parametrize("role", SAMPLE)
def test_a_sample_of_pages_shows_nothing(flask_app: Flask, run: Run, tmp_path: Path, role: str):
    visitor = Visitor(run.portal.url, flask_app.url_map, ROLES[role][0])
    offers = [one for one in visitor.offers(len(SAMPLE[role]), SAMPLE[role]) if one.fields][:SAMPLE_REQUESTS]
    found = sqlmap(visitor, offers, tmp_path, dbms=run.dbms, seconds=60)
    found += wapiti(visitor, tmp_path, starts=SAMPLE[role], crawl_seconds=5, module_seconds=3, depth=0,
                    modules=QUICK_MODULES)
    judge(run, found, visitor)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.mark.sample
def test_what_is_planted_is_found(tmp_path: Path):
    """Else finding nothing would prove nothing."""
    routes = Map([Rule(f"/en/{name}", endpoint=name or "home") for name in ("", "words", "rows")])
    server = make_server("127.0.0.1", 0, site, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        visitor = Visitor(f"http://127.0.0.1:{server.server_port}", routes)
        offers = [one for one in visitor.offers(3) if one.endpoint == "rows"]
        found = sqlmap(visitor, offers, tmp_path, dbms="sqlite", seconds=60)
        found += wapiti(visitor, tmp_path, crawl_seconds=10, module_seconds=5, depth=2, modules=("xss", "http_headers"))
    finally:
        server.shutdown()
        server.server_close()
    names = {(one.tool, one.where) for one in unknown(found) if "Policy" not in one.what}
    assert {("sqlmap", "rows"), ("wapiti", "words")} <= names
