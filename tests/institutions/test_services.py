"""Adding and changing one institution or department."""

from datetime import date

import pytest
from sqlalchemy import select

from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.errors import Forbidden, Invalid, NotFound
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Actor, Held, Role
from civicportal.core.transactions import current
from civicportal.institutions.queries import by_code
from civicportal.institutions.services.editing import (
    DepartmentFields,
    InstitutionFields,
    add_department,
    add_institution,
    change_department,
    change_institution,
)
from civicportal.institutions.states import InstitutionType
from tests.factories.institutions import InstitutionFactory, RegionFactory

OPERATOR = Actor(person_id=7, held=(Held(Role.OPERATOR),))
OFFICER = Actor(person_id=8, held=(Held(Role.CITIZEN), Held(Role.DIRECTOR, 1)))


def values(**changed):
    return InstitutionFields(**{"name_ko": "새 기관", "type": InstitutionType.CENTRAL, **changed})


def refused(call):
    with speaking("en"), pytest.raises(Invalid) as caught:
        call()
    current().rollback()
    return caught.value.fields


def test_an_operator_adds_an_institution(app):
    RegionFactory(code="11")
    InstitutionFactory(code="parent")
    add_institution(OPERATOR, code="new", values=values(region_code="11", parent_code="parent", remit_ko="가로등"))
    found = by_code("new")
    assert (found.parent.code, found.region_code, found.remit_ko) == ("parent", "11", "가로등")
    event = current().scalars(select(AuditEvent).where(AuditEvent.name == AuditName.INSTITUTION_SAVED)).one()
    assert (event.actor_id, event.subject_id, event.details) == (7, found.id, {"code": "new"})


@pytest.mark.parametrize("actor", [OFFICER, Actor(person_id=None)])
def test_nobody_else_may(app, actor):
    InstitutionFactory(code="a")
    for call in (lambda: add_institution(actor, code="new", values=values()),
                 lambda: change_institution(actor, "a", values=values()),
                 lambda: add_department(actor, "a", code="d", values=DepartmentFields(name_ko="과"))):
        with pytest.raises(Forbidden):
            call()
    assert by_code("new") is None


def test_all_wrong_fields_come_back_at_once(app):
    InstitutionFactory(code="taken")
    problems = refused(lambda: add_institution(OPERATOR, code="taken", values=values(
        parent_code="none", successor_code="nobody", region_code="99", active_from=date(2026, 1, 2),
        active_to=date(2026, 1, 1))))
    assert set(problems) == {"code", "parent_code", "successor_code", "region_code", "active_to"}


def test_a_name_instead_of_a_code_is_answered_with_codes(app):
    InstitutionFactory(code="molit", name_ko="국토교통부")
    problems = refused(lambda: add_institution(OPERATOR, code="new", values=values(parent_code="국토")))
    assert "molit (국토교통부)" in problems["parent_code"]


@pytest.mark.parametrize("field", ["parent_code", "successor_code"])
def test_an_institution_cannot_stand_above_itself(app, field):
    a = InstitutionFactory(code="a")
    link = {"parent_id" if field == "parent_code" else "successor_id": a.id}
    b = InstitutionFactory(code="b", **link)
    InstitutionFactory(code="c", **dict.fromkeys(link, b.id))
    for other in ("a", "b", "c"):
        problems = refused(lambda other=other: change_institution(OPERATOR, "a", values=values(**{field: other})))
        assert list(problems) == [field]
    assert by_code("a").name_ko != "새 기관"
    change_institution(OPERATOR, "c", values=values(**{field: "a"}))
    assert by_code("c").name_ko == "새 기관"


def test_closing_with_a_successor(app):
    InstitutionFactory(code="new")
    InstitutionFactory(code="old")
    change_institution(OPERATOR, "old", values=values(active_to=date(2025, 10, 1), successor_code="new"))
    assert by_code("old").successor.code == "new"
    change_institution(OPERATOR, "old", values=values())
    assert (by_code("old").successor, by_code("old").active_to) == (None, None)


def test_what_is_not_there_cannot_be_changed(app):
    with pytest.raises(NotFound):
        change_institution(OPERATOR, "none", values=values())
    InstitutionFactory(code="a")
    with pytest.raises(NotFound):
        change_department(OPERATOR, "a", "none", values=DepartmentFields(name_ko="과"))


def test_departments_are_added_and_closed(app):
    InstitutionFactory(code="a")
    InstitutionFactory(code="b")
    add_department(OPERATOR, "a", code="roads", values=DepartmentFields(name_ko="도로과", phone="02-1"))
    add_department(OPERATOR, "b", code="roads", values=DepartmentFields(name_ko="도로과"))
    assert set(refused(lambda: add_department(
        OPERATOR, "a", code="roads", values=DepartmentFields(name_ko="과")))) == {"code"}
    change_department(OPERATOR, "a", "roads", values=DepartmentFields(name_ko="도로과", active_to=date(2026, 1, 1)))
    [department] = by_code("a").departments
    assert (department.active_to, department.phone) == (date(2026, 1, 1), None)
    assert by_code("b").departments[0].active_to is None


@pytest.mark.parametrize("website", ["javascript://a.example/%0aalert(1)", "data:text/html,x", "ftp://a.example"])
def test_a_website_is_an_address_for_browsers_and_no_code(app, website):
    assert set(refused(lambda: add_institution(OPERATOR, code="a", values=values(website=website)))) == {"website"}
    assert add_institution(OPERATOR, code="a", values=values(website="https://a.example/x")).website
