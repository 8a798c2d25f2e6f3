"""Words of a text: the forms that meet, and hostile input."""

import pytest

from civicportal.referral.words import MAX_TEXT, korean_words, latin_words, normal, stem, without_particle


@pytest.mark.parametrize(("word", "noun"), [
    ("가로등이", "가로등"), ("가로등에서는", "가로등"), ("도로", "도로"), ("버스로", "버스"), ("학교에서의", "학교"),
])
def test_particles_are_cut_where_a_noun_stays(word, noun):
    assert without_particle(word) == noun


@pytest.mark.parametrize("words", [
    ("collect", "collects", "collected", "collecting"), ("city", "cities"), ("bus", "buses"),
    ("stop", "stopped", "stopping"), ("parcel", "parcels"), ("wage", "wages"), ("notice", "noticed", "noticing"),
])
def test_forms_of_an_english_word_meet(words):
    assert len({stem(word) for word in words}) == 1


@pytest.mark.parametrize("word", ["gas", "news", "class", "tax", "this"])
def test_short_words_and_hissing_ends_stay_readable(word):
    assert len(stem(word)) >= 3


def test_predicates_are_known():
    assert list(korean_words("가로등이 꺼졌습니다")) == [("가로등", False), ("꺼졌습니다", True)]


def test_words_that_say_nothing_are_left_out():
    roots = [root for root, _word in latin_words(normal("The lamp of my street 12 119"))]
    assert roots == ["", "lamp", "", "", "street", "", "119"]


def test_a_text_is_composed_and_bounded():
    assert normal("\u1100\u1161ＡＢ") == "가ab"
    assert len(normal("가" * 1_000_000)) == MAX_TEXT
    assert len(normal("ﷺ" * MAX_TEXT)) == MAX_TEXT
