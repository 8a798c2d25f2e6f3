"""The operators' page keeps up with the settings."""

import re
from dataclasses import fields
from pathlib import Path

from civicportal.core.web.headers import HEADERS, POLICY
from config import REQUIRED, REQUIRED_OF_WORKER, Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
NAMES = {"mode": "PORTAL_MODE", "process": "PORTAL_PROCESS"}


def rows():
    """Names, the mark for what production needs, and the default, of each row of the table."""
    for line in TEXT.splitlines():
        found = re.match(r"\| ((?:`[A-Z_]+`(?:, )?)+)( \*)?[^|]*\|[^|]*\|([^|]*)\|", line)
        if found:
            yield re.findall(r"`([A-Z_]+)`", found[1]), bool(found[2]), found[3].strip()


def test_every_setting_is_in_the_table():
    listed = [name for names, _, _ in rows() for name in names]
    assert sorted(listed) == sorted({NAMES.get(item.name, item.name.upper()) for item in fields(Settings)})


def test_the_table_says_what_production_needs():
    marked = {name for names, required, _ in rows() for name in names if required}
    assert marked == {*REQUIRED, *REQUIRED_OF_WORKER}


def test_the_table_tells_the_defaults_of_numbers():
    defaults = {item.name.upper(): item.default for item in fields(Settings)}
    for names, _, told in rows():
        values = [defaults.get(name) for name in names]
        if all(isinstance(value, int) for value in values):
            assert told == ", ".join(map(str, values))


def test_what_the_proxy_serves_itself_is_dressed_as_pages_are():
    """ASVS 3.4.1, 3.4.3, 3.2.1: style sheets, scripts and pictures never pass through the portal."""
    block = TEXT.partition("location /static/ {")[2].partition("}")[0]
    sent = dict(re.findall(r'add_header (\S+) ("[^"]*"|\S+);', block))
    sent = {name: value.strip('"') for name, value in sent.items()}
    assert sent["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
        assert sent[name] == HEADERS[name]
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in sent["Content-Security-Policy"]
        assert part in POLICY


def test_the_proxy_lets_nobody_hold_a_thread():
    """The web server waits for a body without end, so the proxy must have all of it before it asks."""
    block = TEXT.partition("```nginx")[2].partition("```")[0]
    for line in ("proxy_request_buffering on;", "client_header_timeout", "client_body_timeout", "limit_conn "):
        assert line in block
