"""The receipt of a guest: a mistyped address is corrected there, and nothing that was filed is lost."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts import services as accounts
from civicportal.accounts.models import MailToken, Person
from civicportal.accounts.services.tokens import MAILS_PER_DAY
from civicportal.accounts.states import TokenPurpose
from civicportal.core.signing import derive_token
from civicportal.core.transactions import current
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import Petition
from tests.factories.accounts import PersonFactory
from tests.factories.petitions import TITLE, drafted
from tests.petitions.test_filing import confirm_token, mails
from tests.petitions.test_routes_filing import GUEST, MINE, begin, page, text_of, the_petition, upload

WRONG, RIGHT = "wrong@example.org", "right@example.org"


@pytest.fixture
def done(client):
    """The address of the receipt of what was filed with a wrong address."""
    text = begin(client)
    client.submit(text, {"title": TITLE, "text": "Dark."})
    client.submit(page(text, "files"), {"files": [upload()]})
    client.submit(page(text, "check"), {"institution": "triage", **GUEST, "address": WRONG})
    return page(text, "done")


def waiting():
    """Addresses that wait for the mail with the link."""
    current().rollback()
    return [mail.address for mail in mails("petitions.confirm") if mail.state is DeliveryState.WAITING]


def link():
    return f"/en/petitions/confirm/{confirm_token(the_petition())}"


def test_a_mistyped_address_is_corrected(client, done):
    first, filed_at = link(), the_petition().filed_at
    assert client.submit(done, {"address": RIGHT}).location == done
    assert "r***@example.org" in text_of(client.get(done))
    assert waiting() == [RIGHT]
    assert client.get(first).status_code == 410
    client.submit(link(), MINE)
    petition = the_petition()
    assert petition.received_at is not None
    assert petition.filed_at == filed_at
    assert (petition.author.name, petition.author.address, petition.author.phone) == (
        GUEST["name"], RIGHT, "+821012345678")
    assert [file.name for file in petition.files] == ["a.txt"]


def test_the_time_to_confirm_stays_as_it_is(client, done):
    filed_at = the_petition().filed_at
    with time_machine.travel(filed_at + timedelta(minutes=50)):
        client.submit(done, {"address": RIGHT})
    current().rollback()
    newest = current().scalars(select(MailToken).order_by(MailToken.id.desc())).first()
    assert abs(newest.expires_at - filed_at - timedelta(days=7)) < timedelta(minutes=1)


def test_a_receipt_found_later_takes_no_other_address(client, done):
    token = derive_token("keyed-form", done.split("/")[-2])
    with time_machine.travel(the_petition().filed_at + timedelta(minutes=61)):
        assert 'name="address"' not in client.get(done).text
        assert client.post(done, data={"address": RIGHT, "csrf_token": token}).status_code == 409
    assert waiting() == [WRONG]


def test_what_is_no_address_comes_back(client, done):
    answer = client.submit(done, {"address": "right at example"})
    assert answer.status_code == 400
    assert 'value="right at example"' in text_of(answer)
    assert waiting() == [WRONG]


def test_an_address_has_its_daily_limit_here_too(client, done):
    guest = PersonFactory(address=RIGHT, address_canonical=RIGHT, level=0)
    for _ in range(MAILS_PER_DAY):
        accounts.issue_token(guest, TokenPurpose.CONFIRM_FILING, timedelta(days=1))
    assert client.submit(done, {"address": RIGHT}).status_code == 400
    assert waiting() == [WRONG]


def test_what_is_confirmed_is_not_readdressed(client, done):
    client.submit(link(), MINE)
    token = derive_token("keyed-form", done.split("/")[-2])
    answer = client.post(done, data={"address": RIGHT, "csrf_token": token})
    assert answer.status_code == 409
    assert the_petition().author.address == WRONG


def test_without_the_token_of_the_page_nothing_changes(client, done):
    client.post(done, data={"address": RIGHT})
    assert waiting() == [WRONG]


def test_a_persons_own_receipt_takes_no_address(client):
    draft = drafted(PersonFactory())
    for method in (client.get, client.post):
        assert method(f"/en/file/{draft.key}/done").status_code == 401


def test_the_wrong_address_is_forgotten_after_a_week(client, done):
    client.submit(done, {"address": RIGHT})
    client.submit(link(), MINE)
    current().rollback()
    assert WRONG in current().scalars(select(Person.address_canonical)).all()
    with time_machine.travel(the_petition().filed_at + timedelta(days=7, hours=1)):
        accounts.purge()
    current().rollback()
    assert current().scalars(select(Person.address_canonical)).all() == [RIGHT]
    assert current().scalars(select(Petition)).one().author is not None
