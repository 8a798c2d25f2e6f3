"""Which institution a text is for: made-up institutions, no database."""


import pytest

from civicportal.institutions.states import InstitutionType as Type
from civicportal.referral.matcher import POSSIBLE, Profile, Query, RemitMatcher, Strength

DISTRICT = ("동네 도로의 가로등과 보안등, 불법주차 단속, 쓰레기 수거와 무단투기, 공원과 놀이터를 맡습니다.",
            "It repairs street lights, acts on illegal parking, collects rubbish and keeps parks and playgrounds.")
PROVINCE = ("시내버스 노선, 지하철, 수돗물의 수질과 소방서를 맡습니다.",
            "It runs city buses, the metro, tap water and fire stations.")
SCHOOLS = ("학교 급식, 학교폭력과 전학, 학원의 심야 교습을 맡습니다.",
           "It deals with school meals, school violence, changing school and private academies.")


def local(number, code, name, regions, remit, kind=Type.LOCAL, english="Town"):
    return Profile(number, code, (name, english), kind, *remit, regions=regions,
                   region_names=(name.split()[-1], english))


PROFILES = [
    Profile(1, "transport", ("국토교통부", "Ministry of Land and Transport"), Type.CENTRAL,
            "주택 분양과 층간소음, 국도와 철도, 공항과 항공기 지연, 자동차 리콜을 맡습니다.",
            "It covers housing, noise between floors, national roads, airports, flight delays and car recalls."),
    Profile(2, "climate", ("기후에너지환경부", "Ministry of Climate"), Type.CENTRAL,
            "미세먼지, 공장 폐수, 하천 수질, 일회용컵 보증금을 맡습니다.",
            "It handles fine dust, factory waste water, rivers and deposits on cups.",
            former_names=("환경부", "Ministry of Environment")),
    Profile(3, "labour", ("고용노동부", "Ministry of Labour"), Type.CENTRAL,
            "임금 체불, 퇴직금, 최저임금, 부당해고, 직장 내 괴롭힘을 맡습니다.",
            "It covers unpaid wages, severance pay, the minimum wage, unfair dismissal and bullying at work."),
    Profile(4, "trade", ("공정거래위원회", "Fair Trade Commission"), Type.CENTRAL,
            "기업 담합, 하도급 대금, 가맹점 본부의 횡포, 허위 광고를 맡습니다.",
            "It deals with price fixing, subcontracts, franchises and false advertising."),
    Profile(5, "foreign", ("외교부", "Ministry of Foreign Affairs"), Type.CENTRAL,
            "여권 발급과 분실, 영사 조력, 여행경보를 맡습니다.",
            "It handles passports, lost passports and consular help."),
    Profile(6, "embassy-jp", ("주일본 대한민국 대사관", "Embassy in Japan"), Type.OVERSEAS_MISSION,
            "일본 도쿄에서 여권 재발급과 분실, 영사 조력을 맡습니다.",
            "It deals with lost passports in Japan, from Tokyo."),
    local(10, "seoul", "서울특별시", ("11",), PROVINCE, english="Seoul"),
    local(11, "jongno", "서울특별시 종로구", ("11110", "11"), DISTRICT, english="Jongno-gu"),
    local(12, "seoul-jung", "서울특별시 중구", ("11140", "11"), DISTRICT, english="Jung-gu"),
    local(13, "busan", "부산광역시", ("26",), PROVINCE, english="Busan"),
    local(14, "busan-jung", "부산광역시 중구", ("26110", "26"), DISTRICT, english="Jung-gu"),
    local(20, "seoul-schools", "서울특별시교육청", ("11",), SCHOOLS, kind=Type.EDUCATION, english="Seoul"),
    local(21, "busan-schools", "부산광역시교육청", ("26",), SCHOOLS, kind=Type.EDUCATION, english="Busan"),
]
MATCHER = RemitMatcher(PROFILES)
JONGNO, BUSAN_JUNG, SEOUL = ("11110", "11"), ("26110", "26"), ("11",)


