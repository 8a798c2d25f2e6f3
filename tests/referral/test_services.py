"""Suggestions from stored institutions: kept while nothing changes, closed ones never shown."""

from datetime import timedelta

import pytest

from civicportal.core.i18n import speaking
from civicportal.core.transactions import atomic
from civicportal.institutions import queries as institution_queries
from civicportal.institutions.services.demo import load_demo
from civicportal.institutions.states import InstitutionType
from civicportal.referral import services
from civicportal.referral.services import suggest
from civicportal.referral.wording import reason_text, strength_text
from tests.factories.institutions import InstitutionFactory, RegionFactory

DAY = timedelta(days=1)
FILLER = [("도서관 책", "books"), ("수영장 요금", "pools"), ("박물관 관람", "museums"), ("우표 수집", "stamps"),
          ("말 경주", "horses"), ("김치 축제", "kimchi"), ("연극 무대", "stages"), ("등산 지도", "maps"),
          ("양봉 꿀", "bees")]


@pytest.fixture
def others(app):
    """Institutions about other things: words count by how few remits hold them."""
    for number, (korean, english) in enumerate(FILLER):
        InstitutionFactory(code=f"other{number}", remit_ko=korean, remit_en=english)


def codes(text, region=None):
    return [found.institution_code for found in suggest(text, region_code=region, kind="petition", locale="ko")]


def test_a_closed_one_forwards_and_is_never_shown(others):
    day = institution_queries.today()
    heir = InstitutionFactory(code="heir", name_ko="기후부", remit_ko="미세먼지", remit_en="")
    middle = InstitutionFactory(code="middle", name_ko="자연환경처", active_to=day, successor_id=heir.id, remit_ko="")
    InstitutionFactory(code="old", name_ko="한국환경부", active_to=day - 9 * DAY, successor_id=middle.id,
                       remit_ko="호랑이 보호구역 관리")
    InstitutionFactory(code="gone", name_ko="사라진관청", active_to=day, remit_ko="유니콘 사육장", remit_en="")
    InstitutionFactory(code="later", name_ko="나중에생길관청", active_from=day + 9 * DAY, remit_ko="달 탐사선")
    assert codes("한국환경부에 바랍니다") == ["heir"]
    assert codes("자연환경처에 바랍니다") == ["heir"]
    for text in ("사라진관청에 유니콘 사육장을", "나중에생길관청에 달 탐사선을", "호랑이 보호구역 관리"):
        assert codes(text) == []


def test_the_matcher_is_kept_until_an_institution_changes(others):
    row = InstitutionFactory(code="new", name_ko="바다관청", remit_ko="갈매기 먹이와 등대 수리", remit_en="")
    assert codes("등대 수리와 갈매기") == ["new"]
    kept = services._kept[1]
    assert codes("등대 수리와 갈매기") == ["new"]
    assert services._kept[1] is kept
    with atomic():
        row.remit_ko = "솜사탕 제조와 풍선 배포"
    assert codes("등대 수리와 갈매기") == []
    assert codes("솜사탕 제조와 풍선") == ["new"]
    assert services._kept[1] is not kept


def test_a_successor_named_later_counts_at_once(others):
    heir = InstitutionFactory(code="heir", name_ko="새관청이름", remit_ko="")
    old = InstitutionFactory(code="old", name_ko="낡은관청이름", remit_ko="", active_to=institution_queries.today())
    assert codes("낡은관청이름에 바랍니다") == []
    with atomic():
        old.successor_id = heir.id
    assert codes("낡은관청이름에 바랍니다") == ["heir"]


def test_the_region_of_a_district_includes_its_province(others):
    RegionFactory(code="11", name_ko="서울특별시")
    RegionFactory(code="11110", parent_code="11", name_ko="종로구")
    InstitutionFactory(code="schools", type=InstitutionType.EDUCATION, region_code="11", remit_ko="급식, 전학")
    assert codes("급식과 전학", "11110") == ["schools"]
    assert codes("급식과 전학") == []
    assert codes("급식과 전학", "no-such-region") == []


def test_reasons_are_whole_sentences_in_both_languages(others):
    RegionFactory(code="11", name_ko="서울특별시", name_en="Seoul")
    InstitutionFactory(code="city", type=InstitutionType.LOCAL, region_code="11", remit_ko="등대와 갈매기",
                       remit_en="It cares for lighthouses and gulls.")
    [found] = suggest("Lighthouses and gulls", region_code="11", kind="petition", locale="en")
    with speaking("en"):
        assert [reason_text(reason) for reason in found.reasons] == [
            "Your text speaks of what it does: gulls, lighthouses.", "It serves the place you chose: Seoul."]
        stored = {"code": "former_name", "words": [], "name": "환경부"}
        assert reason_text(stored) == "Your text names 환경부, whose work it has taken over."
        assert reason_text({"code": "unheard-of"}) == ""
        assert strength_text(found.strength) == strength_text("possible")


def test_the_command_prints_what_is_proposed(app, others):
    InstitutionFactory(code="sea", name_en="Sea Office", remit_ko="등대", remit_en="Lighthouses, gulls and tides.")
    run = app.test_cli_runner().invoke
    result = run(args=["referral", "suggest", "The gulls at the lighthouse", "--locale", "en"])
    assert result.exit_code == 0
    assert "sea" in result.output
    assert "Sea Office" in result.output
    assert "gulls" in result.output
    assert "No institution found" in run(args=["referral", "suggest", "xyz"]).output
    assert run(args=["referral", "suggest", "x", "--region", "99"]).exit_code == 2
    assert run(args=["referral", "suggest", "x", "--locale", "xx"]).exit_code == 2


@pytest.mark.parametrize(("text", "region", "code"), [
    ("초등학교 정문 앞 불법주차를 단속해 주세요. 등굣길 인도를 막습니다.", "11110", "seoul-jongno"),
    ("There is a deep pothole in the street and the street lights are out.", "26350", "busan-haeundae"),
    ("여권 재발급이 늦습니다. 여권 분실 신고도 했습니다.", None, "mofa"),
    ("공무원 시험 원서 접수 오류", None, "mpm"),
    ("학교 급식에서 식중독이 났습니다. 담임의 응대도 나빴습니다.", "11110", "sen-seoul"),
    ("환경부에 제안합니다. 일회용컵 보증금을 늘려 주세요.", None, "mcee"),
])
def test_the_demo_institutions_are_told_apart(app, text, region, code):
    load_demo()
    assert codes(text, region)[0] == code
