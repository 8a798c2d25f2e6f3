"""Every address that takes a form × bodies no page of ours sends: the answer is a page, never an error of its own."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from civicportal.extensions import db, limiter
from tests.architecture.doors.looking import csrf_token
from tests.architecture.doors.table import DOORS, EVERYBODY
from tests.architecture.doors.world import World
from tests.architecture.test_doors import FILLED, form_for, path_to, rules
from tests.conftest import empty_database

HALF = "\ud800"  # half a character, which no UTF-8 has
FIELDS = {**FILLED, "tracker": "7D0K", "secret": "7D0K", "leaf": "{}", **dict.fromkeys(
    ("files", "promise", "password", "carry", "carry_to", "next", "phone", "email"), "typed")}
UPLOADS = ("files", "tracker", "title", "text", "reason", "address", "name", "choice", "leaf", "receipt", "day-year")


@pytest.fixture(scope="module")
def world(flask_app: Flask) -> Iterator[World]:
    with flask_app.app_context():
        yield World(flask_app)
        db.session.remove()
        empty_database()


def as_json(*values: Any):
    """A body of JSON that stands for each field, or for none."""
    return lambda token, taken: [{
        "data": json.dumps({**dict.fromkeys(FIELDS, HALF), "csrf_token": taken} if value is HALF else value),
        "content_type": "application/json", "headers": {"X-CSRFToken": token}} for value in values]


def as_form(value: str):
    return lambda token, taken: [{
        "data": urlencode({**dict.fromkeys(FIELDS, value), "csrf_token": taken}, errors="surrogatepass")}]


def doubled(_token: str, taken: str):
    return [{"data": MultiDict([*FIELDS.items(), *FIELDS.items(), ("csrf_token", taken), ("csrf_token", taken)])}]


def files_for_texts(_token: str, taken: str):
    """One after the other, so that no earlier field hides a later one."""
    return [{"content_type": "multipart/form-data", "data": {
        **{name: value for name, value in FIELDS.items() if name != upload}, "csrf_token": taken,
        upload: (BytesIO(b"hello"), "a.txt")}} for upload in UPLOADS]


BODIES = {
    "JSON": as_json([1], 5, None, "typed", [[1, 2, 3]], HALF), "half a character": as_form(HALF),
    "numbers without end": as_form("9" * 30), "doubled fields": doubled, "files for texts": files_for_texts,
}


def cases(world: World, rule: Rule) -> Iterator[tuple[str, dict[str, object], str]]:
    """(role that gets furthest, values of the address, name of the object) for an address."""
    right = world.app.view_functions[rule.endpoint].access
    able = [role for role in sorted(EVERYBODY) if right == "public" or (
        (actor := world.actor(role)) and actor.can(right))]
    for name, open_to in DOORS.get(rule.endpoint, {}).items():
        yield next(iter(sorted(open_to)), able[0]), world.values(name), name
    if rule.endpoint not in DOORS:
        yield able[0], dict.fromkeys(rule.arguments - {"locale"}, "console"), ""


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_no_page_sends_is_answered(world, kind):
    failed = []
    for rule in [rule for rule in rules(world.app) if "POST" in (rule.methods or ())]:
        for role, values, name in cases(world, rule):
            browser = world.browser(role)
            token = csrf_token(browser)
            taken = str(form_for(world, name, values, token)["csrf_token"])
            for body in BODIES[kind](token, taken):
                limiter.reset()
                answer = browser.post(path_to(world.app, rule.endpoint, values), **body)
                if answer.status_code >= 500:
                    failed.append((rule.endpoint, name, role, answer.status_code))
    assert failed == []