def found(text, regions=(), locale="ko"):
    return MATCHER.suggest(Query(text, regions, locale=locale))


def first(text, regions=(), locale="ko"):
    return found(text, regions, locale)[0]


def codes(text, regions=(), locale="ko"):
    return [suggestion.institution_code for suggestion in found(text, regions, locale)]


@pytest.mark.parametrize(("text", "regions", "code"), [
    ("두 달 치 임금 체불\n퇴직금도 받지 못했습니다", JONGNO, "labour"),
    ("공장에서 폐수를 하천에 버립니다", (), "climate"),
    ("자동차 리콜과 항공기 지연", (), "transport"),
    ("가맹점 본부가 재료를 강요합니다. 허위 광고도 합니다.", (), "trade"),
    ("My employer has not paid my wages and severance pay", (), "labour"),
    ("My flight was delayed at the airport", JONGNO, "transport"),
    ("층간 소음이 너무 심합니다", (), "transport"),
])
def test_words_of_the_remit_find_it(text, regions, code):
    assert codes(text, regions)[0] == code


@pytest.mark.parametrize(("regions", "code"), [(JONGNO, "jongno"), (BUSAN_JUNG, "busan-jung")])
@pytest.mark.parametrize("text", ["골목 가로등이 꺼졌고 불법주차가 많습니다",
                                  "The street lights are out and cars park illegally"])
def test_the_place_says_which_district(text, regions, code):
    suggestion = first(text, regions)
    assert suggestion.institution_code == code
    assert [reason.code for reason in suggestion.reasons] == ["words", "region"]
    assert not {"jongno", "busan-jung", "seoul-jung"} - {code} & set(codes(text, regions))


@pytest.mark.parametrize(("regions", "code"), [(JONGNO, "seoul-schools"), (BUSAN_JUNG, "busan-schools")])
def test_the_province_of_the_place_says_which_education_office(regions, code):
    assert codes("학교 급식과 학교폭력", regions)[0] == code


def test_a_districts_matter_in_a_province_goes_to_the_province():
    assert codes("골목 가로등이 꺼졌고 쓰레기 무단투기가 많습니다", SEOUL)[0] == "seoul"


def test_a_local_matter_without_a_place_is_nobodys():
    assert codes("골목 가로등이 꺼졌고 쓰레기 무단투기가 많습니다") == []


@pytest.mark.parametrize("text", ["종로구 골목 가로등이 꺼졌고 불법주차가 많습니다",
                                  "Street lights are out and illegal parking is common in Jongno-gu."])
def test_a_place_in_the_text_helps_but_never_makes_it_sure(text):
    suggestion = first(text)
    assert (suggestion.institution_code, suggestion.strength) == ("jongno", Strength.POSSIBLE)
    assert suggestion.reasons[-1].code == "place"


@pytest.mark.parametrize("place", ["부산 중구", "부산시 중구", "부산광역시 중구"])
def test_a_district_is_known_by_its_province(place):
    assert codes(f"{place} 골목 가로등이 꺼졌고 쓰레기가 많습니다")[0] == "busan-jung"


def test_a_place_is_not_the_name_of_its_office():
    assert all(reason.code != "name" for suggestion in found("서울특별시 종로구에 사는데 임금 체불을 당했습니다")
               for reason in suggestion.reasons)


def test_a_place_that_two_regions_share_says_nothing():
    assert codes("중구 골목 가로등이 꺼졌고 쓰레기가 많습니다") == []


def test_the_chosen_place_wins_over_one_in_the_text():
    assert codes("종로구에서 이사 왔는데 가로등이 꺼졌고 쓰레기가 많습니다", BUSAN_JUNG)[0] == "busan-jung"


