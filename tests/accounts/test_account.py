"""One's own account: details, address, password, browsers, identity, leaving."""

import re
import threading
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from sqlalchemy import func, select

from civicportal.accounts import services
from civicportal.accounts.models import AccountSession, AddressIdentity, Grant, MailToken, Person
from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.passwords import verify_password
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.states import TokenPurpose
from civicportal.core import events
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from tests.accounts.conftest import HASH, PASSWORD
from tests.conftest import TOKEN
from tests.factories.accounts import PersonFactory, signed_in, staff

NEW_PASSWORD = "four blue mountains"
OPEN = ["/ko/account", "/ko/account/edit", "/ko/account/address", "/ko/account/password", "/ko/account/sessions",
        "/ko/account/identity", "/ko/account/delete"]


@pytest.fixture
def person(app):
    return PersonFactory(name="남궁가온", address="gaon@example.org", password_hash=HASH, phone="+821012345678")


@pytest.fixture
def browser(app, person):
    return signed_in(app, person)


def fresh(person):
    current().rollback()
    current().expire_all()
    return current().get(Person, person.id)


@pytest.mark.parametrize("path", OPEN)
def test_an_account_is_shown_to_its_owner_only(browser, client, path):
    page = browser.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert client.get(path).status_code == 401


def test_details_are_shown_as_people_write_them(browser):
    text = browser.get("/ko/account").text
    assert "남궁가온" in text
    assert "010-1234-5678" in text


def test_details_can_be_edited(browser, person):
    long = "María Fernanda de los Ángeles Castillo-Rodríguez y Montenegro"
    done = browser.submit("/ko/account/edit", {"name": f"  {long}\u202e ", "phone": "+57 300 123 4567", "locale": "en"})
    assert done.location == "/ko/account"
    saved = fresh(person)
    assert (saved.name, saved.phone, saved.locale) == (long, "+573001234567", "en")
    assert "+57 300 1234567" in browser.get("/ko/account/edit").text
    browser.submit("/ko/account/edit", {"name": "Suharti", "phone": "", "locale": "en"})
    assert fresh(person).phone is None


@pytest.mark.parametrize(("field", "value"), [("name", " . "), ("name", "가" * 201), ("phone", "12"), ("locale", "xx")])
def test_what_cannot_be_saved_comes_back(browser, person, field, value):
    answer = browser.submit("/ko/account/edit", {"name": "Suharti", "phone": "", "locale": "en", field: value})
    assert answer.status_code == 400
    assert 'class="govuk-error-summary"' in answer.text
    assert fresh(person).name == "남궁가온"


def test_a_new_address_is_confirmed_there_and_told_here(browser, client, person, mails):
    fields = {"address": "Gaon.New@example.com", "current_password": PASSWORD}
    assert browser.submit("/ko/account/address", fields).status_code == 303
    (link,) = mails()
    assert (link.slug, link.address) == ("accounts.change_address", "Gaon.New@example.com")
    assert client.get(link.links[0]).status_code == 200
    assert fresh(person).address == "gaon@example.org"
    assert client.submit(link.links[0], {"mine": "yes"}).status_code == 200
    assert fresh(person).address_canonical == "gaon.new@example.com"
    told = mails()[-1]
    assert (told.slug, told.address) == ("accounts.address_changed", "gaon@example.org")
    assert client.get(link.links[0]).status_code == 410


@pytest.mark.parametrize(("answer", "status"), [({}, 400), ({"mine": "no"}, 200)])
def test_an_address_of_somebody_else_is_not_taken(browser, client, person, mails, answer, status):
    browser.submit("/ko/account/address", {"address": "Gaon.New@example.com", "current_password": PASSWORD})
    (link,) = mails()
    assert client.submit(link.links[0], answer).status_code == status
    assert fresh(person).address == "gaon@example.org"
    assert client.get(link.links[0]).status_code == (410 if answer else 200)


def test_a_new_address_needs_the_password(browser, mails):
    fields = {"address": "x@example.com", "current_password": "not mine"}
    answer = browser.submit("/ko/account/address", fields)
    assert answer.status_code == 400
    assert 'value="x@example.com"' in answer.text
    assert mails() == []


def test_links_to_the_former_address_die_with_it(browser, client, person, mails):
    client.submit("/ko/reset", {"address": person.address})
    browser.submit("/ko/account/address", {"address": "x@example.com", "current_password": PASSWORD})
    reset, change = mails()
    client.submit(change.links[0], {"mine": "yes"})
    assert client.get(reset.links[0]).status_code == 410


def test_an_address_taken_in_between_stays_with_its_owner(browser, client, person, mails):
    browser.submit("/ko/account/address", {"address": "late@example.com", "current_password": PASSWORD})
    (link,) = mails()
    current().rollback()
    other = PersonFactory(address="late@example.com")
    assert client.submit(link.links[0], {"mine": "yes"}).status_code == 409
    assert fresh(person).address == "gaon@example.org"
    assert confirmed_by_address("late@example.com").id == other.id


