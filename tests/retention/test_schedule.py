"""The schedule: lengths, versions, and the years of public records."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from civicportal.retention import schedule
from civicportal.retention.schedule import PERIODS, Unit, all_in_force, cutoff, in_force, kept_until
from civicportal.retention.services.running import TURNS

SEOUL = ZoneInfo("Asia/Seoul")
TODAY = date(2026, 11, 28)


def test_years_begin_with_the_year_after_the_matter_was_closed():
    ten = in_force("petitions", TODAY)
    closed = datetime(2016, 12, 31, 14, 59, tzinfo=UTC)  # the last minute of 2016 in Seoul
    assert kept_until(ten, closed, SEOUL) == date(2026, 12, 31)
    assert closed >= cutoff(ten, datetime(2026, 12, 31, 14, 59, tzinfo=UTC), SEOUL)
    assert closed < cutoff(ten, datetime(2026, 12, 31, 15, 0, tzinfo=UTC), SEOUL)
    next_year = datetime(2016, 12, 31, 15, 0, tzinfo=UTC)
    assert kept_until(ten, next_year, SEOUL) == date(2027, 12, 31)
    assert next_year >= cutoff(ten, datetime(2026, 12, 31, 15, 0, tzinfo=UTC), SEOUL)


def test_days_are_days():
    mails = in_force("mails", TODAY)
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert cutoff(mails, at, SEOUL) == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert kept_until(mails, datetime(2026, 3, 3, 12, tzinfo=UTC), SEOUL) == date(2026, 6, 1)


def test_a_later_version_holds_from_its_day(monkeypatch):
    old = in_force("mails", TODAY)
    new = schedule.Period(**{**vars(old), "version": 2, "length": 30, "in_force": date(2027, 1, 1)})
    monkeypatch.setattr(schedule, "PERIODS", (*PERIODS, new))
    assert in_force("mails", date(2026, 12, 31)) is old
    assert in_force("mails", date(2027, 1, 1)) is new
    assert [one.name for one in all_in_force(date(2027, 1, 1))] == list(dict.fromkeys(one.name for one in PERIODS))
    with pytest.raises(KeyError):
        in_force("nothing", TODAY)


def test_names_and_versions_are_unique_and_every_length_of_our_own_has_its_turn(flask_app):
    keys = [(one.name, one.version) for one in PERIODS]
    assert len(set(keys)) == len(keys)
    own = {one.name for one in PERIODS if one.unit in (Unit.YEARS, Unit.DAYS)} - {"sessions"}  # accounts.purge
    assert own == set(TURNS)
    settings = flask_app.config["SETTINGS"]
    assert all(getattr(settings, one.setting) for one in PERIODS if one.unit is Unit.SETTING)
