"""The public history: a line for each change, with who, when and why, and the record of the portal beside it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock, events
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict
from civicportal.core.events import publish
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.news import TaskChanged
from civicportal.forum.queries import timeline as timelines
from civicportal.forum.queries.timeline import past, timeline
from civicportal.forum.services import history, propose, support
from civicportal.forum.services.outcome import record_outcome
from civicportal.forum.states import TASK, Outcome, ReviewDecision, TaskState
from civicportal.voting.news import ThresholdCrossed, ThresholdMissed
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    author_of,
    begun,
    decided,
    government_task,
    mended,
    reading,
    returned,
    submitted,
    supporter_named,
    taken,
    voting,
    while_voting,
    words,
)
from tests.factories.institutions import InstitutionFactory

pytestmark = pytest.mark.usefixtures("english")


def crossed():
    task = voting()
    with clock.at(while_voting(task)), atomic():
        publish(ThresholdCrossed(task.box_id, 3))
    return task


def brought():
    task = reading()
    support.bring(supporter_named(), task, reason="It cannot wait.")
    return task


def expired():
    task = voting()
    with atomic():
        publish(ThresholdMissed(task.box_id))
    return task


def declined():
    task, reviewer = taken()
    decided(reviewer, task, ReviewDecision.DECLINE, met=(), reasons="Done already.")
    return task


def withdrawn():
    task = reading()
    propose.withdraw(author_of(task), task)
    return task


def revised():
    task = reading()
    propose.save_version(author_of(task), task, **words(), language="en")
    return task


def concluded(outcome):
    def make():
        task = crossed()
        record_outcome(SYSTEM, task, outcome, reason="Carried.", name="Choi Record")
        return task

    return make


JOURNEYS = {
    "crossed": crossed, "brought": brought, "expired": expired, "declined": declined, "withdrawn": withdrawn,
    "returned": returned, "revised": revised,
    **{f"committee: {outcome.value}": concluded(outcome) for outcome in Outcome},
}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
def test_each_change_of_state_is_in_the_history_and_in_the_record(journey):
    task = journey()
    lines = [(event.verb, event.state) for event in task.events]
    recorded = current().scalars(select(AuditEvent).where(
        AuditEvent.subject_kind == "task", AuditEvent.subject_id == task.id).order_by(AuditEvent.id)).all()
    assert [(row.name, row.details["to"]) for row in recorded] == [(f"task:{verb}", state) for verb, state in lines]
    assert lines[-1][1] is task.state
    for verb, state in lines:
        assert TASK.transitions[verb].target is state


def test_every_verb_of_the_machine_was_travelled_here():
    travelled = {event.verb for journey in JOURNEYS.values() for event in journey().events}
    assert travelled == set(TASK.transitions)


def test_a_line_says_who_when_and_why():
    at = now() + timedelta(days=1)
    task = reading()
    with clock.at(at):
        support.bring(supporter_named("Park Support"), task, reason="It cannot wait.")
    event = task.events[-1]
    assert (event.at, event.who, event.name, event.reason) == (at, "support", "Park Support", "It cannot wait.")


def test_only_officials_are_named():
    named = {(event.who, event.name is not None) for journey in JOURNEYS.values() for event in journey().events}
    assert named == {
        ("author", False), ("portal", False), ("reviewer", True), ("support", True), ("committee", True)}


def test_others_hear_of_each_change_in_its_transaction(monkeypatch):
    said = []
    monkeypatch.setitem(events._handlers, TaskChanged, [said.append])
    task = returned()
    assert said == [TaskChanged(task.id, event.id) for event in task.events]
    mended(task)
    assert [event.verb for event in task.events if TaskChanged(task.id, event.id) not in said] == ["edit"]


def test_a_refused_change_leaves_no_trace():
    task = submitted()
    with pytest.raises(Conflict):
        support.bring(supporter_named(), task, reason="It cannot wait.")
    assert [event.verb for event in task.events] == ["submit"]


def test_every_line_has_a_title_in_words():
    assert set(history.WHO) | set(TASK.transitions) <= set(timelines.TITLES)


def test_the_course_shows_what_was_what_is_and_what_comes():
    assert [step.state for step in timeline(begun())] == ["future"] * 5
    shown = timeline(submitted())
    assert [(step.state, step.title) for step in shown] == [
        ("past", "Submitted"), ("present", "Take the task and decide on it"),
        ("future", "Everybody can read and discuss it for 14 days"), ("future", "Vote: yes or no"),
        ("future", "With enough yes votes it goes to the Committee"), ("future", "The Committee decides, with reasons"),
    ]
    task = voting()
    present = next(step for step in timeline(task) if step.state == "present")
    assert (present.title, present.box) == ("Vote: yes or no", task.box.slug)
    assert [step.state for step in timeline(expired())][-1] == "past"
    assert timeline(crossed())[-1].title == "The Committee decides"


def test_what_is_late_says_since_when():
    with clock.at(now() - timedelta(days=20)):
        task = submitted()
    present = next(step for step in timeline(task) if step.state == "present")
    assert present.text.startswith("Overdue since ")


def test_readers_are_told_who_proposed_as_far_as_they_may_know():
    person, place = PersonFactory(name="Secret Author"), InstitutionFactory()
    mine, ours = submitted(person), government_task(staff(Role.OFFICER, place), place)
    propose.submit(author_of(ours), ours)
    assert past(mine, actor_for(person))[0].who == "You"
    for reader in (None, actor_for(PersonFactory()), supporter_named()):
        assert past(mine, reader)[0].who == "A citizen"
        assert past(ours, reader)[0].who == place.name_en


def test_the_language_of_a_reason_is_known():
    task, reviewer = taken()
    decided(reviewer, task, ReviewDecision.DECLINE, met=(), reasons="이미 시행하고 있는 일입니다.")
    assert (past(task)[-1].language, past(task)[0].language) == ("ko", "")


def test_the_record_keeps_no_words():
    brought()
    for row in current().scalars(select(AuditEvent)):
        assert "wait" not in str(row.details)
    assert current().scalar(select(AuditEvent).where(AuditEvent.name == "task:bring")).details == {
        "from": TaskState.READING, "to": TaskState.IN_COMMITTEE}