@pytest.mark.parametrize(("text", "code", "reason", "name"), [
    ("국토교통부에 바랍니다", "transport", "name", "국토교통부"),
    ("국토부에 바랍니다", "transport", "name", "국토부"),
    ("공정위는 무엇을 합니까", "trade", "name", "공정위"),
    ("환경부에 바랍니다", "climate", "former_name", "환경부"),
    ("A letter to the Ministry of Environment.", "climate", "former_name", "Ministry of Environment"),
    ("종로구청에 바랍니다", "jongno", "name", "서울특별시 종로구"),
    ("서울시청에 바랍니다", "seoul", "name", "서울특별시"),
    ("A letter to the Jongno-gu Office", "jongno", "name", "Jongno-gu"),
    ("서울시교육청에 바랍니다", "seoul-schools", "name", "서울특별시교육청"),
])
def test_a_name_in_the_text_is_strong_evidence(text, code, reason, name):
    suggestion = first(text)
    assert suggestion.institution_code == code
    assert (suggestion.reasons[0].code, suggestion.reasons[0].name) == (reason, name)
    assert suggestion.strength in ("strong", "possible")


@pytest.mark.parametrize("text", ["내부에서 전부 처리", "Environments are nice", "행정부처", "ministry"])
def test_a_word_that_only_looks_like_a_name_is_none(text):
    assert all(reason.code == "words" for suggestion in found(text) for reason in suggestion.reasons)


def test_a_mission_counts_where_its_country_is_named():
    assert codes("여권을 분실했습니다. 재발급과 영사 조력을 바랍니다")[0] == "foreign"
    assert codes("일본 도쿄에서 여권을 분실했습니다. 영사 조력을 바랍니다")[0] == "embassy-jp"


def test_strength_grows_with_evidence():
    assert codes("아무 뜻도 없는 글입니다") == []
    weak, possible = first("임금 이야기"), first("임금 체불 이야기")
    strong = first("임금 체불과 퇴직금, 부당해고 이야기")
    assert [weak.strength, possible.strength, strong.strength] == ["weak", "possible", "strong"]
    assert POSSIBLE > 0


def test_two_equal_claims_are_never_strong():
    both = found("임금 체불, 퇴직금, 부당해고. 미세먼지, 공장 폐수, 보증금.")
    assert {suggestion.institution_code for suggestion in both[:2]} == {"labour", "climate"}
    assert all(suggestion.strength == "possible" for suggestion in both[:2])


def test_reasons_show_words_of_the_remit_in_the_language_of_the_text():
    assert {"임금", "체불"} <= set(first("임금 체불을 신고합니다").reasons[0].words)
    assert "fine dust" in first("The fine dust is terrible", locale="en").reasons[0].words


def test_there_are_at_most_three():
    assert len(found(" ".join(profile.remit_ko for profile in PROFILES[:4]))) == 3


@pytest.mark.parametrize("text", [
    "", " \n\t", "🙂" * 5000, "\0\ufffd\u202e", "(((((", "a" * 100_000, "가" * 100_000, "%s %(x)s {}",
    "은는이가 을를 의", "1 2 3 4",
])
def test_hostile_or_empty_text_says_nothing(text):
    assert found(text, JONGNO) == []


def test_the_answer_is_always_the_same():
    text = "임금 체불과 미세먼지, 가로등과 국토부"
    again = RemitMatcher(list(PROFILES))
    assert len({tuple(matcher.suggest(Query(text, JONGNO))) for matcher in (MATCHER, MATCHER, again)}) == 1


def test_a_megabyte_costs_no_more_than_the_part_that_is_read():
    text = "임금 체불 층간소음 폐수 " * 70_000
    assert found(text, JONGNO) == found(text[:len(text) // 10], JONGNO)


def test_no_profiles_no_suggestions():
    assert RemitMatcher([]).suggest(Query("임금 체불", JONGNO)) == []


def test_an_institution_without_a_remit_is_found_by_its_name():
    matcher = RemitMatcher([Profile(1, "office", ("가나다사업소",), Type.PUBLIC_BODY)])
    assert matcher.suggest(Query("가나다사업소에 바랍니다"))[0].institution_code == "office"
