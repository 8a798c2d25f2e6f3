"""The table of closures: who may change it, what it does to the calendar, and its commands."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, NotFound
from civicportal.core.permissions import SYSTEM, Actor, Held, Role
from civicportal.core.transactions import current
from civicportal.deadlines import queries, services
from civicportal.deadlines.calendar import DayOff, Reason
from civicportal.deadlines.cli import closures
from civicportal.deadlines.counting import compute
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.rules import PETITION

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY, HOLIDAY = date(2025, 10, 13), date(2025, 10, 9)
OPERATOR = Actor(person_id=1, held=(Held(Role.OPERATOR),))


def close(actor=OPERATOR, day=MONDAY, kind=ClosureKind.CLOSED):
    return services.add_closure(actor, day=day, name_ko="임시공휴일", name_en="Temporary holiday", kind=kind)


def due_date():
    return compute(PETITION, datetime(2025, 10, 8, 9, tzinfo=SEOUL), queries.calendar("KR"), SEOUL).due_date


def test_closure_moves_the_next_deadline_and_removal_moves_it_back(app):
    assert due_date() == date(2025, 10, 20)
    close()
    assert queries.calendar("KR").day_off(MONDAY) == DayOff(Reason.CLOSURE, "임시공휴일", "Temporary holiday")
    assert due_date() == date(2025, 10, 21)
    services.remove_closure(OPERATOR, day=MONDAY)
    assert due_date() == date(2025, 10, 20)


def test_opened_holiday_counts(app):
    close(day=HOLIDAY, kind=ClosureKind.OPEN)
    assert queries.calendar("KR").day_off(HOLIDAY) is None
    assert due_date() == date(2025, 10, 17)


def test_a_day_has_one_entry(app):
    close()
    with pytest.raises(Conflict):
        close(kind=ClosureKind.OPEN)
    assert [row.kind for row in queries.closures()] == [ClosureKind.CLOSED]


def test_entry_replaced_on_the_same_row_is_seen(app):
    close()
    services.remove_closure(SYSTEM, day=MONDAY)
    close(day=date(2025, 10, 14))
    calendar = queries.calendar("KR")
    assert calendar.day_off(MONDAY) is None
    assert calendar.day_off(date(2025, 10, 14))


def test_removing_nothing_is_not_found(app):
    with pytest.raises(NotFound):
        services.remove_closure(OPERATOR, day=MONDAY)


@pytest.mark.parametrize("actor", [
    Actor(person_id=None), Actor(person_id=2, level=2), Actor(person_id=3, held=(Held(Role.DIRECTOR, 5),)),
])
def test_others_may_not_change_the_calendar(app, actor):
    with pytest.raises(Forbidden):
        close(actor)
    close()
    with pytest.raises(Forbidden):
        services.remove_closure(actor, day=MONDAY)
    assert len(queries.closures()) == 1


def test_changes_are_on_record(app):
    close()
    services.remove_closure(OPERATOR, day=MONDAY)
    events = current().scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.name, event.actor_id, event.details) for event in events] == [
        ("closure:added", 1, {"date": "2025-10-13"}), ("closure:removed", 1, {"date": "2025-10-13"})]


def test_commands(app):
    runner = app.test_cli_runner()
    names = ["--name-ko", "임시공휴일", "--name-en", "Temporary holiday"]
    assert runner.invoke(closures, ["add", "2025-10-13", *names]).output == "2025-10-13 closed\n"
    assert runner.invoke(closures, ["add", "2025-10-09", *names, "--open"]).exit_code == 0
    listed = runner.invoke(closures, ["list"]).output.splitlines()
    assert [line.split()[:2] for line in listed] == [["2025-10-09", "open"], ["2025-10-13", "closed"]]
    again = runner.invoke(closures, ["add", "2025-10-13", *names])
    assert again.exit_code == 1
    assert "already has an entry" in again.output
    assert runner.invoke(closures, ["remove", "2025-10-13"]).exit_code == 0
    assert runner.invoke(closures, ["remove", "2025-10-13"]).exit_code == 1
    assert runner.invoke(closures, ["add", "13.10.2025", *names]).exit_code == 2
