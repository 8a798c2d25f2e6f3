"""Who votes after recusals, and how many must: examples that people argue about, and rules for all cases."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.committee.quorum import possible, quorum, voters


@dataclass(frozen=True)
class Seat:
    id: int
    alternate_for_id: int | None = None


FIVE = [Seat(number) for number in range(1, 6)]


@st.composite
def bodies(draw):
    """Members 1…n, alternates 101…, some named for a member, and any seats recused."""
    members = [Seat(number) for number in range(1, draw(st.integers(0, 9)) + 1)]
    named = st.sampled_from([None, *(seat.id for seat in members)])
    alternates = [Seat(101 + place, draw(named)) for place in range(draw(st.integers(0, 4)))]
    seats = [seat.id for seat in members + alternates]
    recused = draw(st.sets(st.sampled_from(seats))) if seats else set()
    return members, alternates, recused


def test_without_recusals_the_members_vote_and_no_alternate():
    found = voters(FIVE, [Seat(9), Seat(10, alternate_for_id=2)], ())
    assert found.seats == (1, 2, 3, 4, 5)
    assert found.stand_ins == {}


def test_the_named_alternate_stands_in_before_one_for_everybody():
    found = voters(FIVE, [Seat(9), Seat(10, alternate_for_id=2)], {2})
    assert found.stand_ins == {10: 2}
    assert found.seats == (1, 3, 4, 5, 10)


def test_an_alternate_named_for_one_member_never_stands_in_for_another():
    assert voters(FIVE, [Seat(10, alternate_for_id=2)], {3}).seats == (1, 2, 4, 5)


def test_one_recused_member_is_replaced_once():
    found = voters(FIVE, [Seat(9), Seat(10, alternate_for_id=2), Seat(11, alternate_for_id=2)], {2})
    assert found.stand_ins == {10: 2}


def test_a_recused_alternate_stands_in_for_nobody():
    assert voters(FIVE, [Seat(9), Seat(10)], {1, 2, 9}).stand_ins == {10: 1}


@given(bodies())
def test_nobody_recused_votes_and_nobody_votes_twice(body):
    members, alternates, recused = body
    found = voters(members, alternates, recused)
    assert not set(found.seats) & recused
    assert len(found.seats) == len(set(found.seats)) <= len(members)
    assert {seat.id for seat in members} - recused <= set(found.seats)


@given(bodies())
def test_each_stand_in_replaces_one_recused_member_of_its_own(body):
    members, alternates, recused = body
    found = voters(members, alternates, recused)
    replaced = list(found.stand_ins.values())
    assert len(replaced) == len(set(replaced))
    assert set(replaced) <= recused & {seat.id for seat in members}
    named = {seat.id: seat.alternate_for_id for seat in alternates}
    assert all(named[seat] in (None, member) for seat, member in found.stand_ins.items())


@given(bodies())
def test_no_member_stays_unreplaced_while_an_alternate_for_everybody_is_free(body):
    members, alternates, recused = body
    found = voters(members, alternates, recused)
    left = recused & {seat.id for seat in members} - set(found.stand_ins.values())
    idle = [seat for seat in alternates
            if seat.alternate_for_id is None and seat.id not in recused and seat.id not in found.stand_ins]
    assert not (left and idle)


@pytest.mark.parametrize(("eligible", "percent", "least", "needed"), [
    (5, 50, 3, 3), (4, 50, 3, 3), (6, 50, 3, 4), (7, 50, 1, 4), (10, 66, 1, 7), (3, 50, 3, 3), (9, 0, 1, 1),
])
def test_quorum_is_more_than_the_share_and_at_least_so_many(eligible, percent, least, needed):
    assert quorum(eligible, percent=percent, least=least) == needed


@given(st.integers(0, 200), st.integers(0, 99), st.integers(1, 20))
def test_quorum_is_the_smallest_number_that_does(eligible, percent, least):
    needed = quorum(eligible, percent=percent, least=least)

    def enough(votes: int) -> bool:
        return votes * 100 > eligible * percent and votes >= least

    assert enough(needed)
    assert not enough(needed - 1)


@given(st.integers(0, 200), st.integers(0, 99), st.integers(1, 20))
def test_a_motion_is_possible_exactly_when_those_left_can_reach_the_quorum(eligible, percent, least):
    reachable = eligible > 0 and quorum(eligible, percent=percent, least=least) <= eligible
    assert possible(eligible, least=least) is reachable
