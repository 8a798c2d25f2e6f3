"""The order of the queue and the expected month."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.committee.queueing import Waiting, expected, order, remaining, weeks_waited

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)

waitings = st.lists(
    st.builds(Waiting, id=st.integers(1, 30), group=st.integers(1, 30), weight=st.integers(0, 50),
              queued_at=st.integers(0, 60).map(lambda days: NOW - timedelta(days=days))),
    unique_by=lambda item: item.id, max_size=12)


def item(number, *, waited, weight=0, group=None):
    return Waiting(number, group or number, NOW - waited, weight)


def test_weeks_waited_come_before_votes():
    assert order([item(1, waited=HOUR, weight=900), item(2, waited=WEEK, weight=1)], NOW) == [2, 1]


def test_within_a_week_more_votes_come_first():
    young, strong = item(1, waited=6 * HOUR, weight=8), item(2, waited=HOUR, weight=9)
    assert order([young, strong], NOW) == [2, 1]


def test_equal_votes_go_by_age_and_then_by_number():
    assert order([item(3, waited=HOUR), item(1, waited=HOUR), item(2, waited=2 * HOUR)], NOW) == [2, 1, 3]


def test_a_week_ends_after_seven_whole_days():
    assert weeks_waited(NOW - WEEK + timedelta(microseconds=1), NOW) == 0
    assert weeks_waited(NOW - WEEK, NOW) == 1
    assert weeks_waited(NOW + HOUR, NOW) == 0


def test_joined_items_take_the_best_place_of_any_of_them():
    old = item(1, waited=3 * WEEK, group=3)
    assert order([item(2, waited=2 * WEEK), item(3, waited=HOUR), old], NOW) == [3, 2]


@given(waitings)
def test_every_group_has_one_place_whatever_the_order_of_the_rows(items):
    found = order(items, NOW)
    assert sorted(found) == sorted({one.group for one in items})
    assert order(reversed(items), NOW) == found


@pytest.mark.parametrize(("place", "decided", "day"), [
    (1, 0, date(2026, 11, 30)), (4, 0, date(2026, 11, 30)), (5, 0, date(2026, 12, 31)), (8, 0, date(2026, 12, 31)),
    (9, 0, date(2027, 1, 31)), (13, 0, date(2027, 2, 28)), (1, 4, date(2026, 12, 31)), (1, 9, date(2026, 12, 31)),
    (2, 3, date(2026, 12, 31)), (1, 3, date(2026, 11, 30)),
])
def test_the_expected_month_follows_from_place_and_capacity(place, decided, day):
    assert expected(place, capacity=4, decided=decided, today=date(2026, 11, 22)) == day


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 12), st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_no_month_is_promised_to_more_items_than_it_can_hold(places, capacity, decided, today):
    months = [expected(place, capacity=capacity, decided=decided, today=today) for place in range(1, places + 1)]
    assert months == sorted(months)
    this_month = [day for day in months if (day.year, day.month) == (today.year, today.month)]
    assert len(this_month) == min(places, remaining(capacity, decided))
    for day in set(months) - set(this_month):
        assert months.count(day) <= capacity
