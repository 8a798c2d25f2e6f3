"""Every address × every kind of visitor: what is hidden answers like what is not there, and writes nothing.

Compared are status, headers, text and the number of SQL statements. The clock is not: `bench/hidden.py` prints it.
"""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from civicportal.core.signing import derive_token
from civicportal.extensions import csrf, db, limiter
from tests.architecture.doors.looking import Seen, csrf_token, everything, look
from tests.architecture.doors.table import (
    DOORS,
    EVERYBODY,
    HERE,
    KEYED,
    NAMED,
    NO_OBJECT,
    READING,
    SELF_CHECKED,
    SIGNED,
)
from tests.architecture.doors.world import SECRET, World, absent_values
from tests.conftest import Browser, empty_database

ROLES = sorted(EVERYBODY)
REFUSALS = {400, 401, 403, 404, 405, 410}
KNOWN_ONLY = {  # may know of it, and is told why it is not for them
    ("petitions.assign", "officer here, manager elsewhere"): {403},
    **{("forum.hide", role): {403} for role in DOORS["forum.hide"]["begun task"] | HERE | NAMED},
    **{(endpoint, "anonymous"): {401} for endpoint, cases in DOORS.items() if "draft" in cases},
    ("voting.change", "anonymous"): {401},
    **{("petitions.correct", role): {403} for role in HERE},  # is told who has it
    **{("petitions.versions", role): {404} for role in DOORS["petitions.show"]["passed"] | HERE},  # never was public
    **{(f"committee.{act}", role): {401} if role == "anonymous" else {403}
       for act in ("move", "record", "recuse") for role in EVERYBODY},
}
FILLED = {  # something for every form, so that a door that is open by mistake does something
    "title": "typed", "text": "typed", "rating": "1", "comment": "typed", "reason": "typed", "decision": "publish",
    "institution_code": "there", "institution": "there", "new_password": "three green bicycles", "role": "officer",
    "address": "stranger@example.org", "name": "typed", "name_ko": "새 이름", "code": "new-one", "type": "central",
    "readers": "public", "region_code": "", "base_version": "0", "version": "1", "intent": "save", "assertion": "x",
    "problem": "typed", "idea": "typed", "difference": "typed", "side": "for", "helpful": "yes", "follow": "yes",
    "met": "clear", "reasons": "typed", "due_at-year": "2099", "due_at-month": "1", "due_at-day": "1",
    "proposal": "forward", "motion_id": "1", "other_id": "1", "seat_id": "1",
    "verdict": "grant", "authority": "typed", "withhold": "y",
    "choice": "yes", "nonce": "0" * 32, "keys": "0" * 64, "receipt": "typed", "head": "typed", "day-year": "2099",
    "day-month": "1", "day-day": "1", "clock": "9:00", "active_from-year": "", "officer_id": "1", "department_id": "0",
    "successor_id": "0", "person_id": "1", "tab": "new",
}


@pytest.fixture(scope="module")
def world(flask_app: Flask) -> Iterator[World]:
    """One for all: these tests show that nothing in it is changed."""
    with flask_app.app_context():
        yield World(flask_app)
        db.session.remove()
        empty_database()


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def named(app: Flask) -> list[Rule]:
    """The addresses that name an object."""
    return [rule for rule in rules(app) if rule.arguments - {"locale"} and rule.endpoint not in NO_OBJECT]


def path_to(app: Flask, endpoint: str, values: dict[str, object]) -> str:
    with app.test_request_context("/en/"):
        return url_for(endpoint, **{"locale": "en", **values})


def form_for(world: World, name: str, values: dict[str, object], token: str) -> dict[str, object]:
    """Every field there is, with the token that the form behind this address would take."""
    key = values.get("key") or values.get("token")
    part = world.parts.get(name)
    with world.app.test_request_context():
        taken = derive_token("keyed-form", str(key)) if key else token
    return {**FILLED, "csrf_token": taken, "part": str(part.id if part else 1)}


def test_every_address_that_names_an_object_is_in_the_table(flask_app):
    assert {rule.endpoint for rule in named(flask_app)} == set(DOORS)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_hidden_answers_like_what_is_not_there(world, role):
    """And a POST that is refused has written nothing."""
    told, browser = [], world.browser(role)
    token, before = csrf_token(browser), everything()
    for rule in named(world.app):
        for name, open_to in DOORS[rule.endpoint].items():
            if role in open_to:
                continue
            limiter.reset()
            for method in ("GET", "POST"):
                hidden, absent = both(world, browser, rule.endpoint, name, method, token)
                if hidden != absent or hidden.status not in REFUSALS:
                    told.append((method, rule.endpoint, name, differences(hidden, absent)))
    assert told == []
    assert everything() == before


def both(
    world: World, browser: Browser, endpoint: str, name: str, method: str, token: str
) -> tuple[Seen, Seen]:
    """The answers for the hidden object and for none."""
    values = world.values(name)
    keep = ("code", "slug") if len(values) > 1 else ()  # codes of institutions and votes are public
    nothing = absent_values(values, keep=keep)
    hidden, absent = (
        look(browser, method, path_to(world.app, endpoint, asked),
             form_for(world, name, asked, token) if method == "POST" else None)
        for asked in (values, nothing))
    return hidden, absent


