"""No form of another site does anything: every POST, with each wrong token, for everybody who may send it."""

import pytest
from flask import Flask

from civicportal.extensions import limiter
from tests.architecture.doors.looking import csrf_token, everything
from tests.architecture.doors.table import KEYED, READING, SELF_CHECKED, SIGNED
from tests.architecture.doors.world import World
from tests.architecture.test_bodies import cases
from tests.architecture.test_doors import FILLED, REFUSALS, form_for, path_to, rules
from tests.conftest import empty_database

WRONG = ("of somebody else", "changed", "in the address")
SHUT = {"second_factors", "account_sessions", "matter_views", "audit_events"}


@pytest.fixture(scope="module")
def world(flask_app: Flask):
    with flask_app.app_context():
        yield World(flask_app)
        empty_database()


@pytest.mark.parametrize("wrong", WRONG)
def test_no_form_takes_a_token_that_is_not_its_own(world: World, wrong: str):
    """Those that take none at all are asked in tests/architecture/test_doors.py."""
    taken, alien = [], csrf_token(world.browser("stranger"))
    before = {name: rows for name, rows in everything().items() if name not in SHUT}
    for rule in rules(world.app):
        if "POST" not in (rule.methods or ()) or rule.endpoint in SIGNED | READING:
            continue
        for role, values, name in cases(world, rule):
            browser, path = world.browser(role), path_to(world.app, rule.endpoint, values)
            usual = str(form_for(world, name, values, csrf_token(browser))["csrf_token"])
            typed = {"of somebody else": {"csrf_token": alien}, "changed": {"csrf_token": f"x{usual}"}}.get(wrong, {})
            path += f"?csrf_token={usual}" if wrong == "in the address" else ""
            limiter.reset()
            answer = browser.post(path, data={**FILLED, **typed}, headers={"Sec-Fetch-Site": "cross-site"})
            # A form with a key of its own shows itself once more: what was typed was not read.
            shown = {200, 303} if rule.endpoint in KEYED else {401} if rule.endpoint in SELF_CHECKED else set()
            if answer.status_code not in REFUSALS | shown:
                taken.append((rule.endpoint, name, role, answer.status_code))
    after = {name: rows for name, rows in everything().items() if name not in SHUT}
    assert taken == []
    assert [name for name in before if after[name] != before[name]] == []
