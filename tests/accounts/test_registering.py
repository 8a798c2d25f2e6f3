"""From an address typed on a page to an account."""

from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from civicportal.accounts.models import AddressIdentity, AddressRequest, MailToken, Person
from civicportal.accounts.queries import confirmed_by_address
from civicportal.core.clock import now
from civicportal.core.transactions import current
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import PersonFactory


def ask(client, address="new@example.org", name="남궁가온"):
    return client.submit("/ko/register", {"name": name, "address": address})


def test_a_mailed_link_leads_to_a_password_and_an_account(client, mails):
    answer = ask(client, "New+tag@Example.org")
    assert (answer.status_code, answer.location) == (303, "/ko/register/sent")
    assert "New+tag@Example.org" in client.get(answer.location).text
    assert confirmed_by_address("new@example.org") is None
    (mail,) = mails()
    assert (mail.slug, mail.address) == ("accounts.register", "New+tag@example.org")
    done = client.submit(mail.links[0], {"new_password": PASSWORD})
    assert (done.status_code, done.location) == (303, "/ko/account")
    assert "남궁가온" in client.get("/ko/account").text
    current().rollback()
    person = confirmed_by_address("new@example.org")
    assert (person.level, person.locale) == (1, "ko")
    assert person.password_hash.startswith("$argon2id$")


def test_looking_at_the_link_changes_nothing(client, mails):
    ask(client)
    (mail,) = mails()
    for _ in range(2):
        page = client.get(mail.links[0])
        assert page.status_code == 200
        assert client.head(mail.links[0]).status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    current().rollback()
    assert confirmed_by_address("new@example.org") is None
    assert current().scalar(select(MailToken.used_at)) is None


def test_a_link_works_once(client, mails):
    ask(client)
    (mail,) = mails()
    assert client.submit(mail.links[0], {"new_password": PASSWORD}).status_code == 303
    assert client.get(mail.links[0]).status_code == 410
    client.get("/ko/sign-in")
    assert client.submit(mail.links[0], {"new_password": PASSWORD}, page="/ko/account/edit").status_code == 410


def test_a_link_runs_out(client, mails, app):
    ask(client)
    (mail,) = mails()
    days = app.config["SETTINGS"].confirm_days
    with time_machine.travel(now() + timedelta(days=days, seconds=1)):
        assert client.get(mail.links[0]).status_code == 410


def test_a_link_is_no_link_of_another_kind(client, mails):
    PersonFactory(address="known@example.org")
    client.submit("/ko/reset", {"address": "known@example.org"})
    (mail,) = mails()
    text = mail.links[0].rpartition("/")[2]
    assert client.get(f"/ko/reset/{text}").status_code == 200
    assert client.get(f"/ko/register/{text}").status_code == 410
    assert client.get(f"/ko/address/{text}").status_code == 410
    assert client.get(f"/ko/reset/{text[:-1]}").status_code == 410


def test_a_weak_password_is_refused_and_the_link_stays_good(client, mails):
    ask(client)
    (mail,) = mails()
    weak = client.submit(mail.links[0], {"new_password": "password2024"})
    assert weak.status_code == 400
    assert "password2024" not in weak.text
    assert weak.headers["Referrer-Policy"] == "no-referrer"
    assert client.submit(mail.links[0], {"new_password": PASSWORD}).status_code == 303


def test_wrong_input_comes_back_with_what_was_typed(client):
    answer = ask(client, "nobody", "Suharti")
    assert answer.status_code == 400
    assert 'value="nobody"' in answer.text
    assert 'value="Suharti"' in answer.text
    assert current().scalar(select(func.count()).select_from(AddressRequest)) == 0


def test_a_known_address_gets_a_mail_that_says_so(client, mails):
    PersonFactory(address="known@example.org", locale="en")
    ask(client, "KNOWN@example.org")
    (mail,) = mails()
    assert (mail.slug, mail.address) == ("accounts.known_address", "known@example.org")
    assert mail.links[0] == "/en/sign-in"
    assert client.get(mail.links[1]).status_code == 200


def test_the_second_of_two_links_for_one_address_finds_the_account(client, app, mails):
    ask(client)
    ask(client, name="Somebody Else")
    first, second = mails()
    assert client.submit(first.links[0], {"new_password": PASSWORD}).status_code == 303
    late = app.test_client().submit(second.links[0], {"new_password": "another long one"})
    assert (late.status_code, late.headers["Referrer-Policy"]) == (409, "no-referrer")
    current().rollback()
    assert confirmed_by_address("new@example.org").name == "남궁가온"
    assert current().scalar(select(func.count()).select_from(AddressIdentity)) == 1


def test_mails_to_one_address_have_a_daily_limit(client, mails, monkeypatch):
    monkeypatch.setattr("civicportal.accounts.services.tokens.MAILS_PER_DAY", 2)
    for _ in range(3):
        ask(client)
    assert len(mails()) == 2
    assert current().scalar(select(func.count()).select_from(Person)) == 2


def test_who_is_signed_in_needs_no_second_account(client, mails):
    ask(client)
    client.submit(mails()[0].links[0], {"new_password": PASSWORD})
    assert client.get("/ko/register").location == "/ko/account"
