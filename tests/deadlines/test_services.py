"""The table of closures: who may change it, what it does to the calendar, and its commands."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.permissions import SYSTEM, Actor, Held, Role
from civicportal.core.transactions import current
from civicportal.deadlines import queries, services
from civicportal.deadlines.calendar import DayOff, Reason
from civicportal.deadlines.cli import closures
from civicportal.deadlines.counting import compute
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.rules import PETITION
from tests.factories.accounts import staff

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY, HOLIDAY = date(2025, 10, 13), date(2025, 10, 9)
LATER = datetime(2025, 10, 13, 8, tzinfo=SEOUL)


@pytest.fixture(autouse=True)
def in_september():
    """All days of October lie ahead, unless a test goes on to LATER."""
    with clock.at(datetime(2025, 9, 15, 9, tzinfo=SEOUL)):
        yield


@pytest.fixture
def operators(app):
    return [actor_for(staff(Role.OPERATOR)) for _ in range(2)]


@pytest.fixture
def operator(operators):
    return operators[0]


def close(actor, day=MONDAY, kind=ClosureKind.CLOSED, **reasons):
    return services.add_closure(actor, day=day, name_ko="임시공휴일", name_en="Temporary holiday", kind=kind, **reasons)


def close_late(actor, kind=ClosureKind.CLOSED):
    return close(actor, kind=kind, reason_ko="태풍", reason_en="A typhoon")


def due_date():
    return compute(PETITION, datetime(2025, 10, 8, 9, tzinfo=SEOUL), queries.calendar("KR"), SEOUL).due_date


def test_closure_moves_the_next_deadline_and_removal_moves_it_back(operator):
    assert due_date() == date(2025, 10, 20)
    close(operator)
    assert queries.calendar("KR").day_off(MONDAY) == DayOff(Reason.CLOSURE, "임시공휴일", "Temporary holiday")
    assert due_date() == date(2025, 10, 21)
    services.remove_closure(operator, day=MONDAY)
    assert due_date() == date(2025, 10, 20)


def test_opened_holiday_counts(operator):
    close(operator, day=HOLIDAY, kind=ClosureKind.OPEN)
    assert queries.calendar("KR").day_off(HOLIDAY) is None
    assert due_date() == date(2025, 10, 17)


def test_a_day_has_one_entry(operator):
    close(operator)
    with pytest.raises(Conflict):
        close(operator, kind=ClosureKind.OPEN)
    assert [row.kind for row in queries.closures()] == [ClosureKind.CLOSED]


def test_entry_replaced_on_the_same_row_is_seen(operator):
    close(operator)
    services.remove_closure(SYSTEM, day=MONDAY)
    close(operator, day=date(2025, 10, 14))
    calendar = queries.calendar("KR")
    assert calendar.day_off(MONDAY) is None
    assert calendar.day_off(date(2025, 10, 14))


def test_removing_nothing_is_not_found(operator):
    with pytest.raises(NotFound):
        services.remove_closure(operator, day=MONDAY)


@pytest.mark.parametrize("other", [
    Actor(person_id=None), Actor(person_id=2, level=2), Actor(person_id=3, held=(Held(Role.DIRECTOR, 5),)),
])
def test_others_may_not_change_the_calendar(operator, other):
    with pytest.raises(Forbidden):
        close(other)
    close(operator)
    with pytest.raises(Forbidden):
        services.remove_closure(other, day=MONDAY)
    assert len(queries.closures()) == 1


def test_changes_are_on_record(operator):
    close(operator)
    services.remove_closure(operator, day=MONDAY)
    events = current().scalars(select(AuditEvent).where(AuditEvent.subject_kind == "closure").order_by(
        AuditEvent.id)).all()
    assert [(event.name, event.actor_id, event.details) for event in events] == [
        ("closure:added", operator.person_id, {"date": "2025-10-13"}),
        ("closure:removed", operator.person_id, {"date": "2025-10-13"})]


# A day that has begun ---------------------------------------------------------------------------------------


def test_a_day_that_has_begun_counts_only_when_somebody_else_confirms_it(operators):
    first, second = operators
    with clock.at(LATER):
        entry = close_late(first)
        assert (entry.waiting, entry.late, due_date()) == (True, True, date(2025, 10, 20))
        with pytest.raises(Forbidden):
            services.confirm_closure(first, entry.id)
        services.confirm_closure(second, entry.id)
        assert due_date() == date(2025, 10, 21)
        with pytest.raises(Conflict):
            services.refuse_closure(second, entry.id)
    assert (entry.proposed_by_id, entry.confirmed_by_id) == (first.person_id, second.person_id)


def test_a_command_alone_cannot_enter_a_day_that_has_begun(operators):
    with clock.at(LATER):
        entry = close_late(SYSTEM)
        with pytest.raises(Forbidden):
            services.confirm_closure(SYSTEM, entry.id)
        assert due_date() == date(2025, 10, 20)
        services.confirm_closure(operators[0], entry.id)
        assert due_date() == date(2025, 10, 21)


def test_a_late_entry_that_is_refused_never_counts_and_stays_readable(operators):
    with clock.at(LATER):
        entry = close_late(operators[0])
        services.refuse_closure(operators[1], entry.id)
        assert due_date() == date(2025, 10, 20)
        assert [row.id for row in queries.told()] == [entry.id]
        close_late(operators[0])  # the day is free for another try


def test_a_late_entry_needs_a_reason_in_both_languages(operator):
    with clock.at(LATER), pytest.raises(Invalid) as refused:
        close(operator, reason_ko="태풍", reason_en="  ")
    assert set(refused.value.fields) == {"reason_en"}


def test_what_has_begun_is_not_removed_but_answered_by_the_contrary(operators):
    first, second = operators
    close(first)
    with clock.at(LATER):
        with pytest.raises(Conflict):
            services.remove_closure(first, day=MONDAY)
        with pytest.raises(Conflict):
            close_late(first)  # the same once more
        contrary = close_late(first, kind=ClosureKind.OPEN)
        assert due_date() == date(2025, 10, 21)
        services.confirm_closure(second, contrary.id)
        assert due_date() == date(2025, 10, 20)
        assert [row.kind for row in queries.closures()] == [ClosureKind.OPEN]


def test_the_calendar_of_an_earlier_moment_is_still_known(operators):
    close(operators[0], day=date(2025, 10, 14))
    before = datetime(2025, 9, 20, tzinfo=SEOUL)
    with clock.at(LATER):
        services.confirm_closure(operators[1], close_late(operators[0]).id)
        services.remove_closure(operators[0], day=date(2025, 10, 14))
        assert sorted(queries.calendar("KR").closures) == [MONDAY]
        assert sorted(queries.calendar("KR", at=before).closures) == [date(2025, 10, 14)]


def test_a_name_that_is_missing_or_too_long_is_refused(operator):
    for name in ("  ", "x" * 256):
        with pytest.raises(Invalid):
            services.add_closure(operator, day=MONDAY, name_ko=name, name_en="A name", kind=ClosureKind.CLOSED)


# Commands ---------------------------------------------------------------------------------------------------


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


def test_a_command_says_that_a_late_day_waits(app):
    runner = app.test_cli_runner()
    arguments = ["add", "2025-10-13", "--name-ko", "태풍", "--name-en", "Typhoon"]
    with clock.at(LATER):
        assert "Write why" in runner.invoke(closures, arguments).output
        added = runner.invoke(closures, [*arguments, "--reason-ko", "태풍", "--reason-en", "A typhoon"])
        assert added.output == "2025-10-13 closed, waits until an operator confirms it\n"
        assert "(waits)" in runner.invoke(closures, ["list"]).output
