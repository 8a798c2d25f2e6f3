"""The day counter against the statute: known dates, and an independent naive count over random receipts."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicportal.deadlines.calendar import Calendar, OfficeHours, Reason, public_holidays
from civicportal.deadlines.counting import compute
from civicportal.deadlines.rules import PETITION, PROPOSAL, TRIAGE, Regime, Rule
from civicportal.deadlines.standing import Remaining, remaining

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
KOREA = Calendar(public_holidays("KR"))
GERMANY = Calendar(public_holidays("DE"))
DAY = timedelta(days=1)

EARLIEST, LATEST = datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2027-12-01")

receipts = st.datetimes(EARLIEST, LATEST, timezones=st.just(SEOUL))
berlin_receipts = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))
lengths = st.integers(1, 40)


def seoul(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def due(rule, text, calendar=KOREA):
    return compute(rule, seoul(text), calendar, SEOUL)


def closed(calendar, day):
    """The oracle's own idea of a closed day, from the holiday names alone."""
    return day.strftime("%a") in {"Sat", "Sun"} or calendar.holidays(day) is not None


# Working days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("received", "last"), [
    ("2025-10-13T10:00", date(2025, 10, 21)),  # an ordinary Monday
    ("2025-10-01T09:00", date(2025, 10, 16)),  # across Chuseok 2025: closed from 3 to 9 October
    ("2025-10-02T23:59", date(2025, 10, 17)),  # one minute before the long holiday: the day still counts
    ("2025-10-04T22:00", date(2025, 10, 20)),  # Saturday night: the count begins on Friday the 10th
    ("2026-09-22T15:00", date(2026, 10, 2)),  # Chuseok 2026: 24, 25 September and a weekend
    ("2025-01-24T17:00", date(2025, 2, 7)),  # 27 January 2025 was made a holiday for once
    ("2025-05-02T12:00", date(2025, 5, 14)),  # Children's Day and Buddha's Birthday, with a substitute day
    ("2025-12-26T08:00", date(2026, 1, 6)),  # across the turn of the year
])
def test_petition_is_due_on_the_seventh_working_day(received, last):
    deadline = due(PETITION, received)
    assert deadline.due_date == last
    assert deadline.due_at == datetime.combine(last + DAY, time(), SEOUL)
    assert deadline.due_at.tzinfo is UTC


def test_explanation_numbers_counted_days_and_names_skipped_ones():
    lines = due(PETITION, "2025-10-02T23:59").explanation
    assert [line.number for line in lines if line.counted] == [1, 2, 3, 4, 5, 6, 7]
    skipped = {line.date.day: (line.off.reason, line.off.name_ko, line.off.name_en)
               for line in lines if not line.counted}
    assert skipped[3] == (Reason.HOLIDAY, "개천절", "National Foundation Day")
    assert skipped[6] == (Reason.HOLIDAY, "추석", "Chuseok")
    assert skipped[4] == (Reason.SATURDAY, "", "")
    assert skipped[12] == (Reason.SUNDAY, "", "")
    assert lines[0].date == date(2025, 10, 2)
    assert lines[-1].date == date(2025, 10, 17)


def test_closure_closes_and_opening_opens_a_day():
    closures = {date(2025, 10, 14): ("임시 휴무", "Storm")}
    calendar = Calendar(KOREA.holidays, closures=closures, opened=frozenset({date(2025, 10, 18)}))
    lines = compute(PETITION, seoul("2025-10-13T10:00"), calendar, SEOUL).explanation
    assert lines[1].off.reason is Reason.CLOSURE
    assert lines[1].off.name_en == "Storm"
    assert next(line for line in lines if line.date == date(2025, 10, 18)).number == 5
    assert lines[-1].date == date(2025, 10, 21)


@given(receipts, lengths)
def test_working_days_agree_with_a_naive_count(received_at, length):
    rule = Rule("any", 1, Regime.WORKING_DAYS, length, "")
    deadline = compute(rule, received_at, KOREA, SEOUL)
    open_days = [day for n in range(200) if not closed(KOREA, day := received_at.date() + n * DAY)]
    assert deadline.due_date == open_days[length - 1]
    assert [line.date for line in deadline.explanation if line.counted] == open_days[:length]
    assert [line.date for line in deadline.explanation] == [
        received_at.date() + n * DAY for n in range((deadline.due_date - received_at.date()).days + 1)]


@given(receipts, st.integers(0, 60 * 24 * 10), lengths)
def test_later_receipt_is_never_due_earlier(received_at, minutes, length):
    for regime in Regime:
        rule = Rule("any", 1, regime, length, "")
        later = received_at + timedelta(minutes=minutes)
        assert compute(rule, received_at, KOREA, SEOUL).due_at <= compute(rule, later, KOREA, SEOUL).due_at


