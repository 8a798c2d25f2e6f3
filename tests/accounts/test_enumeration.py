"""No page tells whether an address has an account, and nobody can try without end."""

import re

import pytest
from sqlalchemy import event, select

from civicportal.accounts.models import AddressRequest, MailToken
from civicportal.accounts.services import answer_request
from civicportal.core.transactions import current
from civicportal.extensions import db, limiter
from tests.accounts.conftest import HASH
from tests.conftest import TOKEN
from tests.factories.accounts import PersonFactory, signed_in

KNOWN, UNKNOWN = "known-one@example.org", "other-one@example.org"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
CHANGING = re.compile(r'(value|content)="[^"]{60,}"|session-expires="[0-9]+"')


@pytest.fixture
def known(app):
    return PersonFactory(address=KNOWN, password_hash=HASH)


@pytest.fixture
def statements(app):
    """What is sent to the database, without values."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def shown(answer):
    """Everything a stranger can see of an answer; the CSRF token is cut to its length, as are seconds left."""
    headers = {name: value for name, value in answer.headers if name not in ("Set-Cookie", "Content-Length")}
    text = CHANGING.sub(lambda found: str(len(found.group(0))), answer.text)
    cookie = answer.headers.get("Set-Cookie", "")
    return answer.status_code, headers, text.replace(KNOWN, UNKNOWN), re.sub(r"=[^;]*", "", cookie)


@pytest.mark.parametrize(("path", "fields"), [
    ("/ko/sign-in", {"password": "not the right one"}),
    ("/ko/sign-in/code", {}),
    ("/ko/sign-in/code", {"carry": '[["title", "x"]]', "carry_to": "/ko/"}),
    ("/ko/reset", {}),
    ("/ko/register", {"name": "가온"}),
])
def test_known_and_unknown_addresses_get_the_same_answer(app, known, statements, path, fields):
    answers = []
    for address in (KNOWN, UNKNOWN):
        client = app.test_client()
        token = TOKEN.search(client.get(path).text).group(1)
        statements.clear()
        answer = client.post(path, data={"csrf_token": token, "address": address, **fields})
        sent = list(statements)
        following = shown(client.get(answer.location)) if answer.location else None
        answers.append((shown(answer), sent, following))
    assert answers[0] == answers[1]
    assert answers[0][1]


def test_wrong_codes_get_the_same_answer(app, known, statements):
    seen = []
    for address in (KNOWN, UNKNOWN):
        client = app.test_client()
        client.submit("/ko/sign-in/code", {"address": address})
        for request_id in current().scalars(select(AddressRequest.id)).all():
            answer_request(request_id)
        current().rollback()
        statements.clear()
        answers = [shown(client.submit("/ko/sign-in/code/enter", {"code": "12345x"})) for _ in range(6)]
        seen.append((answers, len(statements)))
    assert len(current().scalars(select(MailToken)).all()) == 1
    assert seen[0] == seen[1]


def test_a_new_address_that_is_taken_gets_the_same_answer(app, known, mails):
    person = PersonFactory(address="asker@example.org", password_hash=None)
    client = signed_in(app, person)
    client.get("/ko/account")
    pages = []
    for address in (KNOWN, UNKNOWN):
        answer = client.submit("/ko/account/address", {"address": address})
        pages.append((shown(answer), shown(client.get(answer.location))))
    assert pages[0] == pages[1]
    assert {mail.slug: mail.address for mail in mails()} == {
        "accounts.known_address": KNOWN, "accounts.change_address": UNKNOWN}


FORMS = ["/ko/sign-in", "/ko/sign-in/code", "/ko/reset", "/ko/register"]


def tries(app, per):
    return int(str(getattr(app.config["SETTINGS"], f"limit_{per}")).split()[0])


@pytest.mark.parametrize("path", FORMS)
def test_one_address_can_be_tried_a_few_times_from_anywhere(app, path):
    client = app.test_client()
    token = TOKEN.search(client.get(path).text).group(1)
    said = []
    for number in range(tries(app, "address") + 1):
        answer = client.post(path, data={"csrf_token": token, "address": " Victim@example.org", "name": "가온"},
                             headers=SAME_SITE, environ_base={"REMOTE_ADDR": f"198.51.{number}.7"})
        said.append(answer.status_code)
    assert 429 not in said[:-1]
    assert said[-1] == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert 'name="address" value=" Victim@example.org"' in answer.text
    elsewhere = client.post(path, data={"csrf_token": token, "address": "b@example.org", "name": "가온"},
                            environ_base={"REMOTE_ADDR": "198.51.99.7"})
    assert elsewhere.status_code != 429


def test_one_network_can_try_more_addresses(app):
    client = app.test_client()
    token = TOKEN.search(client.get("/ko/reset").text).group(1)
    for number in range(tries(app, "network")):
        answer = client.post("/ko/reset", data={"csrf_token": token, "address": f"n{number}@example.org"},
                             environ_base={"REMOTE_ADDR": f"203.0.113.{number}"})
        assert answer.status_code == 303
    over = client.post("/ko/reset", data={"csrf_token": token, "address": "last@example.org"},
                       environ_base={"REMOTE_ADDR": "203.0.113.250"})
    assert over.status_code == 429


def test_forms_without_an_address_are_not_held_to_its_limit(app):
    client = app.test_client()
    client.submit("/ko/sign-in/code", {"address": "a@example.org"})
    for _ in range(tries(app, "address") + 2):
        assert client.submit("/ko/sign-in/code/enter", {"code": "1"}).status_code == 400


def test_one_account_can_try_its_password_a_few_times(app, known):
    client = signed_in(app, known)
    token = TOKEN.search(client.get("/ko/account/password").text).group(1)
    fields = {"csrf_token": token, "current_password": "wrong", "new_password": "four blue mountains"}
    said = [client.post("/ko/account/password", data=fields,
                        environ_base={"REMOTE_ADDR": f"198.51.{number}.7"}).status_code
            for number in range(tries(app, "account") + 1)]
    assert said == [400] * tries(app, "account") + [429]
    limiter.reset()
