"""Everybody hashes the same bytes."""

import json
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting.canonical import ballot_leaf, canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner))


class Word(StrEnum):
    HERE = "here"


@given(PLAIN)
def test_what_is_read_back_is_what_was_written(value):
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers()))
def test_the_order_of_keys_does_not_matter(value):
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_no_spaces_and_nothing_escaped_beyond_need():
    assert canonical({"나": [1, None, True], "a": 'x"\n', "B": Word.HERE}) == (
        '{"B":"here","a":"x\\"\\n","나":[1,null,true]}')


@pytest.mark.parametrize("value", [
    1.0, float("nan"), {"a": [0.5]}, "\ud800", ["\udfff"], {"\ud800": 1}, {1: 2}, {None: 2}, b"x", {1, 2},
    pytest.param(object(), id="object"),
], ids=repr)
def test_what_has_no_single_form_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        canonical(value)


def test_a_ballot_has_the_members_of_its_kind_alone():
    assert ballot_leaf("yes", "T-1", revise="ab") == '{"choice":"yes","revise":"ab","tracker":"T-1"}'
    assert ballot_leaf("no", "T-2", revise="cd", secret="S", supersedes="T-1") == (
        '{"choice":"no","revise":"cd","secret":"S","supersedes":"T-1","tracker":"T-2"}')
    assert ballot_leaf("yes", "k") == '{"choice":"yes","tracker":"k"}'