# Calendar months --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("received", "last"), [
    ("2025-01-31T10:00", date(2025, 2, 28)),  # no 31 February: the month's last day, a Friday
    ("2025-01-30T10:00", date(2025, 2, 28)),
    ("2025-01-29T10:00", date(2025, 2, 28)),
    ("2025-01-28T10:00", date(2025, 2, 27)),
    ("2024-01-31T10:00", date(2024, 2, 29)),  # leap year, a Thursday
    ("2024-01-29T10:00", date(2024, 2, 28)),  # 29 February exists, so the day before it
    ("2025-07-01T00:00", date(2025, 7, 31)),  # from the first: a whole month
    ("2025-10-13T10:00", date(2025, 11, 12)),
    ("2025-10-16T10:00", date(2025, 11, 17)),  # Saturday the 15th: Monday
    ("2025-10-17T10:00", date(2025, 11, 17)),  # Sunday the 16th: Monday
    ("2025-09-04T10:00", date(2025, 10, 10)),  # into Chuseok, 3 to 9 October
    ("2025-12-02T10:00", date(2026, 1, 2)),  # New Year's Day
    ("2025-12-15T10:00", date(2026, 1, 14)),
    ("2025-03-31T23:59", date(2025, 4, 30)),
])
def test_proposal_is_due_after_one_month(received, last):
    deadline = due(PROPOSAL, received)
    assert deadline.due_date == last
    assert deadline.due_at == datetime.combine(last + DAY, time(), SEOUL)


def test_moved_end_is_explained():
    lines = due(PROPOSAL, "2025-10-16T10:00").explanation
    assert [(line.date.day, line.number, line.off and line.off.reason) for line in lines[-3:]] == [
        (15, 31, Reason.SATURDAY), (16, None, Reason.SUNDAY), (17, None, Reason.MOVED)]
    assert all(line.counted for line in lines[:-2])


def naive_month_end(day, months):
    """Walk day by day until the day number comes round in the wanted month, or that month is over."""
    target = (day.year * 12 + day.month - 1) + months
    walk = day
    while (walk.year * 12 + walk.month - 1, walk.day) < (target, day.day):
        walk += DAY
    return walk - DAY


@given(receipts, st.integers(1, 14))
def test_months_agree_with_a_naive_walk(received_at, months):
    deadline = compute(Rule("any", 1, Regime.CALENDAR_MONTHS, months, ""), received_at, KOREA, SEOUL)
    end = naive_month_end(received_at.date(), months)
    while closed(KOREA, end):
        end += DAY
    assert deadline.due_date == end


# Working hours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("received", "due_at"), [
    ("2025-10-17T16:30", "2025-10-20T16:30"),  # Friday, 1.5 h; Monday 3 h, lunch, 3.5 h
    ("2025-10-20T09:00", "2025-10-20T18:00"),  # exactly one working day
    ("2025-10-20T12:30", "2025-10-21T12:00"),  # in the lunch break: 5 h, then 3 h
    ("2025-10-20T22:15", "2025-10-21T18:00"),  # at night
    ("2025-10-20T18:00", "2025-10-21T18:00"),  # closing time is already closed
    ("2025-10-18T22:00", "2025-10-20T18:00"),  # Saturday night
    ("2025-10-02T23:59", "2025-10-10T18:00"),  # a minute before the holiday
    ("2025-10-02T17:59", "2025-10-10T17:59"),  # a minute before closing
    ("2025-10-20T10:00:59", "2025-10-21T10:00"),  # from the minute of receipt
])
def test_triage_is_due_after_eight_office_hours(received, due_at):
    deadline = due(TRIAGE, received)
    assert deadline.due_at == seoul(due_at)
    assert deadline.due_date == seoul(due_at).date()
    assert sum(line.minutes for line in deadline.explanation) == 480


def test_hours_are_explained_day_by_day():
    lines = due(TRIAGE, "2025-10-17T16:30").explanation
    assert [(line.date.day, line.number, line.minutes) for line in lines] == [
        (17, 1, 90), (18, None, 0), (19, None, 0), (20, 2, 390)]
    night = due(TRIAGE, "2025-10-20T22:15").explanation
    assert night[0].off.reason is Reason.AFTER_HOURS


def naive_hours(received_at, hours):
    """Tick minute by minute through office time."""
    at = received_at.replace(second=0, microsecond=0)
    left = hours * 60
    while left:
        in_office = 9 <= at.hour < 12 or 13 <= at.hour < 18
        left -= in_office and not closed(KOREA, at.date())
        at += timedelta(minutes=1)
    return at


