"""Every form × what nobody types, as two people: never an error of ours, nothing half-written, nothing typed is lost.

The bodies come from a seed. `make test` uses the same one each time; `make test-attack` sends more of them from a new
one, which is printed: ATTACK_SEED and ATTACK_BODIES repeat it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms import Field, HiddenField, PasswordField, StringField

from civicportal.core.web.forms import PortalForm, tidy
from civicportal.extensions import db, limiter
from tests.architecture.doors.looking import csrf_token, everything
from tests.architecture.doors.table import DOORS, EVERYBODY
from tests.architecture.doors.world import World
from tests.architecture.test_doors import form_for, path_to, rules
from tests.attack.hostile import Pairs, arrived, bodies, encoded, typed_fields
from tests.conftest import Browser, empty_database
from tests.elements import Elements

SEED = int(os.environ.get("ATTACK_SEED", "1"))
BODIES = int(os.environ.get("ATTACK_BODIES", "2"))
INTERNAL = re.compile(
    r'Traceback|File "/|sqlalchemy|psycopg|sqlite3|werkzeug|jinja2|wtforms|civicportal\.|object at 0x|<class \'|'
    r"IntegrityError|DataError|ValueError|TypeError")
PARTS = 2
NOT_KEPT = {"audit_events", "account_sessions", "matter_views", "second_factors", "mail_tokens"}  # tries are counted
KEEPS = {"petitions.file_text"}  # a draft keeps what is typed, also while it is too long
BY_MACHINE = {"code", "tracker", "secret", "credential", "nonce"}  # no use a second time


@dataclass(frozen=True)
class Door:
    """A form, and somebody who may send it."""

    rule: Rule
    name: str
    role: str


class Forms:
    """Which forms were made in a request: the only way to know what fields an address reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[PortalForm] = []
        usual = PortalForm.__init__

        def noted(form: PortalForm, *args: object, **kwargs: object) -> None:
            usual(form, *args, **kwargs)
            self.made.append(form)

        monkeypatch.setattr(PortalForm, "__init__", noted)


def doors(world: World) -> Iterator[Door]:
    """Every form with the first and the last of the roles that may send it."""
    for rule in rules(world.app):
        if "POST" not in (rule.methods or ()):
            continue
        right = world.app.view_functions[rule.endpoint].access
        able = [role for role in sorted(EVERYBODY) if right == "public" or (
            (actor := world.actor(role)) and actor.can(right))]
        for name, open_to in DOORS.get(rule.endpoint, {"": frozenset()}).items():
            may = sorted(open_to) or able
            yield from (Door(rule, name, role) for role in dict.fromkeys((may[0], may[-1])))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_form_breaks_on_what_nobody_types(flask_app: Flask, monkeypatch: pytest.MonkeyPatch, part: int):
    chance, forms = Random(f"{SEED}-{part}"), Forms(monkeypatch)  # noqa: S311 - no secret
    with flask_app.app_context():
        try:
            world = World(flask_app)
            wrong = [f"{door.rule.endpoint} ({door.name}) as {door.role}: {what}\n    {body}"
                     for door in list(doors(world))[part::PARTS] for what, body in tried(world, door, forms, chance)]
        finally:
            db.session.remove()
            empty_database()
    assert wrong == [], f"ATTACK_SEED={SEED} ATTACK_BODIES={BODIES}\n" + "\n".join(wrong)


def tried(world: World, door: Door, forms: Forms, chance: Random) -> Iterator[tuple[str, str]]:
    """What went wrong with this form, and with which body."""
    values = world.values(door.name) if door.name else dict.fromkeys(door.rule.arguments - {"locale"}, "console")
    path, browser = path_to(world.app, door.rule.endpoint, values), world.browser(door.role)
    usual = {name: str(value) for name, value in form_for(world, door.name, values, csrf_token(browser)).items()}
    forms.made.clear()
    sent(browser, path, [("csrf_token", usual["csrf_token"])])
    fields = typed_fields(forms.made)
    shown = Controls(browser.get(path).get_data(as_text=True)).texts if "GET" in (door.rule.methods or ()) else {}
    before = written()
    for body in bodies(chance, fields, usual, BODIES) if fields else ():
        answer = sent(browser, path, body)
        for what in judged(answer, body, [field for field in fields if field.name in shown]):
            yield what, str([(name, value[:60]) for name, value in body if name in {field.name for field in fields}])
        after = written()
        if answer.status_code >= 400 and after != before and door.rule.endpoint not in KEEPS:
            yield f"answers {answer.status_code} and writes", str(body)[:400]
        before = after


def sent(browser: Browser, path: str, body: Pairs) -> TestResponse:
    limiter.reset()
    return browser.post(path, data=encoded(body), content_type="application/x-www-form-urlencoded")


def written() -> dict[str, list[str]]:
    """Every row that a refused form leaves as it was."""
    return {name: rows for name, rows in everything().items() if name not in NOT_KEPT}


def judged(answer: TestResponse, body: Pairs, fields: list[Field]) -> Iterator[str]:
    """`fields`: those that the page shows."""
    html = answer.get_data(as_text=True)
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    if found := INTERNAL.search(html):
        yield f"shows {found.group()}"
    if answer.status_code == 400:
        yield from (f"loses {name}" for name in lost(html, body, fields))


def lost(html: str, body: Pairs, fields: list[Field]) -> Iterator[str]:
    """Names of typed fields that the page does not give back, in their place or to be copied."""
    page = Controls(html)
    for field in fields:
        typed = [value for name, value in body if name == field.name]
        secret = isinstance(field, PasswordField | HiddenField) or field.name in BY_MACHINE
        if typed and isinstance(field, StringField) and not secret:
            wanted = tidy(arrived(typed[0]))
            if wanted and wanted not in {tidy(value) for value in (*page.values(field.name), *page.values(""))}:
                yield field.name


class Controls(Elements):
    """What stands in the controls of a page."""

    def __init__(self, html: str) -> None:
        self.texts: dict[str, list[str]] = {}
        self.area: str | None = None
        super().__init__(html)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        given = dict(attrs)
        if tag == "textarea":
            self.area = given.get("name", "")
            self.texts.setdefault(self.area, []).append("")
        elif tag == "input":
            self.texts.setdefault(given.get("name", ""), []).append(given.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None

    def handle_data(self, data):
        if self.area is not None:
            self.texts[self.area][-1] += data

    def values(self, name: str) -> list[str]:
        return self.texts.get(name, [])
