"""The operators' page keeps up with the settings."""

import re
from dataclasses import fields
from pathlib import Path

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


def test_the_proxy_lets_nobody_hold_a_thread():
    """The web server waits for a body without end, so the proxy must have all of it before it asks."""
    block = TEXT.partition("```nginx")[2].partition("```")[0]
    for line in ("proxy_request_buffering on;", "client_header_timeout", "client_body_timeout", "limit_conn "):
        assert line in block
