"""The order in which readers put arguments."""

from hypothesis import given
from hypothesis import strategies as st

from civicportal.forum.ranking import HIDDEN, lower_bound, rank


def test_known_values_of_the_wilson_interval():
    assert lower_bound(0, 0) == 0
    assert round(lower_bound(1, 0), 4) == 0.2065
    assert round(lower_bound(9, 1), 4) == 0.5958
    assert round(lower_bound(90, 10), 4) == 0.8256


def test_much_agreement_ranks_above_little():
    ratings = [(90, 10), (9, 1), (50, 50), (1, 0), (0, 0)]
    assert sorted(ratings, key=lambda pair: -rank(*pair)) == ratings
    assert rank(0, 5) == rank(0, 0) == 0 > HIDDEN


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_it_is_a_share_and_grows_with_help_alone(helpful, unhelpful):
    here = lower_bound(helpful, unhelpful)
    assert 0 <= here <= 1
    assert here <= helpful / max(1, helpful + unhelpful) + 1e-9
    assert lower_bound(helpful + 1, unhelpful) > here
    assert lower_bound(helpful, unhelpful + 1) <= here + 1e-12