def test_the_identity_of_the_first_address_stays(app, mails, client):
    person = services.confirm_address(services.guest("가온", "first@example.org", None, "ko"), SYSTEM)
    first = person.identity_id
    browser = signed_in(app, person)
    browser.submit("/ko/account/address", {"address": "second@example.org"})
    client.submit(mails()[0].links[0], {"mine": "yes"})
    assert fresh(person).identity_id == first
    leave(person, mails)
    assert fresh(person).address is None
    again = services.confirm_address(services.guest("가온", "First+again@example.org", None, "ko"), SYSTEM)
    assert again.id != person.id
    assert again.identity_id == first
    assert current().scalar(select(func.count()).select_from(AddressIdentity)) == 1


def leave(person, mails):
    """Delete an account without a password."""
    current().rollback()
    actor = actor_for(person)
    services.request_deletion_code(actor, person)
    services.delete_account(actor, person, code=mails()[-1].code)


def test_changing_the_password_ends_the_other_sign_ins_and_says_so(app, browser, person, mails):
    other = signed_in(app, person)
    fields = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert browser.submit("/ko/account/password", fields).location == "/ko/account"
    assert verify_password(fresh(person).password_hash, NEW_PASSWORD)
    assert browser.get("/ko/account").status_code == 200
    assert other.get("/ko/account").status_code == 401
    assert [(mail.slug, mail.address) for mail in mails()] == [("accounts.password_changed", person.address)]


@pytest.mark.parametrize("fields", [
    {"current_password": "not mine", "new_password": NEW_PASSWORD},
    {"current_password": PASSWORD, "new_password": "short"},
    {"current_password": PASSWORD, "new_password": "남궁가온 likes tea"},
    {"current_password": PASSWORD, "new_password": "Civic Portal 2024"},
    {"new_password": NEW_PASSWORD},
])
def test_a_password_is_not_changed_for_a_wrong_or_weak_one(browser, person, fields):
    assert browser.submit("/ko/account/password", fields).status_code == 400
    assert fresh(person).password_hash == HASH


def test_who_has_no_password_can_set_one(app):
    person = PersonFactory(password_hash=None)
    browser = signed_in(app, person)
    assert "current_password" not in browser.get("/ko/account/password").text
    assert browser.submit("/ko/account/password", {"new_password": NEW_PASSWORD}).status_code == 303
    assert verify_password(fresh(person).password_hash, NEW_PASSWORD)


def test_a_reset_ends_every_sign_in_and_every_other_link(browser, client, person, mails):
    for _ in range(2):
        client.submit("/ko/reset", {"address": person.address})
    first, second = mails()
    assert client.submit(first.links[0], {"new_password": NEW_PASSWORD}).status_code == 303
    assert client.get("/ko/account").status_code == 200
    assert browser.get("/ko/account").status_code == 401
    assert client.get(second.links[0]).status_code == 410
    assert verify_password(fresh(person).password_hash, NEW_PASSWORD)


def test_a_reset_link_lasts_an_hour(client, person, mails):
    client.submit("/ko/reset", {"address": person.address})
    (mail,) = mails()
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert client.get(mail.links[0]).status_code == 410


def test_a_browser_can_be_signed_out_from_another_at_once(app, browser, person):
    lost = signed_in(app, person)
    assert lost.get("/ko/account").status_code == 200
    page = browser.get("/ko/account/sessions").text
    (path,) = re.findall(r'action="(/ko/account/sessions/\d+/end)"', page)
    assert browser.submit(path, page="/ko/account/sessions").location == "/ko/account/sessions"
    assert lost.get("/ko/account").status_code == 401
    assert browser.get("/ko/account").status_code == 200


def test_all_other_browsers_can_be_signed_out(app, browser, person):
    others = [signed_in(app, person) for _ in range(2)]
    browser.submit("/ko/account/sessions/end-others", page="/ko/account/sessions")
    assert [other.get("/ko/account").status_code for other in others] == [401, 401]
    assert browser.get("/ko/account").status_code == 200


