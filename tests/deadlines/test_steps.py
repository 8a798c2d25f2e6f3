"""The explanation that pages, commands and the API share, in words and as JSON."""

from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from civicportal.core.i18n import init_i18n, speaking
from civicportal.deadlines.calendar import Calendar, public_holidays
from civicportal.deadlines.counting import Extension, Pause, compute
from civicportal.deadlines.rules import GRIEVANCE, MISCELLANEOUS, PROPOSAL, RULES
from civicportal.deadlines.steps import StepKind, as_json, clock_steps

SEOUL = ZoneInfo("Asia/Seoul")
KOREA = Calendar(public_holidays("KR"))


@pytest.fixture(autouse=True)
def english():
    app = Flask(__name__)
    app.config["SETTINGS"] = SimpleNamespace(locales=("ko", "en"), timezone="Asia/Seoul")
    init_i18n(app)
    with app.test_request_context(), speaking("en"):
        yield


def seoul(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def due(rule, received, **more):
    return compute(rule, seoul(received), KOREA, SEOUL, **more)


def whole():
    """A grievance that was filed before it was received, paused once and extended once."""
    return due(GRIEVANCE, "2025-10-02T17:30", filed_at=seoul("2025-10-01T22:00"),
               pauses=[Pause(seoul("2025-10-10T10:00"), seoul("2025-10-13T10:00"), "A photo is missing")],
               extensions=[Extension(3, "An expert is asked")])


def test_all_that_the_date_rests_on_is_said_in_order():
    steps = clock_steps(whole())
    assert [step.kind for step in steps if step.date is None] == [
        StepKind.RULE, StepKind.FILED, StepKind.RECEIVED, StepKind.PAUSE, StepKind.EXTENSION, StepKind.DUE]
    rule, filed, received, pause, extension = steps[:5]
    assert (rule.text.startswith("7 working days"), "Article 17" in rule.article) == (True, True)
    assert (filed.text, received.text) == ("Filed: 1 October 2025, 22:00", "Received: 2 October 2025, 17:30")
    assert pause.text == "The clock stood still from 10 October 2025, 10:00 to 13 October 2025, 10:00"
    assert (pause.reason, bool(pause.unverified)) == ("A photo is missing", True)
    assert (extension.text, extension.reason) == ("Extended by 3 working days", "An expert is asked")
    assert steps[-1].text == "Due by the end of Thursday 23 October 2025"


def test_each_day_is_counted_or_says_why_not():
    days = [step for step in clock_steps(whole()) if step.date]
    assert [(step.date.day, step.number, step.text) for step in days[:3]] == [
        (2, 1, ""), (3, None, "National Foundation Day"), (4, None, "Saturday")]
    paused = next(step for step in days if step.date.day == 13)
    assert (paused.kind, paused.why, paused.text) == (StepKind.SKIPPED, "paused", "The clock stood still")
    assert [(step.number, step.text) for step in days if step.extended] == [
        (8, "extension"), (9, "extension"), (10, "extension")]


def test_hours_say_what_was_taken_and_what_was_left_out():
    paused = due(MISCELLANEOUS, "2025-10-13T16:00",
                 pauses=[Pause(seoul("2025-10-13T17:10"), seoul("2025-10-14T09:25"))])
    days = [step for step in clock_steps(paused) if step.date]
    assert days[0].text == "1 hour and 10 minutes, the clock stood still for 0 hours and 50 minutes"
    assert clock_steps(paused)[-1].text == "Due by 14 October 2025, 11:15"


def test_the_end_of_a_month_that_moves_says_so():
    moved = next(step for step in clock_steps(due(PROPOSAL, "2025-10-16T10:00")) if step.kind is StepKind.MOVED)
    assert (moved.date.day, moved.number) == (17, None)
    assert moved.text.startswith("The last day was a day off")


def test_json_has_the_shape_that_is_described():
    told = as_json(whole(), ("ko", "en"), SEOUL)
    assert list(told) == ["due_at", "due_date", "steps"]
    assert (told["due_at"], told["due_date"]) == ("2025-10-24T00:00:00+09:00", "2025-10-23")
    first, filed, received, pause, extension, day, holiday, *_rest, last = told["steps"]
    assert {name: first[name] for name in ("kind", "name", "version", "regime", "length")} == {
        "kind": "rule", "name": "grievance", "version": 1, "regime": "working_days", "length": 7}
    assert "제17조" in first["article"]["ko"]
    assert "unverified" not in first
    assert (filed["at"], received["at"]) == ("2025-10-01T22:00:00+09:00", "2025-10-02T17:30:00+09:00")
    assert (pause["at"], pause["until"]) == ("2025-10-10T10:00:00+09:00", "2025-10-13T10:00:00+09:00")
    assert pause["unverified"]["ko"] != pause["unverified"]["en"]
    assert extension["reason"] == "An expert is asked"
    assert day == {"kind": "counted", "date": "2025-10-02", "number": 1}
    assert holiday == {"kind": "skipped", "date": "2025-10-03", "why": "holiday",
                       "text": {"ko": "개천절", "en": "National Foundation Day"}}
    assert (last["kind"], last["at"]) == ("due", told["due_at"])


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_every_rule_can_be_said(locale):
    with speaking(locale):
        for rule in RULES.values():
            more = [Extension(1)] if rule.extensions else []
            steps = clock_steps(due(rule, "2025-10-13T10:00", extensions=more))
            assert all(step.text for step in steps if step.date is None)
            assert bool(steps[0].unverified) == bool(rule.unverified)
