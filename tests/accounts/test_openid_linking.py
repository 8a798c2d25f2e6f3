"""Linking an account at the OpenID provider, taking it off, and showing a second factor there."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, OpenIDLink
from civicportal.accounts.queries import actor_for, get_person, grants_of
from civicportal.accounts.services import delete_account, end_access, end_grant
from civicportal.accounts.services.openid import _digest
from civicportal.accounts.services.second_factor import reset_second_factor
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from tests.accounts.conftest import PASSWORD
from tests.accounts.openid_steps import MINE, acts, an_officer, at_provider, begin, code_of, come_in, is_in, link_of
from tests.factories.accounts import PersonFactory, signed_in, staff


@pytest.fixture
def officer(portal):
    return an_officer()


def test_linking_needs_a_fresh_second_factor_and_a_sign_in_made_anew(app, officer, provider, mails):
    browser, other = signed_in(app, officer), signed_in(app, officer)
    assert browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE))).location == MINE
    assert (provider.asked[0]["prompt"], provider.asked[0]["max_age"]) == ("login", "0")
    assert "연결되었습니다" in browser.get(MINE).text
    assert not is_in(other)
    assert mails()[-1].slug == "accounts.openid_linked"
    assert "통합로그인" in mails()[-1].text
    link = current().scalars(select(OpenIDLink)).one()
    assert (link.person_id, link.issuer, len(link.subject)) == (officer.id, provider.url, 64)
    assert "person:openid-linked" in acts()
    stale = signed_in(app, officer, verified=False)
    assert stale.submit(f"{MINE}/openid", page="/ko/second-factor").status_code == 401


@pytest.mark.parametrize("at", [None, 3600])
def test_an_old_sign_in_there_links_nothing(app, officer, provider, at):
    provider.authenticated_at = at and time.time() - at
    browser = signed_in(app, officer)
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    assert "다시 로그인" in browser.get(MINE).text
    assert current().scalars(select(OpenIDLink)).all() == []


def test_the_second_factor_must_still_be_fresh_on_the_way_back(app, officer, provider):
    browser = signed_in(app, officer)
    back = at_provider(begin(browser, f"{MINE}/openid", MINE))
    with atomic() as session:
        for row in session.scalars(select(AccountSession)):
            row.verified_at = now() - timedelta(minutes=11)
    asked = browser.get(back)
    assert asked.status_code == 401
    assert "/token" not in provider.calls
    code = code_of(officer)
    done = browser.submit("/ko/second-factor", {"code": code, "next": back})
    assert browser.get(done.location).location == MINE
    current().rollback()
    assert current().scalars(select(OpenIDLink)).one().person_id == officer.id


def test_one_account_there_is_one_here(app, officer, provider):
    other = staff(Role.OPERATOR)
    link_of(other, provider)
    browser = signed_in(app, officer)
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    assert "다른 사람" in browser.get(MINE).text
    provider.subject = "official-2"
    browser.get(at_provider(begin(browser, f"{MINE}/openid", MINE)))
    provider.subject = "official-3"
    browser.get(at_provider(begin(browser, f"{MINE}/openid", f"{MINE}/../second-factor")))
    assert "이미 연결되어" in browser.get(MINE).text
    rows = current().execute(select(OpenIDLink.person_id, OpenIDLink.subject).order_by(OpenIDLink.id)).all()
    assert [tuple(row) for row in rows] == [
        (other.id, _digest(provider.url, "official-1")), (officer.id, _digest(provider.url, "official-2"))]


def test_an_answer_to_one_question_is_none_to_another(app, client, officer, provider):
    link_of(officer, provider)
    provider.amr, browser = ["mfa"], signed_in(app, staff(Role.OPERATOR))
    provider.subject = "official-9"
    browser.get(at_provider(begin(browser, page=MINE)))  # the question of signing in links nothing
    assert len(current().scalars(select(OpenIDLink)).all()) == 1


def test_citizens_link_nothing(app, portal, provider):
    browser = signed_in(app, PersonFactory())
    back = at_provider(begin(browser, page="/ko/account/edit"))
    assert browser.get(back).status_code == 403
    assert browser.submit(f"{MINE}/openid", page="/ko/account/edit").status_code == 404


def test_a_link_is_taken_off(app, client, officer, provider, mails):
    link_of(officer, provider)
    browser, other = signed_in(app, officer), signed_in(app, officer)
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).location == MINE
    assert mails()[-1].slug == "accounts.openid_unlinked"
    assert not is_in(other)
    assert is_in(browser)
    assert come_in(client).status_code == 403
    assert "person:openid-unlinked" in acts()
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).status_code == 404


@pytest.mark.parametrize("end", [
    lambda person: end_access(SYSTEM, person, successor_id=None),
    lambda person: delete_account(actor_for(person), person, current_password=PASSWORD),
    lambda person: reset_second_factor(SYSTEM, person),
], ids=["leaver", "deleted", "reset"])
def test_what_ended_does_not_come_back_through_the_provider(client, officer, provider, end):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    end(get_person(officer.id))
    assert current().scalars(select(OpenIDLink)).all() == []
    assert come_in(client).status_code == 403
    assert client.get("/ko/account").status_code == 401


def test_somebody_whose_roles_ended_does_not_sign_in_this_way(client, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    end_grant(SYSTEM, grants_of(officer.id)[0])
    assert come_in(client).status_code == 403
    assert client.get("/ko/account").status_code == 401


def test_the_second_factor_can_be_shown_there(app, officer, provider):
    link_of(officer, provider)
    provider.amr = ["mfa"]
    browser = signed_in(app, officer, verified=False)
    back = at_provider(begin(browser, "/ko/second-factor/openid", "/ko/second-factor", next="/ko/desk/here"))
    assert (provider.asked[0]["prompt"], provider.asked[0]["max_age"]) == ("login", "0")
    assert browser.get(back).location == "/ko/desk/here"
    assert is_in(browser)
    assert browser.submit(f"{MINE}/openid/unlink", page=MINE).status_code == 303


def test_a_sign_in_that_ended_meanwhile_begins_anew(app, officer, provider):
    link_of(officer, provider)
    browser = signed_in(app, officer, verified=False)
    back = at_provider(begin(browser, "/ko/second-factor/openid", "/ko/second-factor"))
    with atomic() as session:
        session.scalars(select(AccountSession)).one().revoked_at = now()
    assert browser.get(back).location == "/ko/sign-in"
    assert "/token" not in provider.calls


@pytest.mark.parametrize("change", [
    {"subject": "official-2"}, {"amr": ["pwd"]}, {"authenticated_at": 1}, {"authenticated_at": None}], ids=str)
def test_what_is_shown_there_must_be_enough_anew_and_ones_own(app, officer, provider, change):
    link_of(officer, provider)
    link_of(staff(Role.OPERATOR), provider, "official-2")
    provider.amr = ["mfa"]
    for name, value in change.items():
        setattr(provider, name, value)
    browser = signed_in(app, officer, verified=False)
    back = at_provider(begin(browser, "/ko/second-factor/openid", "/ko/second-factor"))
    assert browser.get(back).status_code == 400
    assert not is_in(browser)


def test_only_linked_people_are_offered_to_show_it_there(app, officer, provider):
    browser = signed_in(app, officer, verified=False)
    assert "통합로그인" not in browser.get("/ko/second-factor").text
    link_of(officer, provider)
    assert "통합로그인" in browser.get("/ko/second-factor").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc_second_factor_acr=(), oidc_second_factor_amr=())
    assert "통합로그인" not in browser.get("/ko/second-factor").text
    assert app.test_client().submit("/ko/second-factor/openid", page="/ko/sign-in").status_code == 404
