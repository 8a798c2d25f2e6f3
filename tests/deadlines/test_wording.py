"""Deadlines in words: whole sentences, right in the plural, with the reader's names of holidays."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask

from civicportal.core.i18n import init_i18n, speaking
from civicportal.deadlines import wording
from civicportal.deadlines.calendar import DayOff, Reason
from civicportal.deadlines.rules import PETITION, PROPOSAL, TRIAGE
from civicportal.deadlines.standing import Remaining

DUE_AT = datetime(2025, 10, 17, 15, tzinfo=UTC)
DUE_DATE = date(2025, 10, 17)


@pytest.fixture(autouse=True)
def english():
    app = Flask(__name__)
    app.config["SETTINGS"] = SimpleNamespace(locales=("ko", "en"), timezone="Asia/Seoul")
    init_i18n(app)
    with app.test_request_context(), speaking("en"):
        yield


@pytest.mark.parametrize(("left", "expected"), [
    (Remaining(False, 4), "By Friday 17 October 2025 (4 working days left)"),
    (Remaining(False, 1), "By Friday 17 October 2025 (1 working day left)"),
    (Remaining(True, 0), "Late: it was due by Friday 17 October 2025"),
    (Remaining(True, 1), "1 working day late: it was due by Friday 17 October 2025"),
    (Remaining(True, 3), "3 working days late: it was due by Friday 17 October 2025"),
])
def test_standing_in_days(left, expected):
    assert wording.standing(DUE_AT, DUE_DATE, left) == expected


@pytest.mark.parametrize(("late", "hours", "expected"), [
    (False, 6.5, "By 17 October 2025, 14:30 (6 working hours left)"),
    (False, 1, "By 17 October 2025, 14:30 (1 working hour left)"),
    (False, 0.5, "By 17 October 2025, 14:30 (less than one working hour left)"),
    (True, 0.5, "Late: it was due by 17 October 2025, 14:30"),
    (True, 9, "9 working hours late: it was due by 17 October 2025, 14:30"),
])
def test_standing_in_hours(late, hours, expected):
    left = Remaining(late, 1, timedelta(hours=hours))
    assert wording.standing(datetime(2025, 10, 17, 5, 30, tzinfo=UTC), DUE_DATE, left) == expected


def test_period_names_length_and_counting():
    assert wording.period(PETITION).startswith("7 working days; the day of receipt counts")
    assert wording.period(PROPOSAL) == "1 month; the day of receipt counts"
    assert wording.period(TRIAGE) == "8 working hours, counted from the minute of receipt"


def test_days_off_are_named_in_the_readers_language():
    chuseok = DayOff(Reason.HOLIDAY, "추석", "Chuseok")
    assert wording.day_off_text(chuseok) == "Chuseok"
    with speaking("ko"):
        assert wording.day_off_text(chuseok) == "추석"
    assert wording.day_off_text(DayOff(Reason.SUNDAY)) == "Sunday"
    assert all(wording.day_off_text(DayOff(reason)) for reason in Reason)
