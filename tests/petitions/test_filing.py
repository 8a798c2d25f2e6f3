"""Filing: one petition whatever is pressed, received at once or after the address is confirmed."""

import threading
import unicodedata
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.models import MailToken, Person
from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import token_text
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.errors import Gone, Invalid, NotFound
from civicportal.core.events import publish
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.services.filing import file_draft
from civicportal.petitions.services.reception import confirm
from civicportal.petitions.services.unconfirmed import purge_unconfirmed, remind_unconfirmed
from civicportal.petitions.states import Opening, PetitionState, Publication
from tests.factories.accounts import PersonFactory
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, drafted, filed, guest_filed

pytestmark = pytest.mark.usefixtures("app")


def mails(slug):
    return current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == slug, OutboxMessage.channel == "email").order_by(OutboxMessage.id)).all()


def confirm_token(petition):
    token = current().scalar(select(MailToken).where(
        MailToken.person_id == petition.author_id, MailToken.purpose == TokenPurpose.CONFIRM_FILING))
    return token_text(token)


def test_a_confirmed_author_is_received_at_once():
    institution = InstitutionFactory()
    petition = filed(institution=institution)
    assert petition.state is PetitionState.RECEIVED
    assert petition.received_at is not None
    assert [part.institution_id for part in petition.assignments] == [institution.id]
    assert petition.assignments[0].opening is Opening.FILED
    assert petition.due_at == petition.assignments[0].due_at
    [mail] = mails("petitions.received")
    assert mail.context["number"] == petition.number
    assert mail.context["institution"] == institution.name(mail.locale)


def test_a_guest_waits_for_the_mailed_link():
    petition = guest_filed(InstitutionFactory())
    assert petition.state is PetitionState.UNCONFIRMED
    assert (petition.received_at, petition.due_at, petition.assignments) == (None, None, [])
    assert mails("petitions.received") == []
    [mail] = mails("petitions.confirm")
    assert mail.address == "jane@example.org"


def test_confirming_receives_and_keeps_the_first_moment():
    institution = InstitutionFactory()
    petition = guest_filed(institution)
    filed_at = petition.filed_at
    with time_machine.travel(filed_at + timedelta(days=2), tick=False):
        done = confirm(None, confirm_token(petition))
        assert done.password_token
    assert done.petition.id == petition.id
    assert petition.filed_at == filed_at
    assert petition.received_at == filed_at + timedelta(days=2)
    assert petition.assignments[0].received_at == petition.received_at
    assert petition.assignments[0].institution_id == institution.id
    assert petition.author.level == 1
    assert len(mails("petitions.received")) == 1


def test_a_link_works_once():
    text = confirm_token(guest_filed())
    confirm(None, text)
    with pytest.raises(Gone):
        confirm(None, text)
    assert len(mails("petitions.received")) == 1


def test_an_account_that_is_there_already_gets_what_was_filed_as_a_guest():
    owner = PersonFactory(address="jane@example.org", password_hash="x")
    petition = guest_filed()
    guest_id = petition.author_id
    done = confirm(None, confirm_token(petition))
    assert petition.author_id == owner.id != guest_id
    assert done.password_token is None
    assert petition.state is PetitionState.TRIAGE
    assert [mail.person_id for mail in mails("petitions.received")] == [owner.id]


def test_sent_twice_it_is_one_petition():
    person = PersonFactory()
    draft = drafted(person)
    first = file_draft(actor_for(person), draft, None)
    assert file_draft(actor_for(person), draft, None).id == first.id
    assert len(current().scalars(select(Petition)).all()) == 1
    assert len(mails("petitions.received")) == 1


def test_sent_twice_at_once_it_is_one_petition(app):
    draft_id, barrier, numbers, failures = drafted().id, threading.Barrier(2), [], []

    def send():
        with app.app_context():
            draft = current().get_one(Draft, draft_id)
            current().rollback()
            barrier.wait(5)
            try:
                numbers.append(file_draft(None, draft, None).number)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert len(current().scalars(select(Petition)).all()) == 1
    assert len(current().scalars(select(Person)).all()) == 1
    assert len(mails("petitions.confirm")) == 1


def test_text_is_stored_in_nfc_with_lf():
    typed = unicodedata.normalize("NFD", "가로등이 꺼졌습니다")
    text = f"{typed}\r\n\r\n고쳐 주세요.\u0000 어디서나 잘 보이게 해 주세요."
    petition = filed(title=f" {typed}\r\n두 줄 ", text=text)
    assert petition.title == "가로등이 꺼졌습니다 두 줄"
    assert petition.text == "가로등이 꺼졌습니다\n\n고쳐 주세요. 어디서나 잘 보이게 해 주세요."
    assert petition.language == "ko"


