"""Plain text: one form at rest, and honest reading of files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.petitions.plain import decode, normalise


@pytest.mark.parametrize(("typed", "kept"), [
    ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
    (unicodedata.normalize("NFD", "한글 é"), "한글 é"),
    ("\n \n  first line\nlast  \n\t\n\n", "  first line\nlast  "),
    ("tab\tstays \n\n blank lines inside stay", "tab\tstays \n\n blank lines inside stay"),
    ("a\x00b\x1b[31mc\x7f\x9f", "ab[31mc"),
    ("lone \ud800 surrogate", "lone  surrogate"),
    ("\ufeffmark", "mark"),
    ("e\x00\u0301", "é"),
    (" \n\t ", ""),
    ("", ""),
])
def test_normalise(typed, kept):
    assert normalise(typed) == kept


@given(st.text())
def test_normalise_is_final_and_storable(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once
    assert "\0" not in once
    once.encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")))
def test_decode_reads_what_was_written(text):
    for codec in ("utf-8", "utf-8-sig", "utf-16"):
        assert decode(text.encode(codec)) == text


def test_decode_reads_korean_windows_text():
    assert decode("가로등이 꺼졌습니다.\r\n똠방각하".encode("cp949")) == "가로등이 꺼졌습니다.\r\n똠방각하"


@pytest.mark.parametrize("data", [
    b"text\0text", b"\x1b[0m", b"\xff\xfeA", b"\x80\x80\x80", b"\xff\xff\xff\xff", b"MZ\x90\x00\x03\x00",
    "\ud83d\ude00 ok".encode("utf-16-le", "surrogatepass"),
])
def test_decode_refuses_other_bytes(data):
    with pytest.raises(ValueError, match="plain text"):
        decode(data)
