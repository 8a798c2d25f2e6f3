"""Ways to use the portal against people: guessing from many spellings, mails in the portal's name, links used late."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from civicportal.accounts.canonical_address import one_mailbox
from civicportal.accounts.models import MailToken
from civicportal.accounts.services.tokens import MAILS_PER_DAY, token_text
from civicportal.core.errors import Invalid
from civicportal.core.letters import unlinked
from civicportal.core.transactions import current
from civicportal.petitions.services.reception import confirm
from tests.accounts.conftest import HASH, PASSWORD
from tests.conftest import TOKEN
from tests.factories.accounts import PersonFactory
from tests.factories.petitions import guest_filed


def test_spelling_an_address_anew_gives_no_new_tries(app):
    PersonFactory(address="victim@gmail.com", password_hash=HASH)
    client = app.test_client()
    token = TOKEN.search(client.get("/ko/sign-in").text).group(1)
    said = [client.post("/ko/sign-in", environ_base={"REMOTE_ADDR": f"198.51.{number}.7"}, data={
        "csrf_token": token, "address": f"v.i{'.' * (number % 2)}ctim+{number}@googlemail.com", "password": "wrong",
    }).status_code for number in range(7)]
    assert said == [400] * 6 + [429]


def test_an_unseen_character_in_an_address_gives_no_new_tries(app):
    PersonFactory(address="victim@example.org", password_hash=HASH)
    client = app.test_client()
    token = TOKEN.search(client.get("/ko/sign-in").text).group(1)
    said = [client.post("/ko/sign-in", environ_base={"REMOTE_ADDR": f"198.51.{number}.7"}, data={
        "csrf_token": token, "address": f"victim{chr(0) * number}@example.org", "password": "wrong",
    }).status_code for number in range(7)]
    assert said == [400] * 6 + [429]


def test_nobody_signs_in_with_what_no_limit_counts(app):
    PersonFactory(address="victim@example.org", password_hash=HASH)
    client = app.test_client()
    token = TOKEN.search(client.get("/ko/sign-in").text).group(1)
    answer = client.post("/ko/sign-in", headers={"X-CSRFToken": token}, json={
        "address": "victim@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/ko/account").status_code == 401


def test_what_is_no_address_is_counted_as_typed():
    assert one_mailbox("No Address") == "no address"
    assert one_mailbox("Ka.Na+x@GMAIL.com") == one_mailbox("kana@googlemail.com")


def test_nobody_can_fill_a_mailbox_by_filing(app):
    for number in range(MAILS_PER_DAY):
        guest_filed(address=f"victim+{number}@example.org")
    with pytest.raises(Invalid) as caught:
        guest_filed(address="victim@example.org")
    assert set(caught.value.fields) == {"address"}
    assert len(current().scalars(select(MailToken)).all()) == MAILS_PER_DAY
    guest_filed(address="somebody-else@example.org")


def test_how_often_one_can_file_does_not_tell_of_an_account(app):
    PersonFactory(address="known@example.org", password_hash=HASH)
    client = app.test_client()
    for _ in range(3):
        client.submit("/ko/reset", {"address": "known@example.org"})
    for address in ("known@example.org", "other@example.org"):
        for _ in range(MAILS_PER_DAY):
            guest_filed(address=address)
        with pytest.raises(Invalid):
            guest_filed(address=address)


@pytest.mark.parametrize(("typed", "mailed"), [
    ("Win at https://evil.example/x now", "Win at … now"), ("see www.evil.co.kr!", "see …"), ("evil.com", "…"),
    ("write to a@b.kr", "write to …"), ("//evil.example", "…"), ("고쳐 주세요.감사합니다", "고쳐 주세요.감사합니다"),
    ("J.R.R. Tolkien", "J.R.R. Tolkien"), ("버스 9.5번", "버스 9.5번"), ("홍길동", "홍길동"), ("", ""),
])
def test_links_are_taken_out_of_what_is_mailed_to_strangers(typed, mailed):
    assert unlinked(typed) == mailed


def test_mails_to_unconfirmed_addresses_carry_no_link_but_the_portals(client, mails):
    client.submit("/ko/register", {"name": "Win at evil.example now", "address": "a@example.org"})
    guest_filed(title="Look at https://evil.example/", address="b@example.org")
    sent = mails()
    assert len(sent) == 2
    for mail in sent:
        assert "evil" not in mail.subject + mail.text


def test_a_password_that_was_chosen_ends_the_other_links_to_choose_one(client):
    texts = [confirm(None, mail_text(guest_filed(address="a@example.org"))).password_token for _ in range(2)]
    assert all(texts)
    assert client.submit(f"/ko/register/{texts[0]}", {"new_password": PASSWORD}).status_code == 303
    assert client.application.test_client().get(f"/ko/register/{texts[1]}").status_code == 410


def mail_text(petition):
    return token_text(current().scalars(select(MailToken).where(MailToken.person_id == petition.author_id)).one())


def test_only_the_way_of_a_referrer_of_our_own_is_followed(client):
    answer = client.post("/ko/account/sessions/end-others", headers={"Referer": "https://evil.example/ko/my-matters"})
    assert urlsplit(answer.location or "").netloc == ""
    assert "my-matters" not in answer.text.partition("<form")[2].partition("</form>")[0]
