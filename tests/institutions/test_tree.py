"""The graph of parents and successors, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from civicportal.institutions.tree import below, cycles, leads_to

CODES = st.integers(0, 7).map(str)
EDGES = st.dictionaries(CODES, st.none() | CODES)


def walk(edges, start):
    """Every code met by following edges from `start`, without it unless it is met again."""
    seen = []
    here = edges.get(start)
    while here is not None and here not in seen:
        seen.append(here)
        here = edges.get(here)
    return seen


def test_only_members_of_a_circle_are_named():
    assert cycles({"a": "b", "b": "c", "c": "b", "d": "d", "e": None}) == {"b", "c", "d"}


def test_all_that_rests_on_a_root_is_found():
    assert below({"a": "b", "b": "x", "c": None, "d": "a"}, {"x"}) == {"a", "b", "d"}


@given(EDGES)
def test_cycles_are_what_reaches_itself(edges):
    assert cycles(edges) == {code for code in edges if code in walk(edges, code)}


@given(EDGES, st.sets(CODES, max_size=3))
def test_below_is_what_reaches_a_root(edges, roots):
    assert below(edges, roots) == {code for code in edges if set(walk(edges, code)) & roots} - roots


@given(EDGES, CODES, CODES)
def test_leads_to_includes_the_start(edges, start, goal):
    assert leads_to(edges, start, goal) == (start == goal or goal in walk(edges, start))


def test_a_long_chain_costs_no_recursion():
    edges = {str(n): str(n + 1) for n in range(50_000)}
    assert cycles(edges) == set()
    assert len(below(edges, {"50000"})) == 50_000
