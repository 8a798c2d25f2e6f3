"""The contract of every kind of vote. A new kind is tested by being registered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting.kinds import KINDS
from civicportal.voting.states import TieRule

ANY_KIND = pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.name)


def ballots(kind):
    return st.lists(st.sampled_from(kind.options), max_size=60)


@ANY_KIND
@given(data=st.data())
def test_the_order_of_ballots_does_not_matter(kind, data):
    cast = data.draw(ballots(kind))
    mixed = data.draw(st.permutations(cast))
    assert kind.tally(mixed, kind.options) == kind.tally(cast, kind.options)


@ANY_KIND
@given(data=st.data())
def test_counts_add_up_and_name_every_option(kind, data):
    cast = data.draw(ballots(kind))
    counts = kind.tally(cast, kind.options)
    assert tuple(counts) == kind.options
    assert sum(counts.values()) == len(cast)
    assert all(counts[option] == cast.count(option) for option in kind.options)


@ANY_KIND
@pytest.mark.parametrize("tie", TieRule)
def test_an_empty_box_decides_nothing_and_is_no_tie(kind, tie):
    counts = kind.tally([], kind.options)
    assert set(counts.values()) == {0}
    outcome = kind.outcome(counts, quorum=None, tie=tie)
    assert (outcome.leading, outcome.tied, outcome.tie) == (None, False, tie)
    assert not kind.outcome(counts, quorum=1, tie=tie).quorate


@ANY_KIND
@pytest.mark.parametrize("tie", TieRule)
@given(data=st.data())
def test_a_tie_is_said_and_leads_nowhere(kind, tie, data):
    counts = kind.tally(data.draw(ballots(kind)), kind.options)
    outcome = kind.outcome(counts, quorum=None, tie=tie)
    if outcome.tied:
        assert outcome.leading is None
    if outcome.leading is not None:
        assert counts[outcome.leading] == max(counts[option] for option in kind.options if option != "abstain")


@ANY_KIND
def test_what_is_no_option_is_refused(kind):
    for choice in ("", "YES", " yes", "maybe", "yes\n", kind.options[0] + "x"):
        with pytest.raises(ValueError, match="option"):
            kind.validate(choice, kind.options)
        with pytest.raises(ValueError, match="option"):
            kind.tally([kind.options[0], choice], kind.options)


@ANY_KIND
def test_every_option_has_words(kind):
    assert str(kind.name)
    assert len(set(kind.options)) == len(kind.options)


@pytest.mark.parametrize(("yes", "no", "abstain", "quorum", "leading", "tied", "quorate"), [
    (3, 2, 0, None, "yes", False, True), (2, 3, 9, None, "no", False, True), (2, 2, 9, None, None, True, True),
    (0, 0, 5, None, None, True, True), (3, 2, 0, 6, None, False, False), (3, 2, 1, 6, "yes", False, True),
    (1, 0, 0, 1, "yes", False, True),
])
def test_yes_or_no(yes, no, abstain, quorum, leading, tied, quorate):
    counts = {"yes": yes, "no": no, "abstain": abstain}
    outcome = KINDS["yes_no_abstain"].outcome(counts, quorum=quorum, tie=TieRule.NO_DECISION)
    assert (outcome.leading, outcome.tied, outcome.quorate) == (leading, tied, quorate)
