"""The portal as it runs for people: it starts, guards its cookies, and has nothing of the workshop in it."""

import pytest

from civicportal.app import create_app
from config import from_env
from tests.core.test_settings import GOOD

HTTPS = {"base_url": "https://portal.example"}


@pytest.fixture
def production(settings, tmp_path):
    yield create_app(from_env({**GOOD, "DATABASE_URL": "sqlite://", "MEDIA_ROOT": str(tmp_path)}, process="web"))
    create_app(settings)


def test_it_starts_with_a_whole_environment_for_every_process(settings):
    for process, more in (("web", {}), ("worker", {
        "LOG_SIGNING_KEY": GOOD["RECEIPT_SIGNING_KEYS"], "LOG_HEADS_ROOT": "/srv/heads",
        "ERASURES_ROOT": "/srv/erasures",
    }), ("cli", {})):
        app = create_app(from_env({**GOOD, **more, "DATABASE_URL": "sqlite://"}, process=process))
        assert app.config["SETTINGS"].production
        assert not app.debug
        assert not app.testing
    create_app(settings)


def test_a_session_is_a_host_cookie_that_scripts_and_other_sites_cannot_reach(production):
    answer = production.test_client().get("/ko/sign-in", **HTTPS)
    name, _, rest = answer.headers["Set-Cookie"].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-session"
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)


def test_every_answer_is_dressed(production):
    for path, status in (("/ko/sign-in", 200), ("/nothing", 404), ("/health/live", 200), ("/", 302)):
        answer = production.test_client().get(path, **HTTPS)
        assert answer.status_code == status
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert "script-src 'self' 'sha256-" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_there_is_nothing_for_developers(production):
    assert [rule.rule for rule in production.url_map.iter_rules() if rule.rule.startswith("/dev")] == []
    for path in ("/dev/mailbox", "/dev/identity"):
        assert production.test_client().get(path, **HTTPS).status_code == 404
    assert not production.extensions.get("identity_providers")


def test_there_is_no_demo_content(production):
    assert "demo" not in production.cli.commands
    assert "accounts" in production.cli.commands
    answer = production.test_cli_runner().invoke(args=["demo", "load"])
    assert answer.exit_code == 2
    assert "No such command" in answer.output


def test_a_broken_page_shows_nothing_of_its_inside(production, monkeypatch, caplog):
    def broken():
        raise RuntimeError(" ".join(["the", "inside"]))

    monkeypatch.setitem(production.view_functions, "pages.privacy", broken)
    answer = production.test_client().get("/en/privacy", **HTTPS)
    assert answer.status_code == 500
    assert "the inside" not in answer.text + caplog.text
    assert "Traceback" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
