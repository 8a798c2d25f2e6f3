"""Pages about institutions: for everyone, and for operators."""

import re
from datetime import timedelta

import pytest

from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.institutions import queries
from civicportal.institutions.profile_blocks import PROFILE_BLOCKS, ProfileBlock
from civicportal.institutions.states import InstitutionType
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import DepartmentFactory, InstitutionFactory, RegionFactory

NEW = {"code": "new", "name_ko": "새 기관", "name_en": "New Body", "type": "central"}


@pytest.fixture
def operator(app):
    return signed_in(app, staff(Role.OPERATOR))


def page(response, status=200):
    assert response.status_code == status
    return response.get_data(as_text=True)


def test_the_listing_speaks_the_language_of_the_page(client):
    InstitutionFactory(code="molit", name_ko="국토교통부", name_en="Ministry of Land")
    assert "국토교통부" in page(client.get("/ko/institutions"))
    english = page(client.get("/en/institutions"))
    assert "Ministry of Land" in english
    assert "국토교통부" not in english


def test_the_listing_is_public_and_touches_no_session(client):
    response = client.get("/en/institutions?q=x&region=11&type=nonsense&after=none")
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"].startswith("public")


def test_the_listing_filters_and_leads_on(client, app):
    for number in range(app.config["SETTINGS"].page_size + 2):
        InstitutionFactory(code=f"c{number:02}", name_en=f"Body {number:02}")
    InstitutionFactory(code="l", name_en="Town", type=InstitutionType.LOCAL)
    first = page(client.get("/en/institutions"))
    assert "Town" not in first
    following = re.search(r'href="(/en/institutions\?[^"]*after=[^"]*)"', first).group(1).replace("&amp;", "&")
    assert "Town" in page(client.get(following))
    only = page(client.get("/en/institutions?type=local"))
    assert "Town" in only
    assert "Body 00" not in only


def test_a_closed_one_is_found_with_where_its_work_went(client):
    heir = InstitutionFactory(code="mcee", name_en="Ministry of Climate")
    InstitutionFactory(code="me", name_en="Ministry of Environment", active_to=queries.today(), successor_id=heir.id)
    assert "Ministry of Environment" not in page(client.get("/en/institutions"))
    assert "now done by Ministry of Climate" in page(client.get("/en/institutions?q=environment"))
    shown = page(client.get("/en/institutions/me"))
    assert "was closed on" in shown
    assert 'href="/en/institutions/mcee"' in shown


def test_nothing_found_says_what_to_do(client):
    assert "Try a shorter name" in page(client.get("/en/institutions?q=zzz"))


def test_a_page_shows_what_the_institution_is(client):
    RegionFactory(code="11", name_en="Seoul")
    parent = InstitutionFactory(code="top", name_en="Top Body")
    institution = InstitutionFactory(code="a", name_en="Body A", parent_id=parent.id, region_code="11", phone="02-111",
                                     website="https://a.example", remit_en="Lights & <roads>")
    DepartmentFactory(institution=institution, name_en="Road Division")
    DepartmentFactory(institution=institution, name_en="Closed Division", active_to=queries.today())
    shown = page(client.get("/en/institutions/a"))
    for text in ("Body A", "Top Body", "Seoul", "02-111", "https://a.example", "Lights &amp; &lt;roads&gt;",
                 "Road Division"):
        assert text in shown
    assert "Closed Division" not in shown
    assert "operator" not in shown


def test_an_unknown_code_is_not_found(client):
    page(client.get("/en/institutions/none"), 404)
    page(client.get("/en/institutions/%00"), 404)
    page(client.get("/en/institutions?q=%00x&region=%00&after=%00"))


def test_packages_above_add_blocks_to_the_page(app, client, monkeypatch):
    monkeypatch.setattr(PROFILE_BLOCKS, "_items", {})
    institution = InstitutionFactory(code="a")
    seen = []

    def context(institution_id, locale):
        seen.append((institution_id, locale))
        return {"title": "x"}

    # any template that exists will do
    PROFILE_BLOCKS.add(ProfileBlock("mark", "components/mark.html", context))
    PROFILE_BLOCKS.add(ProfileBlock("nothing", "no/such/template.html", lambda _id, _locale: None))
    before = page(client.get("/en/institutions/a")).count("<svg")
    assert seen == [(institution.id, "en")]
    monkeypatch.setattr(PROFILE_BLOCKS, "_items", {})
    assert page(client.get("/en/institutions/a")).count("<svg") == before - 1


@pytest.mark.parametrize("path", [
    "/en/operator/institutions/new", "/en/operator/institutions/a/edit", "/en/operator/institutions/a/people",
    "/en/operator/institutions/a/departments/new", "/en/operator/institutions/a/departments/d",
])
def test_operators_alone_reach_the_forms(app, operator, path):
    institution = InstitutionFactory(code="a")
    DepartmentFactory(institution=institution, code="d")
    page(signed_in(app, PersonFactory()).get(path), 403)
    page(signed_in(app, staff(Role.DIRECTOR, institution)).get(path), 403)
    page(operator.get(path))