def test_anothers_sign_in_cannot_be_ended_and_looks_like_none(app, browser, person):
    stranger = PersonFactory()
    theirs = signed_in(app, stranger)
    session_id = current().scalar(select(AccountSession.id).where(AccountSession.person_id == stranger.id))
    answers = [browser.submit(f"/ko/account/sessions/{number}/end", page="/ko/account/sessions")
               for number in (session_id, 987654)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert theirs.get("/ko/account").status_code == 200


def identify(browser, subject="880101-1"):
    started = browser.submit("/ko/account/identity/console", page="/ko/account/identity")
    asked = browser.submit(started.location, {"subject": subject, **query(started.location)})
    return asked.location


def query(url):
    return dict(parse_qsl(urlsplit(url).query))


def test_an_identity_provider_raises_the_level(browser, person):
    back = identify(browser)
    assert browser.get(back).status_code == 200
    assert fresh(person).level == 1
    assert browser.submit(back).location == "/ko/account/identity"
    assert (fresh(person).level, fresh(person).provider) == (2, "console")
    assert "880101" not in fresh(person).provider_subject
    assert browser.submit(back).status_code == 410


def test_an_assertion_is_worth_nothing_to_another_person_or_changed(app, browser, person):
    back = identify(browser)
    thief = PersonFactory()
    assert signed_in(app, thief).submit(back).status_code == 410
    assert browser.submit(back[:-2]).status_code == 410
    assert fresh(person).level == fresh(thief).level == 1


def test_one_identity_confirms_one_account(app, browser):
    browser.submit(identify(browser))
    other = signed_in(app, PersonFactory())
    assert other.submit(identify(other)).status_code == 409


def test_one_identity_confirms_one_account_also_at_the_same_instant(app, browser):
    people = [PersonFactory() for _ in range(4)]
    browsers = [signed_in(app, one) for one in people]
    backs = [identify(one, subject="990101-2") for one in browsers]
    tokens = [TOKEN.search(one.get(back).text.partition("<main")[2]).group(1)
              for one, back in zip(browsers, backs, strict=True)]
    start, codes = threading.Barrier(len(people)), []

    def confirm(one, back, token):
        start.wait()
        codes.append(one.post(back, data={"csrf_token": token}).status_code)

    threads = [threading.Thread(target=confirm, args=one) for one in zip(browsers, backs, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 409, 409, 409]


def test_an_account_is_deleted_after_its_password(app, browser, person, mails):
    other = signed_in(app, person)
    assert "Published texts stay, without your name." in browser.get("/en/account/delete").text
    assert browser.submit("/ko/account/delete", {"current_password": "not mine"}).status_code == 400
    assert fresh(person).deleted_at is None
    done = browser.submit("/ko/account/delete", {"current_password": PASSWORD})
    assert done.location == "/ko/account/deleted"
    assert browser.get(done.location).status_code == 200
    gone = fresh(person)
    assert {gone.name, gone.address, gone.address_canonical, gone.phone, gone.password_hash} == {None}
    assert gone.deleted_at is not None
    assert other.get("/ko/account").status_code == 401
    assert [(mail.slug, mail.address) for mail in mails()] == [("accounts.account_deleted", "gaon@example.org")]


def test_an_account_without_password_is_deleted_after_a_code(app, mails):
    person = PersonFactory(password_hash=None)
    browser = signed_in(app, person)
    assert browser.submit("/ko/account/delete", {"code": "123456"}).status_code == 400
    assert browser.submit("/ko/account/delete/code", page="/ko/account/delete").status_code == 303
    (mail,) = mails()
    assert browser.submit("/ko/account/delete", {"code": mail.code}).status_code == 303
    assert fresh(person).deleted_at is not None


def test_leaving_ends_roles_links_and_waiting_mails_and_tells_other_packages(app, client, mails):
    person = staff(Role.OPERATOR, address="op@example.org", password_hash=HASH)
    client.submit("/ko/reset", {"address": "op@example.org"})
    assert len(mails()) == 1
    heard = []
    events.subscribe(AccountDeleted)(heard.append)
    try:
        services.delete_account(actor_for(person), person, current_password=PASSWORD)
    finally:
        events._handlers[AccountDeleted].remove(heard.append)
    assert heard == [AccountDeleted(person.id)]
    assert current().scalars(select(MailToken)).all() == []
    assert current().scalar(select(Grant.ends_at)) <= now()
    rows = current().execute(select(OutboxMessage.slug, OutboxMessage.state)).all()
    assert {slug: state.value for slug, state in rows} == {
        "accounts.reset": "cancelled", "accounts.account_deleted": "waiting"}


def test_what_has_run_out_is_purged(app, client, person, browser, mails):
    client.submit("/ko/register", {"name": "가온", "address": "never@example.org"})
    client.submit("/ko/reset", {"address": person.address})
    mails()
    filer = services.guest("신청인", "filer@example.org", None, "ko")
    with atomic():
        services.issue_token(filer, TokenPurpose.CONFIRM_FILING, timedelta(days=7))
    with time_machine.travel(now() + timedelta(days=6)):
        services.purge()
        assert current().scalar(select(func.count()).select_from(Person)) == 3
    with time_machine.travel(now() + timedelta(days=8, minutes=1)):
        services.purge()
        assert set(current().scalars(select(Person.address))) == {"gaon@example.org", "filer@example.org"}
        assert current().scalars(select(AccountSession)).all() == []
        assert set(current().scalars(select(MailToken.purpose))) <= {TokenPurpose.CONFIRM_FILING}
