"""Machines as data: what is not listed cannot happen, and what happens is on record."""

from enum import StrEnum
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from civicportal.core.audit import AuditEvent, AuditName, record
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import Machine, Transition, apply, settle
from civicportal.core.transactions import atomic, current


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def machine() -> Machine[Light]:
    made = Machine(
        "light", Light,
        Transition("go", frozenset({Light.RED}), Light.GREEN, guard=lambda thing: thing.powered),
        Transition("stop", frozenset({Light.GREEN}), Light.RED),
    )
    made.permit("go", lambda actor, thing: actor.person_id == thing.owner)
    return made


def light(state: Light = Light.RED, powered: bool = True) -> SimpleNamespace:
    return SimpleNamespace(id=7, state=state, powered=powered, owner=1)


OWNER, OTHER = Actor(1), Actor(2)


def test_a_permitted_verb_sets_the_state_and_leaves_a_record(app):
    thing = light()
    with atomic():
        apply(machine(), thing, "go", OWNER, reason="because")
    row = current().scalars(select(AuditEvent)).one()
    assert thing.state is Light.GREEN
    assert (row.name, row.actor_id, row.subject_kind, row.subject_id) == ("light:go", 1, "light", 7)
    assert row.details == {"from": "red", "to": "green", "reason": "because"}


@pytest.mark.parametrize(("thing", "actor", "verb", "error"), [
    (light(), OTHER, "go", Forbidden),
    (light(powered=False), OWNER, "go", Conflict),
    (light(Light.GREEN), OWNER, "go", Conflict),
    (light(Light.GREEN), OWNER, "stop", Forbidden),
])
def test_everything_else_is_refused_without_a_trace(app, thing, actor, verb, error):
    before = thing.state
    with pytest.raises(error), atomic():
        apply(machine(), thing, verb, actor)
    assert thing.state is before
    assert current().scalars(select(AuditEvent)).all() == []


def test_a_verb_nobody_was_permitted_belongs_to_the_system(app):
    thing = light(Light.GREEN)
    with atomic():
        apply(machine(), thing, "stop", SYSTEM)
    assert thing.state is Light.RED


def test_pages_can_ask_first():
    assert machine().may(OWNER, light(), "go")
    assert not machine().may(OTHER, light(), "go")
    assert not machine().may(OWNER, light(powered=False), "go")


def test_settling_on_the_same_state_writes_nothing(app):
    thing = light()
    with atomic():
        settle(machine(), thing, Light.RED, SYSTEM)
        settle(machine(), thing, Light.GREEN, SYSTEM)
    assert [row.name for row in current().scalars(select(AuditEvent))] == ["light:settle"]


def test_verbs_are_declared_once_and_policies_need_a_verb():
    with pytest.raises(ValueError, match="twice"):
        Machine("twice", Light, Transition("go", frozenset(), Light.RED), Transition("go", frozenset(), Light.RED))
    with pytest.raises(KeyError):
        machine().permit("fly", lambda _actor, _thing: True)


def test_the_record_takes_declared_details_only(app):
    with pytest.raises(ValueError, match="declares"), atomic():
        record(AuditName.GRANT_ADDED, SYSTEM, "person", 1, role="officer", address="someone@example.org")
