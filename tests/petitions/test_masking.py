"""Masked names and addresses, in any script; and the language of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.petitions.language import detect
from civicportal.petitions.masking import mask_address, mask_name


@pytest.mark.parametrize(("name", "masked"), [
    ("김하늘", "김**"), ("이산", "이**"), ("남궁민수", "남**"), ("Jane Doe", "J***"), ("Suharti", "S***"),
    ("王小明", "王**"), ("김", "*"), ("J", "*"), ("E\u0301ric", "É***"), ("नीला", "नी***"),
    ("  Ann  ", "A***"), ("", ""), ("\u1100\u1161", "*"),
])
def test_names(name, masked):
    assert mask_name(name) == masked


@given(st.text(min_size=1))
def test_a_mask_never_shows_a_whole_name(name):
    if name.strip():
        assert mask_name(name) != name or set(name) == {"*"}
        assert "*" in mask_name(name)


@pytest.mark.parametrize(("address", "masked"), [
    ("haneul@example.org", "h***@example.org"), ("a@b.example", "a***@b.example"), ("", "***"), ("odd", "***"),
])
def test_addresses(address, masked):
    assert mask_address(address) == masked


@pytest.mark.parametrize(("text", "page", "language"), [
    ("가로등이 꺼졌습니다. 고쳐 주세요. 밤에 너무 어둡습니다.", "en", "ko"),
    ("The lamps beside the stairs have been dark since last week.", "ko", "en"),
    ("버스 302번 BRT 정류장 WiFi 안내판이 고장 났습니다", "en", "ko"),
    ("lamp", "ko", "ko"), ("가로등", "en", "ko"), ("", "en", "en"), ("12345 67890", "ko", "ko"),
    ("Фонари у лестницы не горят уже неделю", "ko", "ko"),
])
def test_language(text, page, language):
    assert detect(text, page) == language
