"""Texts that say much the same are found, in both languages; others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.forum.similar import Index, Weighed, runs

LUNCH = "Free school lunches\nMany children go to school hungry.\nThe city should pay for lunch in primary school."
BUS = "출퇴근 시간 버스 증차\n아침에 버스가 너무 붐벼서 탈 수 없습니다.\n그 시간에 버스를 두 배로 늘려 주세요."
LIBRARY = "도서관 야간 개방\n직장인은 도서관이 여섯 시에 닫으면 갈 수 없습니다.\n밤 열 시까지 도서관을 열어 주세요."
LAMPS = "Mend the street lamps\nThe lamps beside the stairs are dark since May.\nRepair them before winter."


@pytest.fixture
def index():
    made = Index()
    for key, text in enumerate((LUNCH, BUS, LIBRARY, LAMPS), 1):
        made.add(key, text)
    return made


@pytest.mark.parametrize(("text", "key"), [
    ("Lunch for every pupil\nSome children are hungry in school.\nPrimary schools should give free lunches.", 1),
    ("아침 버스를 더 운행해 주세요\n출근 시간에 버스가 붐벼서 못 탑니다.\n버스를 늘려 주십시오.", 2),
    ("공공도서관 운영 시간 연장\n퇴근하면 도서관이 이미 닫혀 있습니다.\n도서관을 밤 열 시까지 운영해 주세요.", 3),
])
def test_the_same_wish_in_other_words_is_close(index, text, key):
    best = index.nearest(text, limit=5)[0]
    assert best.key == key
    assert best.close


@pytest.mark.parametrize("text", [
    "지하철 막차 연장\n자정 이후에는 택시를 타야 합니다.\n막차를 늦춰 주세요.",
    "Plant trees\nOur square has no shade.\nPut twenty trees there.",
])
def test_another_wish_is_not_close(index, text):
    assert not any(match.close for match in index.nearest(text, limit=5))


def test_one_text_alone_can_be_compared():
    index = Index()
    index.add(7, LUNCH)
    assert index.nearest(LUNCH, limit=1)[0].score == pytest.approx(1)
    assert index.nearest(LAMPS, limit=1) == []
    assert Index().nearest(LUNCH, limit=1) == []


def test_limit_and_the_own_text_are_heeded(index):
    index.add(5, LUNCH + " Soon.")
    assert [match.key for match in index.nearest(LUNCH, limit=5)][:2] == [1, 5]
    assert [match.key for match in index.nearest(LUNCH, limit=5, but=1)] == [5]
    assert len(index.nearest(LUNCH, limit=1)) == 1


def test_a_text_that_was_replaced_or_removed_is_forgotten(index):
    before = index.nearest(LUNCH, limit=5)
    index.add(9, LAMPS + " Please.")
    index.add(9, BUS)
    index.remove(9)
    index.remove(9)
    assert [match.key for match in index.nearest(LUNCH, limit=5)] == [match.key for match in before]
    assert index.nearest(LUNCH, limit=5)[0].score == pytest.approx(before[0].score)


def test_an_answer_is_kept_until_a_text_comes_or_goes(index, monkeypatch):
    looked = []
    look = Weighed._look
    monkeypatch.setattr(Weighed, "_look", lambda self, *asked: looked.append(asked) or look(self, *asked))
    first = index.nearest(LUNCH, limit=5)
    first.clear()  # what a caller does with an answer is the caller's
    assert [match.key for match in index.nearest(LUNCH, limit=5)] == [1]
    assert len(looked) == 1
    index.nearest(LUNCH, limit=5, but=1)
    index.add(5, LUNCH + " Soon.")
    assert [match.key for match in index.nearest(LUNCH, limit=5)] == [1, 5]
    index.remove(5)
    assert [match.key for match in index.nearest(LUNCH, limit=5)] == [1]
    assert len(looked) == 4


def test_answers_do_not_pile_up(index, monkeypatch):
    monkeypatch.setattr("civicportal.forum.similar.KEPT", 3)
    for number in range(20):
        index.nearest(f"{LUNCH} {number}", limit=5)
    assert len(index.weighed()._found) <= 3


def test_who_looks_is_not_disturbed_by_texts_that_come(index):
    before = index.weighed()
    index.add(5, LUNCH + " Altogether unheard of.")
    index.remove(1)
    assert [match.key for match in before.nearest(LUNCH + " Altogether unheard of.", limit=5)] == [1]
    assert [match.key for match in index.nearest(LUNCH, limit=5)] == [5]


def test_case_and_punctuation_do_not_count():
    assert runs("School, LUNCH!") == runs("school lunch")
    assert runs("") == runs("… — !")


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6), st.text(max_size=60))
def test_scores_are_between_nothing_and_the_same(texts, asked):
    index = Index()
    for key, text in enumerate(texts):
        index.add(key, text)
    for match in index.nearest(asked, limit=6):
        assert 0 < match.score <= 1
    if runs(texts[0]):
        assert index.nearest(texts[0], limit=6)[0].score == pytest.approx(1)