def test_one_form_adds_one(operator):
    InstitutionFactory(code="top", name_ko="위 기관")
    response = operator.submit("/en/operator/institutions/new", {**NEW, "parent_code": "top", "remit_ko": "가로등"})
    assert response.status_code == 303
    assert response.location == "/en/operator/institutions/new/edit"
    added = queries.by_code("new")
    assert (added.name_en, added.parent.code, added.active_from) == ("New Body", "top", None)


def test_a_wrong_form_keeps_what_was_typed_and_says_where(operator):
    shown = page(operator.submit("/en/operator/institutions/new", {
        **NEW, "name_ko": "", "website": "nonsense", "active_from-year": "2026", "active_from-month": "13",
        "active_from-day": "1"}), 400)
    for text in ("There is a problem", "Enter the name in Korean.", "starts with https://", "Enter a real date",
                 'value="New Body"', 'value="13"', 'href="#name_ko"'):
        assert text in shown
    shown = page(operator.submit("/en/operator/institutions/new", {**NEW, "parent_code": "none"}), 400)
    assert "No institution has this code." in shown
    assert 'href="#parent_code"' in shown


def test_codes_are_found_without_losing_what_was_typed(operator):
    InstitutionFactory(code="molit", name_ko="국토교통부", name_en="Ministry of Land")
    shown = page(operator.submit("/en/operator/institutions/new", {
        **NEW, "lookup": "국토", "find": "1", "remit_ko": "긴 글"}))
    assert '<th scope="row">molit</th>' in shown
    assert "긴 글" in shown
    assert "There is a problem" not in shown
    assert queries.by_code("new") is None


def test_enter_without_words_to_find_saves(operator):
    assert operator.submit("/en/operator/institutions/new", {**NEW, "find": "1"}).status_code == 303


def test_an_institution_is_changed_and_closed(operator):
    InstitutionFactory(code="new")
    old = InstitutionFactory(code="old", name_ko="옛 기관", type=InstitutionType.LOCAL, phone="02-1")
    shown = page(operator.get("/en/operator/institutions/old/edit"))
    assert 'value="옛 기관"' in shown
    assert 'name="code"' not in shown
    day = queries.today() - timedelta(days=1)
    response = operator.submit("/en/operator/institutions/old/edit", {
        "name_ko": "옛 기관", "type": "local", "successor_code": "new", "code": "evil", "phone": "",
        "active_to-year": day.year, "active_to-month": day.month, "active_to-day": day.day})
    assert response.status_code == 303
    current().expire_all()
    assert (old.code, old.active_to, old.successor.code, old.phone) == ("old", day, "new", None)


def test_a_circle_is_refused_at_the_field(operator):
    top = InstitutionFactory(code="top")
    InstitutionFactory(code="low", parent_id=top.id)
    shown = page(operator.submit("/en/operator/institutions/top/edit", {**NEW, "parent_code": "low"}), 400)
    assert "stands below the one you edit" in shown


def test_departments_are_added_and_changed(operator):
    InstitutionFactory(code="a")
    made = operator.submit("/en/operator/institutions/a/departments/new", {"code": "roads", "name_ko": "도로과"})
    assert made.location.endswith("/operator/institutions/a/edit#departments")
    assert "도로과" in page(operator.get("/ko/operator/institutions/a/edit"))
    path = "/en/operator/institutions/a/departments/roads"
    assert operator.submit(path, {"name_ko": "도로과", "name_en": "Road Division"}).status_code == 303
    assert "Road Division" in page(operator.get("/en/institutions/a"))
    taken = operator.submit("/en/operator/institutions/a/departments/new", {"code": "roads", "name_ko": "도로과"})
    assert "has this code" in page(taken, 400)
    page(operator.get("/en/operator/institutions/a/departments/none"), 404)


def test_roles_are_given_and_ended(app, operator):
    InstitutionFactory(code="a")
    person = PersonFactory(name="김하늘", address="sky@example.org")
    path = "/en/operator/institutions/a/people"
    assert operator.submit(path, {"address": "sky@example.org", "role": "manager"}).status_code == 303
    shown = page(operator.get(path))
    assert "김하늘" in shown
    assert "Manager" in shown
    page(signed_in(app, person).get(path), 403)
    end = re.search(r'action="([^"]+/end)"', shown).group(1)
    assert operator.submit(end, page=path).status_code == 303
    assert "김하늘" not in page(operator.get(path))
    page(operator.submit(end, page=path), 404)


def test_a_role_of_another_institution_is_not_found(operator):
    InstitutionFactory(code="here")
    staff(Role.OFFICER, InstitutionFactory(code="there"))
    shown = page(operator.get("/en/operator/institutions/there/people"))
    number = re.search(r"people/(\d+)/end", shown).group(1)
    page(operator.submit(f"/en/operator/institutions/here/people/{number}/end",
                         page="/en/operator/institutions/here/people"), 404)


@pytest.mark.parametrize(("data", "words"), [
    ({"address": "nobody@example.org", "role": "officer"}, "No account with this address"),
    ({"address": "nonsense", "role": "officer"}, "Enter an address like"),
    ({"address": "nobody@example.org"}, "Choose a role."),
])
def test_a_role_needs_a_person_and_a_choice(operator, data, words):
    InstitutionFactory(code="a")
    PersonFactory(address="nobody2@example.org", level=0)
    assert words in page(operator.submit("/en/operator/institutions/a/people", data), 400)