def test_the_language_is_the_pages_unless_the_text_says_otherwise():
    assert filed(locale="ko", title="Street lights", text="The lamps on the stairs are dark at night.").language == "en"
    assert filed(locale="en", title="?", text="12 34").language == "en"


def test_the_draft_is_emptied_and_leads_to_the_receipt():
    draft = drafted(files=(Sent("a.txt", b"hello there"),))
    petition = file_draft(None, draft, None)
    assert (draft.title, draft.text, draft.name, draft.address, draft.files) == ("", "", "", "", [])
    assert draft.petition_id == petition.id
    assert [file.name for file in petition.files] == ["a.txt"]
    assert [file.draft_id for file in petition.files] == [None]


@pytest.mark.parametrize(("missing", "field"), [
    ({"title": " "}, "title"), ({"text": ""}, "text"), ({"title": "x" * 121}, "title"), ({"name": ""}, "address"),
    ({"address": "nowhere"}, "address"), ({"name": "123"}, "address"), ({"phone": "x"}, "address"),
])
def test_what_is_missing_is_named(missing, field):
    draft = drafted(**missing)
    with pytest.raises(Invalid) as refused:
        file_draft(None, draft, None)
    assert set(refused.value.fields) == {field}
    assert current().scalars(select(Petition)).all() == []


def test_nobody_files_another_persons_draft():
    draft = drafted(PersonFactory())
    with pytest.raises(NotFound):
        file_draft(actor_for(PersonFactory()), draft, None)


def test_without_an_institution_the_triage_desk_has_it():
    petition = filed()
    assert petition.state is PetitionState.TRIAGE
    assert petition.assignments[0].institution is None
    assert petition.assignments[0].rule == "triage"


def test_a_closed_institution_forwards_to_its_successor():
    successor = InstitutionFactory()
    closed = InstitutionFactory(active_to=now().date() - timedelta(days=1), successor_id=successor.id)
    assert filed(institution=closed).assignments[0].institution_id == successor.id


def test_a_closed_institution_without_successor_goes_to_triage():
    closed = InstitutionFactory(active_to=now().date() - timedelta(days=1))
    assert filed(institution=closed).state is PetitionState.TRIAGE


def test_publication_waits_for_the_check():
    assert filed(wants_public=True).publication is Publication.PENDING
    assert filed(wants_public=False).publication is Publication.PRIVATE


def test_one_reminder_after_three_days():
    petition = guest_filed()
    with time_machine.travel(petition.filed_at + timedelta(days=3, minutes=-1)):
        remind_unconfirmed()
        assert mails("petitions.remind") == []
    for _repeat in range(2):
        with time_machine.travel(petition.filed_at + timedelta(days=3, minutes=1)):
            remind_unconfirmed()
    [mail] = mails("petitions.remind")
    assert mail.token == mails("petitions.confirm")[0].token


def test_what_is_confirmed_is_not_reminded():
    petition = guest_filed()
    confirm(None, confirm_token(petition))
    with time_machine.travel(petition.filed_at + timedelta(days=8)):
        remind_unconfirmed()
        purge_unconfirmed()
    assert mails("petitions.remind") == []
    assert len(current().scalars(select(Petition)).all()) == 1


def test_after_seven_days_everything_is_deleted(media):
    petition = guest_filed(files=(Sent("a.txt", b"hello there"),))
    stored = petition.files[0].storage_key
    path = media / stored[:2] / stored[2:4] / stored
    filed_at = petition.filed_at
    with time_machine.travel(filed_at + timedelta(days=7, minutes=-1)):
        purge_unconfirmed()
        assert path.is_file()
    with time_machine.travel(filed_at + timedelta(days=7, minutes=1)):
        purge_unconfirmed()
    assert not path.exists()
    for table in (Petition, Person, Draft, MailToken):
        assert current().scalars(select(table)).all() == []
    assert all(not row.context and row.address is None for row in current().scalars(select(OutboxMessage)))


def test_open_matters_stay_when_the_account_goes():
    petition = filed()
    draft = drafted(petition.author)
    with atomic():
        publish(AccountDeleted(person_id=petition.author_id))
    assert petition.author_id is None
    assert petition.state is PetitionState.TRIAGE
    assert current().scalar(select(Draft).where(Draft.id == draft.id)) is None
