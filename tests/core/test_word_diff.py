"""What changed between two versions, and how little work it is whatever they say."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.core.word_diff import MAX_PAIRS, MAX_PIECES, Part, changes


def test_words_that_came_and_went():
    assert changes("Lamps are dark.\nRepair them.", "Lamps are always dark.\nRepair them now.") == (
        Part("same", "Lamps are "), Part("new", "always "), Part("same", "dark.\nRepair "), Part("gone", "them."),
        Part("new", "them now."))


def test_a_last_word_that_stayed_is_not_shown_as_changed():
    assert changes("Repair them", "Repair them now") == (Part("same", "Repair them"), Part("new", " now"))
    assert changes("one two", "one\ntwo") == (
        Part("same", "one"), Part("gone", " "), Part("new", "\n"), Part("same", "two"))


def test_nothing_changed():
    assert changes("같은 글", "같은 글") == (Part("same", "같은 글"),)
    assert changes("", "") == ()
    assert changes("", "new") == (Part("new", "new"),)


def test_a_change_in_a_long_text_is_shown_word_by_word():
    words = [f"word{number}" for number in range(3000)]
    changed = [*words[:1500], "or", *words[1501:]]
    assert [(part.kind, part.text) for part in changes(" ".join(words), " ".join(changed)) if part.kind != "same"] == [
        ("gone", "word1500"), ("new", "or")]


def test_long_texts_are_compared_by_lines_then_as_a_whole():
    lines = [f"{number} same words" for number in range(MAX_PIECES - 2)]
    changed = changes("\n".join(["first", *lines, "last"]), "\n".join(["other", *lines, "end"]))
    assert [part.kind for part in changed] == ["gone", "new", "same", "gone", "new"]
    whole = changes("a\n" * MAX_PIECES + "a", "b\n" * MAX_PIECES + "b")
    assert [part.kind for part in whole] == ["gone", "new"]


def test_more_words_than_are_compared_are_shown_as_replaced():
    def text(letter, count):
        return " ".join([*(f"{letter}{at}" for at in range(count)), "both", *(f"{letter}0{at}" for at in range(count))])

    few, many = MAX_PIECES // 4 - 1, MAX_PIECES // 4 + 1
    assert "same" in {part.kind for part in changes(text("a", few), text("b", few))}
    assert [part.kind for part in changes(text("a", many), text("b", many))] == ["gone", "new"]


def test_words_that_repeat_without_end_are_not_compared_one_by_one():
    many = int(MAX_PAIRS ** 0.5) + 1
    assert [part.kind for part in changes("x " + "a " * many + "y", "z " + "a " * many + "b")] == ["gone", "new"]
    few = changes("x " + "a " * (many - 2) + "y", "z " + "a " * (many - 2) + "b")
    assert [part.kind for part in few] == ["gone", "new", "same", "gone", "new"]


@given(st.text("ab \n가"), st.text("ab \n가"))
def test_both_texts_can_be_read_from_the_parts(old, new):
    parts = changes(old, new)
    assert "".join(part.text for part in parts if part.kind != "new") == old
    assert "".join(part.text for part in parts if part.kind != "gone") == new
    assert all(one.kind != other.kind for one, other in itertools.pairwise(parts))


def mixed(words):
    """The words in an order that looks like none."""
    return [words[at * 7919 % len(words)] for at in range(len(words))]


def hostile():
    """Texts as long as they may be, with words that repeat, in and out of order."""
    yield " ".join(f"w{i % 47} u{i}" for i in range(750)), " ".join(f"w{i % 47} v{i}" for i in range(750))
    yield "ab " * 6000, "aabb " * 4000
    yield "a" * 20_000, "b" * 20_000
    for size in (MAX_PIECES // 2 - 2, 3000):
        for kinds in (10, 20, 60):
            words = [f"w{i % kinds}" for i in range(size)]
            for separator in (" ", "\n"):
                yield separator.join(words), separator.join(mixed(words))
                yield separator.join(words), separator.join(reversed(words))


@pytest.mark.parametrize(("old", "new"), list(hostile()), ids=itertools.count())
def test_hostile_texts_do_not_hold_up_the_page(old, new):
    changes.cache_clear()
    began = time.process_time()
    changes(f"x {old} y", f"z {new} q")
    assert time.process_time() - began < 0.25


def test_a_comparison_is_made_once():
    changes.cache_clear()
    for _ in range(3):
        changes("one", "two")
    assert changes.cache_info().misses == 1
