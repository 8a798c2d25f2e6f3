"""Files become institutions: all or nothing, in any order, and the second time nothing."""

from datetime import date

import pytest
from sqlalchemy import func, select

from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.errors import Forbidden
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import current
from civicportal.institutions.csv_rows import institution_format
from civicportal.institutions.models import Institution, Region
from civicportal.institutions.queries import by_code
from civicportal.institutions.services.demo import load_demo
from civicportal.institutions.services.imports import import_institutions, import_regions
from tests.factories.institutions import InstitutionFactory, RegionFactory

HEAD = "code,name_ko,type,parent_code,successor_code,region_code,active_to\n"


@pytest.fixture
def load(app, tmp_path):
    def loading(text, *, skip_bad=False, actor=SYSTEM):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        report = import_institutions(actor, path, institution_format({}), skip_bad=skip_bad)
        current().rollback()
        return report

    return loading


def counts(report):
    return report.new, report.changed, report.unchanged


def count():
    return current().scalar(select(func.count(Institution.id)))


def bad(report):
    return [(problem.row, problem.code) for problem in report.problems]


def test_children_may_stand_before_parents(load):
    RegionFactory(code="11")
    report = load(HEAD + "team,팀,local,office,,11,\noffice,과,local,city,,11,\ncity,시,local,,,11,\n")
    assert counts(report) == (3, 0, 0)
    assert by_code("team").parent.parent.code == "city"
    assert by_code("team").region.code == "11"


def test_the_second_time_nothing_changes(load):
    text = HEAD + "old,옛,local,,new,,2024-01-01\nnew,새,local,,,,\n"
    load(text)
    assert counts(load(text)) == (0, 0, 2)
    saved = current().scalars(select(AuditEvent).where(
        AuditEvent.name == AuditName.INSTITUTION_SAVED).order_by(AuditEvent.id)).all()
    assert [event.details["code"] for event in saved] == ["old", "new"]


def test_only_what_differs_is_changed(load):
    load(HEAD + "a,가,local,,,,\nb,나,local,,,,\nc,다,local,,,,\n")
    before = by_code("c").updated_at
    report = load(HEAD + "a,가나,local,,,,\nb,나,local,a,,,\nc,다,local,,,,\n")
    assert counts(report) == (0, 2, 1)
    assert (by_code("a").name_ko, by_code("b").parent.code) == ("가나", "a")
    assert by_code("c").updated_at == before
    assert by_code("b").updated_at > before


def test_a_column_that_is_left_out_keeps_what_is_stored(load):
    InstitutionFactory(code="a", name_ko="가", phone="02-1", remit_ko="가로등")
    report = load("code,name_ko,type\na,나,central\n")
    assert counts(report) == (0, 1, 0)
    assert (by_code("a").name_ko, by_code("a").phone, by_code("a").remit_ko) == ("나", "02-1", "가로등")


def test_an_empty_cell_empties_a_link(load):
    parent = InstitutionFactory(code="p")
    InstitutionFactory(code="a", name_ko="가", parent_id=parent.id)
    assert counts(load("code,name_ko,type,parent_code\na,가,central,\n")) == (0, 1, 0)
    assert by_code("a").parent is None


@pytest.mark.parametrize(("rows", "expected"), [
    ("a,가,local,,,,\na,나,local,,,,\n", [(3, "a")]),
    ("a,가,local,gone,,,\n", [(2, "a")]),
    ("a,가,local,,gone,,\n", [(2, "a")]),
    ("a,가,local,,,99,\n", [(2, "a")]),
    ("a,가,local,a,,,\n", [(2, "a")]),
    ("a,가,local,b,,,\nb,나,local,c,,,\nc,다,local,a,,,\nd,라,local,a,,,\n", [(2, "a"), (3, "b"), (4, "c")]),
    ("a,가,local,,b,,\nb,나,local,,a,,\n", [(2, "a"), (3, "b")]),
    ("x,가,planet,,,,\ny,나,local,gone,,,\n", [(2, "x"), (3, "y")]),
])
def test_every_bad_row_is_reported_and_nothing_is_changed(load, rows, expected):
    report = load(HEAD + "good,좋은 곳,local,,,,\n".replace("good", "zz") + rows)
    assert bad(report) == [(row + 1, code) for row, code in expected]
    assert not report.written
    assert count() == 0


def test_a_circle_through_what_is_stored_is_found(load):
    top = InstitutionFactory(code="top")
    InstitutionFactory(code="low", parent_id=top.id)
    report = load("code,name_ko,type,parent_code\ntop,위,central,low\n")
    assert bad(report) == [(2, "top")]
    assert by_code("top").parent is None


def test_bad_rows_and_those_below_them_can_be_left_out(load):
    text = HEAD + "a,가,local,gone,,,\nb,나,local,a,,,\nc,다,local,b,,,\nd,라,local,,,,\n"
    assert [problem.code for problem in load(text).problems] == ["a"]
    report = load(text, skip_bad=True)
    assert bad(report) == [(2, "a")]
    assert [problem.code for problem in report.left_out] == ["b", "c"]
    assert counts(report) == (1, 0, 0)
    assert count() == 1


def test_a_bad_change_does_not_take_its_stored_children_along(load):
    InstitutionFactory(code="a", name_ko="가")
    report = load(HEAD + "a,,local,,,,\nb,나,local,a,,,\n", skip_bad=True)
    assert [problem.code for problem in report.problems] == ["a"]
    assert report.left_out == []
    assert by_code("b").parent.name_ko == "가"


def test_only_operators_import(load):
    with pytest.raises(Forbidden):
        load(HEAD, actor=Actor(person_id=1))


def test_regions_are_read_in_any_order(app, tmp_path):
    path = tmp_path / "regions.csv"
    path.write_text("code,name_ko,name_en,parent_code\n11110,종로구,Jongno-gu,11\n11,서울시,Seoul,\n", encoding="utf-8")
    assert counts(import_regions(SYSTEM, path)) == (2, 0, 0)
    assert counts(import_regions(SYSTEM, path)) == (0, 0, 2)
    current().rollback()
    assert current().get(Region, "11110").parent.name_en == "Seoul"


def test_demo_content_loads_once(app):
    regions, institutions = load_demo()
    assert (regions.problems, institutions.problems) == ([], [])
    assert institutions.new > 330
    assert [report.new + report.changed for report in load_demo()] == [0, 0]
    current().rollback()
    district = by_code("seoul-jongno")
    assert district.parent.code == "seoul"
    assert "가로등" in district.remit_ko
    assert not by_code("me").active(date(2026, 1, 1))
    assert current().scalar(select(func.count()).where(Institution.remit_ko == "")) == 0