@settings(max_examples=40)
@given(receipts, st.integers(1, 20))
def test_hours_agree_with_a_minute_by_minute_count(received_at, hours):
    deadline = compute(Rule("any", 1, Regime.WORKING_HOURS, hours, ""), received_at, KOREA, SEOUL)
    assert deadline.due_at == naive_hours(received_at, hours)


# Zones and instants -----------------------------------------------------------------------------------------


@given(berlin_receipts, lengths, st.sampled_from([Regime.WORKING_DAYS, Regime.CALENDAR_MONTHS]))
def test_due_instant_is_the_first_one_after_the_last_local_day(received_at, length, regime):
    deadline = compute(Rule("any", 1, regime, length, ""), received_at, GERMANY, BERLIN)
    assert deadline.due_at.astimezone(BERLIN).date() == deadline.due_date + DAY
    assert (deadline.due_at - timedelta(microseconds=1)).astimezone(BERLIN).date() == deadline.due_date


@pytest.mark.parametrize(("received", "due_at"), [
    ("2025-03-21T12:00", "2025-03-31T22:00"),  # summer time began on the 30th: midnight is 22:00 UTC
    ("2025-10-16T12:00", "2025-10-24T22:00"),  # still summer time
    ("2025-10-17T12:00", "2025-10-27T23:00"),  # winter time began on the 26th
])
def test_midnight_follows_the_change_of_clocks(received, due_at):
    deadline = compute(PETITION, datetime.fromisoformat(received).replace(tzinfo=BERLIN), GERMANY, BERLIN)
    assert deadline.due_at == datetime.fromisoformat(due_at).replace(tzinfo=UTC)


def test_day_of_receipt_is_the_local_one():
    """15:30 UTC on Thursday is already Friday in Seoul."""
    deadline = compute(PETITION, datetime(2025, 10, 16, 15, 30, tzinfo=UTC), KOREA, SEOUL)
    assert deadline.explanation[0].date == date(2025, 10, 17)


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        compute(PETITION, datetime(2025, 10, 16, 15, 30), KOREA, SEOUL)  # noqa: DTZ001 - the point of the test


# What remains -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "expected"), [
    ("2025-10-13T10:00", Remaining(False, 5)),
    ("2025-10-14T23:59", Remaining(False, 4)),
    ("2025-10-17T09:00", Remaining(False, 1)),
    ("2025-10-17T23:59", Remaining(False, 1)),
    ("2025-10-18T00:00", Remaining(True, 0)),  # the instant itself is late; no working day has begun since
    ("2025-10-20T08:00", Remaining(True, 1)),
    ("2025-10-22T08:00", Remaining(True, 3)),
])
def test_remaining_counts_working_days(now, expected):
    assert remaining(seoul("2025-10-18T00:00"), date(2025, 10, 17), seoul(now), KOREA, SEOUL) == expected


@pytest.mark.parametrize(("now", "late", "hours"), [
    ("2025-10-17T16:30", False, 8),
    ("2025-10-18T12:00", False, 6.5),
    ("2025-10-20T14:30", False, 2),
    ("2025-10-20T16:30", True, 0),
    ("2025-10-21T10:00", True, 2.5),
])
def test_remaining_of_an_hour_rule_counts_office_time(now, late, hours):
    left = remaining(seoul("2025-10-20T16:30"), date(2025, 10, 20), seoul(now), KOREA, SEOUL)
    assert (left.late, left.office_time) == (late, timedelta(hours=hours))


@given(receipts, st.integers(1, 20))
def test_at_receipt_everything_remains(received_at, length):
    days = compute(Rule("any", 1, Regime.WORKING_DAYS, length, ""), received_at, KOREA, SEOUL)
    assert remaining(days.due_at, days.due_date, received_at, KOREA, SEOUL) == Remaining(False, length)
    at = received_at.replace(second=0, microsecond=0)
    hours = compute(Rule("any", 1, Regime.WORKING_HOURS, length, ""), at, KOREA, SEOUL)
    left = remaining(hours.due_at, hours.due_date, at, KOREA, SEOUL)
    assert left.office_time == timedelta(hours=length)


# Definitions ------------------------------------------------------------------------------------------------


def test_office_hours_are_read_and_checked():
    assert OfficeHours.parse("09:00-12:00, 13:00-18:00") == OfficeHours()
    for wrong in ("", "09:00", "18:00-09:00", "09:00-13:00,12:00-18:00", "9-12", "09:00-09:00"):
        with pytest.raises(ValueError, match=r"."):
            OfficeHours.parse(wrong)


def test_unknown_country_is_refused():
    with pytest.raises(NotImplementedError):
        public_holidays("XX")
