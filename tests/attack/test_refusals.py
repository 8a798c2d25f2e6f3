"""Tries to do what one may not, and to get round a limit, are kept and counted; nobody fills the record with them."""

import pytest
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent, AuditName, record_refusal
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from tests.accounts.conftest import HASH
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.voting import open_secret_box


def kept():
    current().rollback()
    rows = current().scalars(select(AuditEvent).where(AuditEvent.name == AuditName.REFUSED).order_by(AuditEvent.id))
    return [(row.actor_id, row.details["cause"], row.details["endpoint"]) for row in rows]


def test_a_right_that_is_missing_is_kept_with_who_and_where(app):
    officer = staff(Role.OFFICER, InstitutionFactory())
    assert signed_in(app, officer).get("/en/operator/triage").status_code == 403
    assert kept() == [(officer.id, "right", "petitions.triage")]


def test_a_limit_that_is_reached_is_kept(app):
    person = PersonFactory(password_hash=HASH)
    browser = signed_in(app, person)
    fields = {"current_password": "wrong", "new_password": "three green bicycles"}
    codes = [browser.submit("/en/account/password", fields).status_code for _number in range(21)]
    assert codes[-1] == 429
    assert kept()[-1] == (person.id, "limit", "accounts.password")


def test_a_forged_form_is_kept(app):
    person = PersonFactory()
    assert signed_in(app, person).post("/en/account/edit", data={"name": "x"}).status_code == 400
    assert kept() == [(person.id, "token", "accounts.edit")]


@pytest.mark.parametrize("path", ["/en/operator/triage", "/en/petitions/represent/x.y"])
def test_of_strangers_nothing_is_kept(client, path):
    assert client.get(path).status_code in (401, 410)
    assert kept() == []


def test_what_is_hidden_is_kept_no_more_than_what_is_not_there(app):
    assert signed_in(app, PersonFactory()).get("/en/petitions/2510-ZZZZ-ZZZZ").status_code == 404
    assert kept() == []


def test_casting_leaves_no_refusal(app):
    box, person = open_secret_box(2), PersonFactory()
    browser = signed_in(app, person)
    assert browser.post(f"/en/votes/{box.slug}/ballot", data={"choice": "yes"}).status_code >= 400
    assert kept() == []


def test_nobody_fills_the_record(app):
    one, other = (actor_for(PersonFactory()) for _number in range(2))
    for actor in (one, other):
        for _number in range(5):
            with atomic():
                record_refusal(actor, cause="right", endpoint="petitions.triage", at_most=3)
    assert current().execute(select(AuditEvent.actor_id, func.count()).where(AuditEvent.name == AuditName.REFUSED)
                             .group_by(AuditEvent.actor_id)).all() == [(one.person_id, 3), (other.person_id, 3)]
