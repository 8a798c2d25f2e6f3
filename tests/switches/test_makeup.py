"""Votes are given back the time that a switch took from them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.core.clock import at, now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.switches.functions import Function
from civicportal.switches.services import switch_off, switch_on
from civicportal.voting.models import Box, BoxExtension, Silence
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.makeup import make_up
from civicportal.voting.states import BoxState
from tests.factories.voting import as_worker, open_secret_box, vote, voters

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def start(app):
    return now().replace(microsecond=0)


def off(function=Function.VOTING, minutes=60):
    return switch_off(SYSTEM, function, minutes=minutes, reason_ko="점검합니다.", reason_en="Maintenance.")


def box_closing(instant, **columns):
    return open_secret_box(1, opens_at=now().replace(microsecond=0) - 2 * HOUR, closes_at=instant, **columns)


def closing(box):
    current().rollback()
    current().expire_all()
    return current().get_one(Box, box.id).closes_at


@pytest.mark.parametrize("function", [Function.VOTING, Function.CHANGES])
def test_a_vote_that_would_close_meanwhile_is_extended_at_once(app, start, function):
    box = box_closing(start + 30 * MINUTE)
    off(function, 60)
    assert start + 2 * HOUR <= closing(box) <= start + 2 * HOUR + 2 * MINUTE
    said = current().scalar(select(BoxExtension))
    assert (said.reason, said.by_id) == ("Voting was switched off for a while: Maintenance.", None)


def test_so_is_one_that_would_close_soon_after_and_no_other(app, start):
    soon, later = box_closing(start + 90 * MINUTE), box_closing(start + 3 * HOUR)
    off(minutes=60)
    assert closing(soon) >= start + 2 * HOUR
    assert closing(later) == start + 3 * HOUR


def test_mail_and_filing_extend_nothing(app, start):
    box = box_closing(start + 30 * MINUTE)
    off(Function.MAIL)
    off(Function.FILING)
    assert closing(box) == start + 30 * MINUTE


def test_back_sooner_than_expected_takes_nothing_back(app, start):
    box = box_closing(start + 30 * MINUTE)
    off(minutes=60)
    extended = closing(box)
    with at(start + 5 * MINUTE):
        switch_on(SYSTEM, Function.VOTING)
        make_up()
    assert closing(box) == extended


def test_a_longer_time_off_extends_again(app, start):
    box = box_closing(start + 30 * MINUTE)
    off(minutes=60)
    with at(start + 50 * MINUTE):
        off(minutes=120)
    assert closing(box) >= start + 339 * MINUTE


def test_while_it_takes_longer_than_expected_the_clock_keeps_votes_open(app, start, tmp_path):
    box = box_closing(start + 30 * MINUTE)
    off(minutes=60)
    with at(closing(box) - 10 * MINUTE):
        make_up()
        make_up()
    assert closing(box) > start + 4 * HOUR
    assert len(current().scalars(select(BoxExtension)).all()) == 2
    with at(start + 3 * HOUR), as_worker(app, tmp_path):
        close_due()
        assert current().get_one(Box, box.id).state is BoxState.OPEN


def test_once_it_is_on_again_people_have_as_much_time_as_was_taken(app, start):
    box = box_closing(start + 5 * HOUR)
    off(minutes=60)
    assert closing(box) == start + 5 * HOUR
    with at(start + 4 * HOUR):
        switch_on(SYSTEM, Function.VOTING)
    assert start + 8 * HOUR - MINUTE <= closing(box) <= start + 8 * HOUR + MINUTE


def test_at_most_a_day_is_given_back(app, start):
    box = box_closing(start + HOUR)
    off(minutes=5 * 24 * 60)
    assert start + timedelta(days=6) <= closing(box) <= start + timedelta(days=6, minutes=1)


def test_a_vote_that_opened_meanwhile_is_given_back_what_it_lost(app, start):
    off(minutes=60)
    with at(start + 50 * MINUTE):
        box = open_secret_box(1, opens_at=start + 50 * MINUTE, closes_at=start + 61 * MINUTE)
        make_up()
    assert start + 70 * MINUTE <= closing(box) <= start + 71 * MINUTE


def test_no_vote_is_extended_into_a_silence(app, start):
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=start + HOUR, ends_at=start + timedelta(days=3)))
    box = box_closing(start + 30 * MINUTE)
    off(minutes=60)
    assert closing(box) == start + timedelta(days=3)


def test_after_all_that_the_vote_closes_and_counts(app, start, tmp_path):
    people = voters(2)
    box = open_secret_box(people, opens_at=start - HOUR, closes_at=start + 30 * MINUTE)
    vote(people[0], box)
    off(minutes=60)
    with at(start + 60 * MINUTE):
        switch_on(SYSTEM, Function.VOTING)
    with at(start + 100 * MINUTE):
        vote(people[1], box)
    with at(closing(box)), as_worker(app, tmp_path):
        close_due()
        assert current().get_one(Box, box.id).tally == {"yes": 2, "no": 0, "abstain": 0}
