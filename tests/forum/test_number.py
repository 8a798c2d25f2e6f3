"""Numbers of tasks, as they are made and as people type them."""

import pytest

from civicportal.forum.number import compose, count_of, parse


def test_a_number_names_year_and_count():
    assert compose(2026, 123) == "T-2026-000123"
    assert compose(2026, 1_234_567) == "T-2026-1234567"
    assert count_of("T-2026-000123") == 123


@pytest.mark.parametrize("typed", [
    "T-2026-000123", "t-2026-000123", "T2026000123", "2026-000123", "T 2026 000123", "Ｔ－２０２６－０００１２３",
    "T–2026–000123", "T-2026-123", " t-2026-123 ",
])
def test_a_number_is_read_as_people_type_it(typed):
    assert parse(typed) == "T-2026-000123"


@pytest.mark.parametrize("typed", ["", "T-2026", "library", "T-2026-x", "2510-0000-0001", "T-2026-123456789", "2026"])
def test_what_is_no_number(typed):
    with pytest.raises(ValueError, match="task"):
        parse(typed)
