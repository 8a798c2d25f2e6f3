"""Which counts are public: one rule, at every moment of a vote."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.core.clock import at
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, BoxHead, Silence
from civicportal.voting.queries.totals import (
    Reason,
    Withheld,
    public_as_of,
    published_head,
    published_heads,
    published_totals,
    totals_of_many,
    withheld,
)
from civicportal.voting.services import closing
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.opening import void_box
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.states import PolicyKind, Totals
from tests.factories.voting import BoxFactory, open_secret_box
from tests.voting.ballots import counts, heads, pend, set_threshold

DAY = timedelta(days=1)


def batch(box, *choices):
    pend(box, *choices)
    make_batches()


def close(box):
    with at(box.closes_at):
        close_due()
    current().rollback()


def silence(begin, end):
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=begin, ends_at=end))


def test_before_it_opens_there_is_nothing_and_nothing_is_kept_back(worker):
    box = BoxFactory()
    assert published_head(box) is None
    assert withheld(box) is None


def test_while_it_runs_counts_are_those_of_the_last_signed_head(worker):
    box = open_secret_box(12)
    make_batches()
    assert published_totals(box).counts == counts()
    batch(box, "yes", "yes", "no")
    pend(box, "yes", "yes")
    shown = published_totals(box)
    assert (shown.counts, shown.head_number, shown.size, shown.electorate_size) == (counts(yes=2, no=1), 2, 3, 12)
    assert (shown.ballots, shown.last) == (3, False)
    assert withheld(box) is None


def test_after_the_close_they_are_the_tally(worker):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "no")
    pend(box, "no")
    close(box)
    shown = published_totals(box)
    assert (shown.counts, shown.last) == (counts(yes=2, no=2), True)
    assert withheld(box) is None


def test_counts_that_wait_for_the_close_are_nowhere_before_it(worker):
    box = open_secret_box(12, totals=Totals.CLOSED)
    batch(box, "yes", "yes", "no")
    assert published_head(box) is None
    assert published_totals(box) is None
    assert totals_of_many([box.id]) == {}
    assert current().scalars(published_heads()).all() == []
    assert withheld(box) == Withheld(Reason.UNTIL_CLOSE, box.closes_at)
    close(box)
    assert published_totals(box).counts == counts(yes=2, no=1)
    assert withheld(box) is None


def test_between_close_and_count_they_still_wait(worker, monkeypatch):
    box = open_secret_box(12, totals=Totals.CLOSED)
    batch(box, "yes", "yes", "no")
    monkeypatch.setattr(closing, "_publish", lambda box: None)
    close(box)
    assert published_head(box) is None
    assert withheld(box).reason is Reason.UNTIL_CLOSE


def test_a_vote_with_a_threshold_shows_its_counts(worker):
    box = open_secret_box(12, totals=Totals.CLOSED, policy_id=set_threshold(PolicyKind.NUMBER, 100).id)
    batch(box, "yes", "yes", "no")
    judge_due()
    assert published_totals(box).counts == counts(yes=2, no=1)
    assert withheld(box) is None


def needs(value, people=12, **rules):
    return open_secret_box(people, policy_id=set_threshold(PolicyKind.NUMBER, value).id, **rules)


def test_where_there_is_a_threshold_a_head_is_published_once_it_is_judged(worker):
    box = needs(4)
    make_batches()
    assert published_totals(box) is public_as_of(box) is None
    judge_due()
    batch(box, "yes", "yes", "no")
    assert (published_totals(box).counts, public_as_of(box).number) == (counts(), 1)
    judge_due()
    assert (published_totals(box).counts, public_as_of(box).number) == (counts(yes=2, no=1), 2)
    batch(box, "yes", "yes", "yes")
    assert public_as_of(box).number == 2
    judge_due()
    assert (box.crossing.head_number, public_as_of(box).number) == (3, 3)
    batch(box, "no", "no", "no")  # what has crossed is not judged any more
    assert (published_totals(box).head_number, public_as_of(box).number) == (4, 4)


def test_a_threshold_of_a_month_holds_no_head_up(worker):
    box = open_secret_box(12, policy_id=set_threshold(PolicyKind.MONTHLY, 1).id)
    batch(box, "yes", "yes", "no")
    assert published_totals(box).counts == counts(yes=2, no=1)


def test_a_void_vote_shows_what_nobody_will_judge(worker):
    box = needs(2)
    batch(box, "yes", "yes", "no")
    void_box(SYSTEM, box, reason="The question was wrong.")
    judge_due()
    assert published_totals(box).counts == counts(yes=2, no=1)


def test_after_a_silence_counts_follow_with_the_word_whether_they_cross(worker):
    """Here as well as where votes are sorted and listed."""
    box = needs(3)
    batch(box, "yes", "no", "no")
    judge_due()
    begin = heads(box)[-1].at + DAY
    silence(begin, begin + DAY)
    with at(begin):
        batch(box, "yes", "yes", "yes")
        judge_due()
        assert (public_as_of(box).number, public_as_of(box).reason) == (2, Reason.SILENCE)
    with at(begin + DAY):
        assert published_totals(box).head_number == published_head(box).number == public_as_of(box).number == 1
        assert totals_of_many([box.id])[box.id].counts == counts(yes=1, no=2)
        assert [head.number for head in current().scalars(published_heads())] == [1]
        judge_due()
        assert published_totals(box).head_number == public_as_of(box).number == box.crossing.head_number == 2


def test_the_last_head_is_public_once_it_is_judged(worker):
    box = needs(3)
    batch(box, "yes", "no", "no")
    judge_due()
    close(box)
    assert (published_totals(box).last, public_as_of(box).last) == (False, False)
    judge_due()
    assert (published_totals(box).last, public_as_of(box).last) == (True, True)


def test_as_of_an_earlier_head_nothing_is_public_that_was_not(worker):
    live, later = open_secret_box(12), open_secret_box(0, totals=Totals.CLOSED)
    make_batches()
    for box in (live, later):
        batch(box, "yes", "yes", "no")
        batch(box, "no", "no", "no")
    close(live)
    close(later)  # the two need not have opened in the same second
    numbers = range(1, 5)
    assert [public_as_of(live, number).head.size for number in numbers] == [0, 3, 6, 6]
    assert [public_as_of(live, number).last for number in numbers] == [False, False, False, True]
    assert [public_as_of(later, number).head for number in numbers[:3]] == [None] * 3
    assert [public_as_of(later, number).reason for number in numbers[:3]] == [Reason.UNTIL_CLOSE] * 3
    assert public_as_of(later, 4).head.size == 6
    for number in (-1, 0, 5, 10**8):
        assert public_as_of(live, number) is None


def test_as_of_heads_around_a_silence(worker):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "no")
    begin = heads(box)[-1].at + DAY
    silence(begin, begin + DAY)
    for hour in (0, 1):
        with at(begin + timedelta(hours=hour)):
            batch(box, "no", "no", "no")
    with at(begin + timedelta(hours=2)):
        found = [public_as_of(box, number) for number in (1, 2, 3)]
        assert [as_of.head.number for as_of in found] == [1, 1, 1]
        assert [as_of.reason for as_of in found] == [None, Reason.SILENCE, Reason.SILENCE]
    with at(begin + DAY):
        assert [public_as_of(box, number).head.number for number in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize("totals", [Totals.LIVE, Totals.CLOSED])
def test_the_last_head_is_not_even_named_while_its_tally_waits(worker, totals):
    """It was signed by a worker whose clock is ahead, before a silence was declared."""
    box = open_secret_box(12, totals=totals)
    batch(box, "yes", "yes", "no")
    with at(box.closes_at + timedelta(minutes=2)):
        close_due()
    silence(box.closes_at + timedelta(minutes=1), box.closes_at + DAY)
    with at(box.closes_at + timedelta(minutes=1)):
        current().rollback()
        assert (public_as_of(box).number, public_as_of(box).last) == (1, False)
        assert public_as_of(box, 2) is None
    with at(box.closes_at + DAY):
        assert (public_as_of(box).number, public_as_of(box).last) == (2, True)


def test_while_a_silence_runs_everybody_sees_the_head_before_it(worker):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "no")
    begin = heads(box)[-1].at + DAY
    silence(begin, begin + DAY)
    with at(begin):
        batch(box, "no", "no", "no")
        assert len(heads(box)) == 2
        assert published_totals(box).counts == counts(yes=2, no=1)
        assert withheld(box) == Withheld(Reason.SILENCE, begin + DAY)
    with at(begin + DAY):
        assert published_totals(box).counts == counts(yes=2, no=4)
        assert withheld(box) is None


def test_a_vote_whose_first_head_falls_into_a_silence_shows_nothing_until_its_end(worker):
    box = open_secret_box(12)
    silence(box.opens_at - DAY, box.opens_at + DAY)
    batch(box, "yes", "yes", "no")
    assert published_head(box) is None
    with at(box.opens_at + DAY):
        assert published_totals(box).counts == counts(yes=2, no=1)


def test_of_two_silences_in_a_row_the_second_does_not_publish_what_the_first_kept_back(worker):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "no")
    begin = heads(box)[-1].at + DAY
    silence(begin, begin + 2 * DAY)
    silence(begin + DAY, begin + 3 * DAY)
    with at(begin + timedelta(hours=1)):
        batch(box, "no", "no", "no")
    for hours in (1, 25, 49, 71):
        with at(begin + timedelta(hours=hours)):
            assert published_totals(box).counts == counts(yes=2, no=1)
            assert withheld(box).until == begin + 3 * DAY


def test_a_result_that_was_public_before_a_silence_stays_so(worker):
    box = open_secret_box(12)
    batch(box, "yes", "yes", "no")
    close(box)
    silence(box.closes_at + DAY, box.closes_at + 2 * DAY)
    with at(box.closes_at + DAY):
        assert published_totals(box).counts == counts(yes=2, no=1)
        assert withheld(box) is None


def test_counts_that_wait_for_the_close_wait_for_the_silence_too(worker):
    box = open_secret_box(12, totals=Totals.CLOSED)
    batch(box, "yes", "yes", "no")
    silence(box.closes_at + timedelta(seconds=1), box.closes_at + DAY)
    with at(box.closes_at + timedelta(seconds=2)):  # the worker is late
        close_due()
        current().rollback()
        assert published_head(box) is None
        assert withheld(box) == Withheld(Reason.UNTIL_CLOSE, box.closes_at + DAY)
    with at(box.closes_at + DAY):
        close_due()
        current().rollback()
        assert published_totals(box).counts == counts(yes=2, no=1)


def test_a_void_vote_keeps_what_was_public_and_hides_what_was_not(worker):
    live, later = open_secret_box(12), open_secret_box(0, totals=Totals.CLOSED)
    for box in (live, later):
        batch(box, "yes", "yes", "no")
        void_box(SYSTEM, box, reason="The question was wrong.")
    assert published_totals(live).counts == counts(yes=2, no=1)
    assert published_totals(later) is None


def test_many_votes_are_answered_and_sorted_by_the_same_rule(worker):
    boxes = [open_secret_box(12), open_secret_box(0), open_secret_box(0, totals=Totals.CLOSED)]
    for box, yes in zip(boxes, (3, 5, 6), strict=True):
        batch(box, *["yes"] * yes)
    found = totals_of_many([box.id for box in boxes])
    assert {box_id: totals.counts["yes"] for box_id, totals in found.items()} == {boxes[0].id: 3, boxes[1].id: 5}
    assert totals_of_many([]) == {}
    shown = published_heads().subquery()
    order = select(Box.id).outerjoin(shown, shown.c.box_id == Box.id).order_by(
        shown.c.counts["yes"].as_integer().desc().nulls_last())
    assert current().scalars(order).all() == [boxes[1].id, boxes[0].id, boxes[2].id]
    assert current().scalars(published_heads().order_by(BoxHead.box_id)).first().box_id == boxes[0].id