def differences(hidden: Seen, absent: Seen) -> list[str]:
    """In what two answers differ, for a message that can be read."""
    found = [f"{field}: {one!r} / {other!r}" for field in ("status", "headers", "statements")
             if (one := getattr(hidden, field)) != (other := getattr(absent, field))]
    lines = set(hidden.text.splitlines()) ^ set(absent.text.splitlines())
    return [*found, *sorted(line.strip()[:120] for line in lines), f"status {hidden.status}"]


@pytest.mark.parametrize("role", ROLES)
def test_a_file_that_is_not_there_is_no_door_to_its_petition(world, role):
    """Half of an address that is right tells nothing about the other half."""
    values = world.values("private")
    for endpoint in ("petitions.file_content", "petitions.file_original"):
        half, none = (look(world.browser(role), "GET", path_to(world.app, endpoint, absent_values(values, keep=keep)))
                      for keep in (("number",), ()))
        assert half == none, differences(half, none)


@pytest.mark.parametrize("role", ROLES)
def test_doors_are_open_to_those_in_the_table(world, role):
    """Else the comparison would prove nothing."""
    shut, browser = [], world.browser(role)
    for rule in named(world.app):
        for name, open_to in DOORS[rule.endpoint].items():
            if role in open_to and "GET" in (rule.methods or ()):
                answer = browser.get(path_to(world.app, rule.endpoint, world.values(name)))
                known = KNOWN_ONLY.get((rule.endpoint, role), set()) | {200, 303, 409}  # 409: nobody has taken it
                if answer.status_code not in known:
                    shut.append((rule.endpoint, name, answer.status_code))
                answer.close()
    assert shut == []


def test_a_right_held_elsewhere_is_none_here(world):
    """An officer of this institution who is a manager of another one hands out no matters here."""
    browser = world.browser("officer here, manager elsewhere")
    fields = form_for(world, "private", {}, csrf_token(browser))
    before = everything() | {"matter_views": []}  # an officer may look, and leaves a trace
    for form in ({}, {"officer_id": str(world.people["officer"].id)}):
        answer = browser.post(path_to(world.app, "petitions.assign", world.values("private")), data={**fields, **form})
        assert answer.status_code in {400, 403, 409}
    assert everything() | {"matter_views": []} == before


def test_who_knows_a_key_and_is_not_signed_in_reads_nothing(world):
    browser, before = world.browser("anonymous"), everything()
    for rule in named(world.app):
        for name in {"draft", "receipt"} & DOORS[rule.endpoint].keys():
            path = path_to(world.app, rule.endpoint, world.values(name))
            assert SECRET not in browser.get(path, follow_redirects=True).text, path
            assert SECRET not in browser.post(path, data={"csrf_token": "x"}, follow_redirects=True).text, path
    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_nobody_writes_without_the_token_of_a_form(world, role):
    """Not even who may: the browser of an official must not be led by another site."""
    taken, browser = [], world.browser(role)
    before = everything()
    for rule in rules(world.app):
        if "POST" not in (rule.methods or ()) or rule.endpoint in SIGNED:
            continue
        limiter.reset()
        answer = post_without_token(world, browser, rule)
        allowed = {200, 303, *REFUSALS} if rule.endpoint in KEYED else {400, 401} if (
            rule.endpoint in SELF_CHECKED) else {200, 400} if rule.endpoint in READING else {400}
        if answer.status_code not in allowed:
            taken.append((rule.endpoint, answer.status_code))
    assert taken == []
    assert everything() == before


def post_without_token(world: World, browser: Browser, rule: Rule):
    name = next(iter(DOORS.get(rule.endpoint, {})), "")
    values = world.values(name) if name else dict.fromkeys(rule.arguments - {"locale"}, "console")
    fields = {**form_for(world, name, values, ""), "csrf_token": ""}
    return browser.post(path_to(world.app, rule.endpoint, values), data=fields)


def test_only_keyed_and_signed_forms_go_without_the_session_token(flask_app):
    views = {f"{view.__module__}.{view.__name__}": endpoint for endpoint, view in flask_app.view_functions.items()}
    assert {views[name] for name in csrf._exempt_views} == KEYED | SIGNED | SELF_CHECKED | READING


@pytest.mark.parametrize("role", ROLES)
def test_a_role_too_low_is_refused_before_anything_is_looked_at(world, role):
    """Views that ask for a right, opened by everybody who has it nowhere."""
    actor, browser, let_in = world.actor(role), world.browser(role), []
    token, before = csrf_token(browser), everything()
    for rule in rules(world.app):
        right = world.app.view_functions[rule.endpoint].access
        if right == "public" or (actor and actor.can(right)):
            continue
        name = next(iter(DOORS.get(rule.endpoint, {})), "")
        values = world.values(name) if name else dict.fromkeys(rule.arguments - {"locale"}, "console")
        for method in {"GET", "POST"} & set(rule.methods or ()):
            limiter.reset()
            fields = form_for(world, name, values, token) if method == "POST" else None
            answer = browser.open(path_to(world.app, rule.endpoint, values), method=method, data=fields)
            if answer.status_code != (403 if actor else 401):
                let_in.append((method, rule.endpoint, answer.status_code))
    assert let_in == []
    assert everything() == before
