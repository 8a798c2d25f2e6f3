"""A list that leaves the portal: with a reason, limited, told to the operators, and seen by the authors."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from sqlalchemy import select

from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.export_rows import to_csv
from civicportal.petitions.models import DeskExport, MatterView
from tests.factories.accounts import signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed, published

PAGE = "/en/desk/here/export"
REASON = "For the yearly report to the council."


@pytest.fixture
def here(app):
    return InstitutionFactory(code="here")


@pytest.fixture
def officer(here):
    return staff(Role.OFFICER, here, name="윤솔아")


def exported(browser, **fields):
    return browser.submit(PAGE, {"tab": "open", "reason": REASON, **fields})


def rows_of(answer):
    return list(csv.reader(StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def kept():
    current().rollback()
    return current().scalars(select(DeskExport)).all()


def test_the_file_holds_the_list_and_nothing_about_authors(app, here, officer):
    petition = filed(institution=here, title="가로등", text="zebrafinch")
    filed(institution=InstitutionFactory(), title="elsewhere")
    answer = exported(signed_in(app, officer))
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="matters-here-')
    heading, *rows = rows_of(answer)
    assert [row[:3] for row in rows] == [[petition.number, "Grievance", "가로등"]]
    assert len(heading) == len(rows[0])
    text = answer.get_data(as_text=True)
    assert not any(word in text for word in ("zebrafinch", petition.author.name, petition.author.address))


def test_it_is_recorded_and_every_operator_is_told(app, here, officer):
    filed(institution=here)
    operators = [staff(Role.OPERATOR), staff(Role.OPERATOR)]
    exported(signed_in(app, officer))
    row, = kept()
    assert (row.person_id, row.institution_id, row.rows, row.reason) == (officer.id, here.id, 1, REASON)
    event = current().scalars(select(AuditEvent).where(AuditEvent.name == "institution:desk-exported")).one()
    assert (event.actor_id, event.subject_id, event.details) == (officer.id, here.id, {"rows": 1})
    told = current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "petitions.exported", OutboxMessage.channel == "email")).all()
    assert {one.person_id for one in told} == {one.id for one in operators}
    assert told[0].context == {"by": "윤솔아", "institution": told[0].context["institution"], "rows": 1,
                               "reason": REASON}


def test_authors_see_that_their_private_matter_was_exported(app, here, officer):
    petition = filed(institution=here)
    published(filed(institution=here, wants_public=True), officer)
    exported(signed_in(app, officer))
    current().rollback()
    assert [view.petition_id for view in current().scalars(select(MatterView))] == [petition.id]
    assert "Exported" in signed_in(app, petition.author).get(f"/en/petitions/{petition.number}").text


@pytest.mark.parametrize("reason", ["", "short", "x" * 501])
def test_without_a_reason_nothing_leaves(app, here, officer, reason):
    filed(institution=here)
    answer = exported(signed_in(app, officer), reason=reason)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert kept() == []


def test_a_person_exports_three_times_a_day(app, here, officer):
    browser = signed_in(app, officer)
    assert [exported(browser).status_code for _time in range(4)] == [200, 200, 200, 429]
    assert len(kept()) == 3
    with time_machine.travel(now() + timedelta(hours=25)):
        assert exported(signed_in(app, officer)).status_code == 200


def test_a_list_that_is_too_long_does_not_leave(app, here, officer):
    for _one in range(3):
        filed(institution=here)
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(usual, export_max_rows=2)
    try:
        answer = exported(signed_in(app, officer))
    finally:
        app.config["SETTINGS"] = usual
    assert answer.status_code == 400
    assert REASON in answer.text
    assert kept() == []


def test_it_asks_for_the_second_factor_again(app, here, officer):
    with time_machine.travel(now() - timedelta(minutes=11)):
        browser = signed_in(app, officer)
    assert browser.get(PAGE).status_code == 401
    assert browser.get("/en/desk/here").status_code == 200
    answer = browser.submit(PAGE, {"tab": "open", "reason": REASON}, page="/en/desk/here",
                            headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "yearly report" in answer.text
    assert kept() == []


def test_other_desks_are_not_there(app, here):
    stranger = staff(Role.MANAGER, InstitutionFactory(code="there"))
    assert signed_in(app, stranger).get(PAGE).status_code == 404


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(title):
    assert f"'{title}" in to_csv(["Title"], [[title]])
