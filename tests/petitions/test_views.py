"""Who opened a private matter: each view leaves a trace, and the author reads it."""

from datetime import timedelta

import pytest
import time_machine
from flask import url_for
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.models import MatterView
from civicportal.petitions.services.files import derive_file
from civicportal.petitions.services.views import purge_views
from civicportal.petitions.states import Opened
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import MatterSubjectFactory, Sent, filed, public_matter, taken


@pytest.fixture
def here(app):
    return InstitutionFactory(code="here", name_en="Here City")


def kept():
    current().rollback()
    return current().scalars(select(MatterView).order_by(MatterView.id)).all()


def count():
    current().rollback()
    return current().scalar(select(func.count()).select_from(MatterView))


def open_pages(app, browser, petition):
    """Every page of the portal that names the matter: (endpoint, status, how many traces it left)."""
    values = {"number": petition.number, "public_id": petition.files[0].public_id, "locale": "en"}
    for rule in app.url_map.iter_rules():
        if "number" not in rule.arguments or not rule.endpoint.startswith("petitions.") or "GET" not in rule.methods:
            continue
        if rule.arguments - set(values) or "<number:number>" not in rule.rule:
            continue
        with app.test_request_context("/en/"):
            path = url_for(rule.endpoint, **values)
        before = count()
        with browser.get(path) as answer:
            answer.get_data()
        yield rule.endpoint, answer.status_code, count() - before


def test_every_page_that_shows_a_private_matter_to_an_official_leaves_a_trace(app, here):
    petition = filed(institution=here, files=(Sent("a.txt", b"hello"),))
    derive_file(petition.files[0].id)
    officer = staff(Role.MANAGER, here)
    taken(petition, officer)
    left = filed(files=(Sent("a.txt", b"hello"),))
    derive_file(left.files[0].id)
    for person, matter, some in ((officer, petition, 8), (staff(Role.OPERATOR), left, 5)):
        looks = list(open_pages(app, signed_in(app, person), matter))
        assert [look for look in looks if (look[1] == 200) != (look[2] == 1)] == []
        assert sum(look[2] for look in looks) >= some


def test_authors_and_readers_of_what_is_public_leave_none(app, here):
    author = staff(Role.OFFICER, here)
    petition = filed(author, here, files=(Sent("a.txt", b"hello"),))
    list(open_pages(app, signed_in(app, author), petition))
    shown, officer = public_matter()
    signed_in(app, officer).get(f"/en/petitions/{shown.number}")
    signed_in(app, PersonFactory()).get(f"/en/petitions/{petition.number}")
    assert count() == 0


def test_the_original_of_a_public_petitions_file_leaves_one(app):
    shown, officer = public_matter(files=(Sent("a.txt", b"hello"),))
    path = f"/en/petitions/{shown.number}/files/{shown.files[0].public_id}/original"
    with signed_in(app, officer).get(path, follow_redirects=True) as answer:
        assert answer.status_code == 200
    assert [view.opened for view in kept()] == [Opened.FILE]


def test_a_trace_holds_who_in_which_role_where_and_when_and_nothing_else(app, here):
    petition = filed(institution=here)
    officer = staff(Role.DIRECTOR, here)
    GrantFactory(person_id=officer.id, role=Role.OFFICER, scope_kind="institution", scope_id=InstitutionFactory().id)
    signed_in(app, officer).get(f"/en/desk/matters/{petition.number}")
    view, = kept()
    assert (view.person_id, view.role, view.institution_id) == (officer.id, "director", here.id)
    assert set(MatterView.__table__.columns.keys()) == {
        "id", "petition_id", "person_id", "role", "institution_id", "opened", "at"}


def test_the_author_reads_role_and_institution_and_never_the_name(app, here):
    petition = filed(institution=here)
    page = f"/en/petitions/{petition.number}"
    author = signed_in(app, petition.author)
    assert "No official has opened it" in author.get(page).text
    officer = signed_in(app, staff(Role.OFFICER, here, name="윤솔아"))
    for _look in range(3):
        officer.get(f"/en/desk/matters/{petition.number}")
    signed_in(app, staff(Role.OPERATOR, name="서다온")).get(page)
    text = author.get(page).text
    assert "Officer, Here City" in text
    assert "3 times" in text
    assert "Operator, Portal team" in text
    assert "윤솔아" not in text
    assert "서다온" not in text
    assert "Officer, Here City" not in officer.get(page).text


def test_old_traces_are_deleted(app, here):
    petition = filed(institution=here)
    browser = signed_in(app, staff(Role.OFFICER, here))
    browser.get(f"/en/desk/matters/{petition.number}")
    with time_machine.travel(now() + timedelta(days=settings().matter_view_days - 1)):
        purge_views()
    assert count() == 1
    with time_machine.travel(now() + timedelta(days=settings().matter_view_days + 1)):
        purge_views()
    assert count() == 0


def test_whom_it_is_about_leaves_none_because_nothing_is_shown(app, here):
    petition = filed(institution=here)
    officer = staff(Role.OFFICER, here)
    MatterSubjectFactory(petition_id=petition.id, person_id=officer.id, named_by_id=petition.author_id)
    assert actor_for(officer).is_staff
    assert signed_in(app, officer).get(f"/en/desk/matters/{petition.number}").status_code == 404
    assert count() == 0
