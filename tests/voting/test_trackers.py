"""Trackers and secrets are derived from the form's nonce, and read however they are typed."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting.trackers import (
    change_secret_of,
    new_nonce,
    parse_nonce,
    parse_tracker,
    revise_of,
    tracker_of,
)

NONCE = st.binary(min_size=16, max_size=16)
SHOWN = re.compile(r"([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}")


def base32(digest):
    """Crockford's alphabet, by another way: bits as text."""
    bits = "".join(f"{byte:08b}" for byte in digest)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[at:at + 5], 2)] for at in range(0, 160, 5))


@given(NONCE)
def test_the_tracker_is_the_labelled_hash_of_slug_and_nonce(nonce):
    tracker = tracker_of("park", nonce)
    assert SHOWN.fullmatch(tracker)
    assert tracker.replace("-", "") == base32(hashlib.sha256(b"civicportal/tracker/1\npark\n" + nonce).digest()[:20])
    secret = change_secret_of("park", nonce)
    assert secret.replace("-", "") == base32(hashlib.sha256(b"civicportal/change/1\npark\n" + nonce).digest()[:20])


@given(NONCE)
def test_another_box_gives_another_tracker_and_the_secret_is_none_of_them(nonce):
    assert len({tracker_of("a", nonce), tracker_of("b", nonce), change_secret_of("a", nonce)}) == 3


@given(NONCE, st.sampled_from([str, str.lower, lambda text: text.replace("-", ""),
                               lambda text: f" {text.replace('-', ' ')}\n", lambda text: text.replace("-", "\u2011"),
                               lambda text: text.replace("0", "O").replace("1", "l"),
                               lambda text: text.lower().replace("0", "o").replace("1", "I")]))
def test_a_tracker_is_read_as_people_type_it(nonce, typed):
    assert parse_tracker(typed(tracker_of("park", nonce))) == tracker_of("park", nonce)


@pytest.mark.parametrize("text", [
    "", "A" * 31, "A" * 33, "U" * 32, "!" * 32, "\u0660" * 32, "\uff21" * 32, "A" * 32 + "\0", "ſ" * 32])
def test_what_is_no_tracker_is_refused(text):
    with pytest.raises(ValueError, match="tracker"):
        parse_tracker(text)


@pytest.mark.parametrize("text", ["", "a" * 31, "a" * 33, "g" * 32, " " + "a" * 31, "a" * 32 + "\n", "\u0660" * 32])
def test_what_is_no_nonce_is_refused(text):
    with pytest.raises(ValueError, match="nonce"):
        parse_nonce(text)


def test_nonces_are_new_each_time():
    drawn = {new_nonce() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(parse_nonce(nonce)) == 16 for nonce in drawn)


def test_a_leaf_names_the_hash_of_the_secret_as_it_is_shown():
    secret = change_secret_of("park", bytes(16))
    assert revise_of(secret) == hashlib.sha256(secret.encode("ascii")).hexdigest()
