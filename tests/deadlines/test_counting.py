"""Pauses and extensions, and what must hold of every count: properties, and a slow second counter over twenty years."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicportal.deadlines.calendar import Calendar, Reason, public_holidays
from civicportal.deadlines.counting import Extension, Pause, compute
from civicportal.deadlines.rules import GRIEVANCE, MISCELLANEOUS, PROPOSAL, WASTE_REPORT, Regime, Rule, of_days
from tests.deadlines.slow import SlowCounter

SEOUL = ZoneInfo("Asia/Seoul")
HOLIDAYS = public_holidays("KR")
KOREA = Calendar(HOLIDAYS)
DAY = timedelta(days=1)
FIRST, LAST = datetime.fromisoformat("2008-01-01"), datetime.fromisoformat("2027-11-30")

receipts = st.datetimes(FIRST, LAST, timezones=st.just(SEOUL))
lengths = st.integers(1, 40)
regimes = st.sampled_from(list(Regime))
# A pause begins some minutes after the receipt and lasts some minutes; several may overlap.
pause_spans = st.lists(st.tuples(st.integers(0, 60 * 24 * 25), st.integers(0, 60 * 24 * 12)), max_size=4)
closed_days = st.sets(st.integers(-3, 60), max_size=8)


def seoul(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def any_rule(regime, length):
    return Rule("any", 1, regime, length, "", (length,))


def pauses_after(received_at, spans):
    made = []
    for begin, lasts in spans:
        since = received_at + timedelta(minutes=begin)
        made.append(Pause(since, since + timedelta(minutes=lasts)))
    return made


def closing(received_at, offsets):
    return Calendar(HOLIDAYS, closures={received_at.date() + n * DAY: ("휴무", "Closed") for n in offsets})


def due(rule, received, pauses=(), extensions=()):
    return compute(rule, seoul(received), KOREA, SEOUL, extensions=[Extension(n) for n in extensions],
                   pauses=[Pause(seoul(since), seoul(until)) for since, until in pauses])


# Properties -------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(receipts, st.integers(0, 60 * 24 * 20), lengths, regimes, closed_days)
def test_a_later_receipt_is_never_due_earlier(received_at, minutes, length, regime, closed):
    calendar, rule = closing(received_at, closed), any_rule(regime, length)
    later = compute(rule, received_at + timedelta(minutes=minutes), calendar, SEOUL)
    assert compute(rule, received_at, calendar, SEOUL).due_at <= later.due_at


@settings(max_examples=200)
@given(receipts, lengths, regimes, closed_days, closed_days, pause_spans)
def test_a_closure_never_shortens(received_at, length, regime, closed, more, spans):
    rule, pauses = any_rule(regime, length), pauses_after(received_at, spans)
    before = compute(rule, received_at, closing(received_at, closed), SEOUL, pauses=pauses)
    after = compute(rule, received_at, closing(received_at, closed | more), SEOUL, pauses=pauses)
    assert before.due_at <= after.due_at


@settings(max_examples=200)
@given(receipts, st.integers(1, 30), closed_days)
def test_a_shorter_period_of_days_never_ends_after_a_longer_one(received_at, days, closed):
    calendar = closing(received_at, closed)
    ends = [compute(of_days("any", 1, length, ""), received_at, calendar, SEOUL).due_at for length in (5, 6)]
    assert ends[0] <= ends[1]
    ends = [compute(of_days("any", 1, length, ""), received_at, calendar, SEOUL).due_at for length in (days, days + 1)]
    assert ends[0] <= ends[1]


@settings(max_examples=200)
@given(receipts, lengths, regimes, pause_spans)
def test_a_pause_never_shortens_and_counts_once(received_at, length, regime, spans):
    rule, pauses = any_rule(regime, length), pauses_after(received_at, spans)
    without = compute(rule, received_at, KOREA, SEOUL)
    once = compute(rule, received_at, KOREA, SEOUL, pauses=pauses)
    twice = compute(rule, received_at, KOREA, SEOUL, pauses=[*pauses, *reversed(pauses)])
    assert without.due_at <= once.due_at == twice.due_at


@given(receipts, lengths, regimes, st.integers(1, 40))
def test_an_extension_adds_its_length(received_at, length, regime, more):
    longer = compute(any_rule(regime, length + more), received_at, KOREA, SEOUL)
    extended = compute(Rule("any", 1, regime, length, "", (more,)), received_at, KOREA, SEOUL,
                       extensions=[Extension(more)])
    assert extended.due_at == longer.due_at
    assert any(line.extended for line in extended.explanation)


@given(receipts, lengths, regimes, pause_spans)
def test_every_result_explains_itself(received_at, length, regime, spans):
    deadline = compute(any_rule(regime, length), received_at, KOREA, SEOUL, pauses=pauses_after(received_at, spans))
    lines = deadline.explanation
    assert [line.date for line in lines] == [
        received_at.date() + n * DAY for n in range((deadline.due_date - received_at.date()).days + 1)]
    assert all(line.counted or line.off for line in lines)
    numbers = [line.number for line in lines if line.counted]
    assert numbers == list(range(1, len(numbers) + 1))
    if regime is Regime.WORKING_HOURS:
        assert sum(line.minutes for line in lines) == length * 60


# Twenty years of receipts against the slow counter ----------------------------------------------------------


@settings(max_examples=400)
@given(receipts, lengths, closed_days, pause_spans)
def test_days_agree_with_the_slow_counter(received_at, length, closed, spans):
    pauses, calendar = pauses_after(received_at, spans), closing(received_at, closed)
    slow = SlowCounter(HOLIDAYS, SEOUL, frozenset(calendar.closures), [(one.since, one.until) for one in pauses])
    for regime, count in ((Regime.WORKING_DAYS, slow.days), (Regime.CALENDAR, slow.calendar)):
        deadline = compute(any_rule(regime, length), received_at, calendar, SEOUL, pauses=pauses)
        assert deadline.due_at == count(received_at, length)


@settings(max_examples=400)
@given(receipts, st.integers(1, 14), pause_spans)
def test_months_agree_with_the_slow_counter(received_at, length, spans):
    pauses = pauses_after(received_at, spans)
    slow = SlowCounter(HOLIDAYS, SEOUL, pauses=[(one.since, one.until) for one in pauses])
    deadline = compute(any_rule(Regime.CALENDAR_MONTHS, length), received_at, KOREA, SEOUL, pauses=pauses)
    assert deadline.due_at == slow.months(received_at, length)


@settings(max_examples=60)
@given(receipts, st.integers(1, 40), closed_days, pause_spans)
def test_hours_agree_with_the_slow_counter(received_at, length, closed, spans):
    pauses, calendar = pauses_after(received_at, spans), closing(received_at, closed)
    slow = SlowCounter(HOLIDAYS, SEOUL, frozenset(calendar.closures), [(one.since, one.until) for one in pauses])
    deadline = compute(any_rule(Regime.WORKING_HOURS, length), received_at, calendar, SEOUL, pauses=pauses)
    assert deadline.due_at == slow.hours(received_at, length)


# Pauses by example ------------------------------------------------------------------------------------------


def test_hours_lose_exactly_the_paused_working_minutes():
    deadline = due(MISCELLANEOUS, "2025-10-13T16:00", [("2025-10-13T17:10", "2025-10-14T09:25")])
    assert deadline.due_at == seoul("2025-10-14T11:15")  # 50 and 25 minutes later than 10:00
    assert [(line.minutes, line.paused) for line in deadline.explanation] == [(70, 50), (110, 25)]


def test_days_lose_those_after_the_demand_up_to_and_including_the_reply():
    usual = due(GRIEVANCE, "2025-10-13T10:00")
    paused = due(GRIEVANCE, "2025-10-13T10:00", [("2025-10-14T11:00", "2025-10-16T09:00")])
    assert (usual.due_date, paused.due_date) == (date(2025, 10, 21), date(2025, 10, 23))
    assert [line.date.day for line in paused.explanation if line.off and line.off.reason is Reason.PAUSED] == [15, 16]


def test_a_reply_on_the_day_of_the_demand_costs_no_day():
    assert due(GRIEVANCE, "2025-10-13T10:00", [("2025-10-14T09:00", "2025-10-14T18:00")]).due_date == date(2025, 10, 21)


def test_months_are_given_the_paused_working_days_after_their_end():
    deadline = due(PROPOSAL, "2025-10-13T10:00", [("2025-10-16T11:00", "2025-10-21T09:00")])
    assert deadline.due_date == date(2025, 11, 17)  # 12 November, then the 13th, 14th and, after a weekend, the 17th
    assert [line.off.reason for line in deadline.explanation[-5:]] == [
        Reason.MADE_UP, Reason.MADE_UP, Reason.SATURDAY, Reason.SUNDAY, Reason.MADE_UP]


def test_a_pause_that_begins_after_the_due_date_changes_nothing():
    late = [("2025-10-22T09:00", "2025-10-30T09:00")]
    assert due(GRIEVANCE, "2025-10-13T10:00", late).due_date == date(2025, 10, 21)
    assert due(MISCELLANEOUS, "2025-10-13T10:00", late).due_at == seoul("2025-10-13T14:00")


def test_a_pause_that_goes_backwards_or_has_no_zone_is_refused():
    with pytest.raises(ValueError, match="ends before"):
        Pause(seoul("2025-10-14T09:00"), seoul("2025-10-13T09:00"))
    with pytest.raises(ValueError, match="zone"):
        Pause(seoul("2025-10-14T09:00"), datetime(2025, 10, 15))  # noqa: DTZ001 - the point of the test


# Extensions by example --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "extensions"), [
    (GRIEVANCE, [8]), (GRIEVANCE, [7, 8]), (GRIEVANCE, [7, 7, 1]), (GRIEVANCE, [0]), (GRIEVANCE, [-1]),
    (PROPOSAL, [1]), (WASTE_REPORT, [1]),
])
def test_an_extension_beyond_the_law_is_refused(rule, extensions):
    with pytest.raises(ValueError, match="exten"):
        due(rule, "2025-10-13T10:00", extensions=extensions)
