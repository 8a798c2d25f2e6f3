"""Passkeys on the server: challenges, limits, and taking one off. A real authenticator signs in tests/e2e."""

import json

import pytest
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, Passkey, SecondFactor
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import passkeys as services
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from tests.factories.accounts import PersonFactory, signed_in, staff

PAGE = "/ko/second-factor"
SHOWN, NEW = f"{PAGE}/passkey", f"{PAGE}/set-up/passkey"
OPTIONS = f"{SHOWN}/options"


@pytest.fixture
def official(app):
    return staff(Role.OPERATOR)


def with_passkeys(person, count=1, nonce=None):
    with atomic() as session:
        session.add(SecondFactor(person_id=person.id, nonce=nonce, tries_since=now()))
        session.add_all(Passkey(person_id=person.id, credential=f"AAAA{person.id:04}{number:04}", public_key="AAAA",
                                sign_count=0, browser="") for number in range(count))


def row():
    current().rollback()
    return current().scalars(select(AccountSession)).one()


def test_each_request_has_a_challenge_of_its_own_for_this_host(app, official):
    with_passkeys(official)
    browser = signed_in(app, official, verified=False)
    first, second = (json.loads(browser.submit(OPTIONS, page=PAGE).data) for _time in range(2))
    assert first["rpId"] == "localhost"
    assert first["challenge"] != second["challenge"]
    assert [one["id"] for one in first["allowCredentials"]] == [f"AAAA{official.id:04}0000"]


def test_an_answer_uses_its_challenge_up_even_when_it_is_wrong(app, official):
    with_passkeys(official)
    browser = signed_in(app, official, verified=False)
    browser.submit(OPTIONS, page=PAGE)
    assert row().challenge is not None
    answer = browser.submit(SHOWN, {"credential": '{"id": "x"}'}, page=PAGE)
    assert answer.status_code == 400
    assert row().challenge is None
    assert browser.get("/ko/operator/triage").status_code == 401
    with pytest.raises(Invalid):
        services.show_passkey(official, row(), "{}")


@pytest.mark.parametrize("typed", ["", "x", "[]", "null", '{"id": 1}', '{"id": "AAAA"}', "[" * 19_000])
def test_nonsense_is_no_passkey(app, official, typed):
    with_passkeys(official)
    browser = signed_in(app, official, verified=False)
    browser.submit(OPTIONS, page=PAGE)
    assert browser.submit(SHOWN, {"credential": typed}, page=PAGE).status_code == 400
    assert row().verified_at is None


def test_a_half_signed_in_browser_makes_no_passkey_beside_the_first(app, official):
    with_passkeys(official)
    browser = signed_in(app, official, verified=False)
    for path in (f"{NEW}/options", NEW):
        assert browser.submit(path, {"credential": "{}"}, page=PAGE).status_code == 401
    with pytest.raises(Conflict):
        services.options_for_new(official, row())


def test_passkeys_of_one_person_are_limited(app, official):
    with_passkeys(official, app.config["SETTINGS"].passkeys_per_person)
    signed_in(app, official)
    with pytest.raises(Conflict):
        services.options_for_new(official, row())


def test_the_only_second_factor_stays(app, official):
    with_passkeys(official)
    key = current().scalars(select(Passkey)).one()
    with pytest.raises(Conflict):
        services.remove_passkey(actor_for(official), official, key.id)
    with atomic():
        current().get_one(SecondFactor, official.id).nonce = "app"
    services.remove_passkey(actor_for(official), official, key.id)
    with pytest.raises(NotFound):
        services.remove_passkey(actor_for(official), official, key.id)


def test_citizens_and_strangers_are_offered_none(app):
    for browser, page in ((signed_in(app, PersonFactory()), "/ko/account"), (app.test_client(), "/ko/sign-in")):
        assert browser.submit(OPTIONS, page=page).status_code == 404
        assert browser.submit(f"{NEW}/options", page=page).status_code == 404
