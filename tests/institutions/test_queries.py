"""Finding institutions: names, chains of successors, listings in pages."""

from datetime import timedelta

import pytest

from civicportal.core.errors import NotFound
from civicportal.core.transactions import atomic
from civicportal.institutions import queries
from civicportal.institutions.states import InstitutionType
from tests.factories.institutions import DepartmentFactory, InstitutionFactory, RegionFactory

DAY = timedelta(days=1)


@pytest.fixture
def chain(app):
    """A closed institution, its closed successor, and the one of today."""
    end = queries.today()
    last = InstitutionFactory(code="mcee", name_ko="기후에너지환경부", name_en="Ministry of Climate")
    middle = InstitutionFactory(code="me2", name_ko="환경처", active_to=end, successor_id=last.id)
    first = InstitutionFactory(code="me", name_ko="환경부", name_en="Ministry of Environment", active_to=end - DAY,
                               successor_id=middle.id)
    return first, middle, last


def names(found):
    return [row.code for row in found]


def test_a_closed_one_forwards_to_the_end_of_its_chain(chain):
    assert [queries.resolve_successor(row) for row in chain] == [chain[2]] * 3


def test_a_chain_that_ends_closed_leads_nowhere(app):
    closed = InstitutionFactory(active_to=queries.today())
    assert queries.resolve_successor(closed) is None


def test_a_circle_of_closed_ones_ends(app):
    a = InstitutionFactory(active_to=queries.today())
    b = InstitutionFactory(active_to=queries.today(), successor_id=a.id)
    with atomic():
        a.successor_id = b.id
    assert queries.resolve_successor(a) is None


@pytest.mark.parametrize(("q", "found"), [
    ("환경부", ["mcee"]), ("기후에너지환경부", ["mcee"]), ("MINISTRY of climate", ["mcee"]), ("mcee", ["mcee"]),
    ("climate ministry", ["mcee"]), ("%", []), ("_", []), ("  ", []), ("\0", []), ("기후 없음", []),
])
def test_search_finds_names_and_forwards(chain, q, found):
    assert names(queries.search(q, 5)) == found


def test_search_puts_the_whole_name_first_and_keeps_to_its_limit(app):
    for code, name in (("a", "서울특별시 중구"), ("b", "중구"), ("c", "부산광역시 중구")):
        InstitutionFactory(code=code, name_ko=name)
    assert names(queries.search("중구", 2)) == ["b", "c"] or names(queries.search("중구", 2)) == ["b", "a"]
    assert names(queries.search("중구", 2))[0] == "b"


def test_decomposed_hangul_is_the_same_word(chain):
    assert names(queries.search("\u1112\u116a\u11ab경부", 5)) == ["mcee"]


def test_by_code_knows_closed_ones_and_require_says_no(chain):
    assert queries.by_code("me").code == "me"
    assert queries.by_code("none") is None
    with pytest.raises(NotFound):
        queries.require("none")


def test_regions_come_as_province_and_districts(app):
    for code, parent in (("26", None), ("11", None), ("26110", "26"), ("11140", "11"), ("11110", "11")):
        RegionFactory(code=code, parent_code=parent)
    assert [region.code for region in queries.regions()] == ["11", "11110", "11140", "26", "26110"]
    assert queries.region_path("11140") == ("11140", "11")
    assert queries.region_path("99") == queries.region_path(None) == ()


def test_departments_of_today_only(app):
    institution = InstitutionFactory()
    day = queries.today()
    DepartmentFactory(institution=institution, code="open")
    DepartmentFactory(institution=institution, code="closed", active_to=day)
    DepartmentFactory(institution=institution, code="later", active_from=day + DAY)
    assert names(queries.departments(institution)) == ["open"]


def walk(chosen, size=2, locale="ko"):
    codes, after = [], None
    while True:
        page = queries.listing(chosen, locale=locale, size=size, after=after)
        codes += names(page.rows)
        if page.after is None:
            return codes
        after = page.after


def test_pages_hold_everything_once_by_type_and_name(app):
    for code, name, kind in (("c1", "나", "central"), ("l1", "가", "local"), ("c2", "가", "central"),
                             ("c3", "가", "central"), ("p1", "가", "public_body")):
        InstitutionFactory(code=code, name_ko=name, type=InstitutionType(kind))
    assert walk(queries.Filter()) == ["c2", "c3", "c1", "l1", "p1"]
    assert walk(queries.Filter(type=InstitutionType.CENTRAL), size=1) == ["c2", "c3", "c1"]
    assert queries.listing(queries.Filter(), locale="ko", size=9, after="no-such").rows[0].code == "c2"


def test_english_pages_go_by_the_english_name(app):
    InstitutionFactory(code="a", name_ko="가", name_en="Zebra")
    InstitutionFactory(code="b", name_ko="나", name_en="Ant")
    assert walk(queries.Filter(), locale="en", size=1) == ["b", "a"]


def test_a_province_shows_its_districts_too(app):
    RegionFactory(code="11")
    RegionFactory(code="11110", parent_code="11")
    for code, region in (("city", "11"), ("district", "11110"), ("nation", None)):
        InstitutionFactory(code=code, name_ko=code, region_code=region)
    assert walk(queries.Filter(region="11")) == ["city", "district"]
    assert walk(queries.Filter(region="11110")) == ["district"]


def test_closed_ones_are_found_by_name_only(chain):
    assert walk(queries.Filter()) == ["mcee"]
    assert "me" in walk(queries.Filter(q="환경부"))


def test_counts_agree_with_the_lists(chain):
    InstitutionFactory(code="x", type=InstitutionType.LOCAL)
    for chosen in (queries.Filter(), queries.Filter(q="환경"), queries.Filter(type=InstitutionType.LOCAL)):
        counts = queries.counts_by_type(chosen)
        for kind in InstitutionType:
            same = queries.Filter(q=chosen.q, region=chosen.region, type=kind)
            assert counts.get(kind, 0) == len(walk(same))


def test_the_stamp_moves_with_every_change(app):
    stamps = [queries.stamp()]
    row = InstitutionFactory()
    stamps.append(queries.stamp())
    with atomic():
        row.name_ko = "새 이름"
    stamps.append(queries.stamp())
    assert len(set(stamps)) == 3
    assert queries.stamp() == stamps[-1]
