"""Petition numbers: random, of one shape, and forgiving when typed."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.petitions.number import ALPHABET, PATTERN, generate, parse

tails = st.text(st.sampled_from(ALPHABET), min_size=8, max_size=8)


def test_number_carries_month_and_random_tail():
    numbers = {generate(date(2025, 3, 31)) for _ in range(500)}
    assert len(numbers) == 500
    assert all(re.fullmatch(PATTERN, number) and number.startswith("2503-") for number in numbers)
    assert {letter for number in numbers for letter in number[5:] if letter != "-"} == set(ALPHABET)


@given(tails, st.sampled_from(["{}-{}-{}", "{}{}{}", " {} {} {} ", "{}–{}－{}", "{}-{}{}\n"]), st.booleans())
def test_typed_forms_mean_the_same_number(tail, shape, lower):
    typed = shape.format("2510", tail[:4], tail[4:])
    typed = typed.lower() if lower else typed
    assert parse(typed) == f"2510-{tail[:4]}-{tail[4:]}"


@pytest.mark.parametrize(("typed", "number"), [
    ("251O-oIl1-aaaa", "2510-0111-AAAA"),
    ("２５１０－ａｂｃｄ－１２３４", "2510-ABCD-1234"),
    ("25 10 ab cd 12 34", "2510-ABCD-1234"),
])
def test_misread_letters_are_read_back(typed, number):
    assert parse(typed) == number


@pytest.mark.parametrize("typed", [
    "", "2510", "2510-ABCD-123", "2510-ABCD-12345", "2513-ABCD-1234", "2500-ABCD-1234", "2510-UUUU-1234",
    "2510-ABCD-12/4", "２५१०-ABCD-1234", "x" * 100_000, "2510-ABCD-1234; DROP",
])
def test_other_text_is_refused(typed):
    with pytest.raises(ValueError, match="number"):
        parse(typed)


@given(st.text())
def test_whatever_is_parsed_is_canonical(text):
    try:
        number = parse(text)
    except ValueError:
        return
    assert re.fullmatch(PATTERN, number, re.ASCII)
    assert parse(number) == number
