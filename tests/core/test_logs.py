"""Logs as JSON: each line can be read, and none names a person or repeats what was typed."""

import io
import json
import logging
from dataclasses import replace

import pytest

from civicportal.app import create_app
from civicportal.core.tasks import init_tasks
from civicportal.core.web.logs import JsonLines
from civicportal.extensions import db
from config import SettingsError, from_env
from tests.conftest import Browser
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.petitions import drafted

SECRETS = ("hong@example.org", "홍길동", "typed-by-somebody", "192.0.2.77", "no-such-token")


@pytest.fixture
def lines(app, monkeypatch):
    """A portal that writes JSON, and what it wrote so far."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    portal = create_app(replace(app.config["SETTINGS"], log_format="json"))
    portal.test_client_class = Browser
    assert isinstance(root.handlers[0].formatter, JsonLines)
    root.handlers[0].setStream(written)
    yield portal, lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = handlers, level
    with portal.app_context():
        db.session.remove()
        db.engine.dispose()
    init_tasks(app)


def test_a_request_is_a_line_with_its_endpoint_and_without_its_address(lines):
    portal, read = lines
    portal.test_client().get("/en/reset/no-such-token", environ_base={"REMOTE_ADDR": SECRETS[3]})
    line = read()[-1]
    assert (line["logger"], line["endpoint"], line["method"], line["status"]) == (
        "civicportal.requests", "accounts.reset_set", "GET", 410)
    assert isinstance(line["milliseconds"], int)
    assert line["time"].endswith("+00:00")


def test_nothing_of_people_is_in_any_line(lines, monkeypatch):
    portal, read = lines

    def fail():
        raise ValueError(*SECRETS)

    person = PersonFactory(name="홍길동", address="hong@example.org")
    browser, draft = signed_in(portal, person), drafted(person, title="typed-by-somebody")
    monkeypatch.setitem(portal.view_functions, "pages.help", fail)
    browser.get("/en/help?q=typed-by-somebody", environ_base={"REMOTE_ADDR": "192.0.2.77"})
    browser.get(f"/en/file/{draft.key}/text")
    browser.submit("/en/sign-in", {"address": "hong@example.org", "password": "typed-by-somebody"})
    logging.getLogger("a.library").info("started")
    text = json.dumps(read(), ensure_ascii=False)
    for secret in (*SECRETS, draft.key, str(person.id) + "@"):
        assert secret not in text
    assert [line["status"] for line in read() if line.get("endpoint") == "pages.help"] == [500]
    assert any("ValueError" in line["message"] for line in read())


def test_an_error_a_library_logs_is_told_by_its_places(lines):
    _portal, read = lines
    try:
        raise ValueError(*SECRETS)
    except ValueError:
        logging.getLogger("a.library").exception("it failed")
    line = read()[-1]
    assert "ValueError" in line["error"]
    assert "test_logs.py" in line["error"]
    assert "typed-by-somebody" not in json.dumps(line)


def test_casting_a_vote_is_not_logged(lines):
    portal, read = lines
    portal.test_client().post("/en/votes/some-vote/ballot", data={"choice": "yes"})
    assert [line for line in read() if line["logger"] == "civicportal.requests"] == []


def test_another_form_is_refused():
    with pytest.raises(SettingsError, match="LOG_FORMAT"):
        from_env({"LOG_FORMAT": "xml"})
