"""Representatives: invited by mail, in only after accepting, out at once."""

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
from civicportal.core.errors import Conflict, Gone, Invalid, NotFound
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Representative
from civicportal.petitions.policies import can_advise, is_outside
from civicportal.petitions.services.additions import add
from civicportal.petitions.services.representatives import accept, appoint, lapse_invitations, revoke
from civicportal.petitions.states import RepresentativeState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import TEXT, Sent, filed
from tests.petitions.test_filing import mails

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = "daughter@example.org"


@pytest.fixture
def petition():
    return filed(PersonFactory(name="Lee Haneul"), InstitutionFactory(), files=(Sent("a.txt", b"hello"),))


def appointed(petition, address=ADDRESS, name="Lee Bada"):
    return appoint(actor_for(petition.author), petition, name=name, address=address)


def link(representative):
    token = current().scalar(select(MailToken).where(
        MailToken.person_id == representative.person_id, MailToken.purpose == TokenPurpose.REPRESENT))
    return token_text(token)


def acting(petition):
    """A representative who has accepted, as a person."""
    one = appointed(petition)
    return accept(link(one)).person


def shown(app, person, petition):
    return signed_in(app, person).get(f"/en/petitions/{petition.number}")


def test_the_mail_says_nothing_of_what_was_filed(petition):
    one = appointed(petition)
    [mail] = mails("petitions.represent")
    assert mail.address == ADDRESS
    assert petition.title not in str(mail.context)
    assert one.state is RepresentativeState.INVITED


def test_get_asks_and_only_the_answer_accepts(client, petition):
    one = appointed(petition)
    path = f"/en/petitions/represent/{link(one)}"
    for _time in range(2):
        page = client.get(path)
        assert "Lee Haneul asks you" in page.get_data(as_text=True)
        assert petition.title not in page.get_data(as_text=True)
        assert page.headers["Cache-Control"] == "no-store"
    current().rollback()
    current().refresh(one)
    assert one.state is RepresentativeState.INVITED
    assert client.submit(path).status_code == 400  # a program that presses buttons
    current().refresh(one)
    assert one.state is RepresentativeState.INVITED
    done = client.submit(path, {"mine": "yes"})
    assert done.status_code == 200
    assert petition.title not in done.get_data(as_text=True)
    assert "Set-Cookie" not in done.headers
    current().rollback()
    current().refresh(one)
    assert (one.state, one.person.level) == (RepresentativeState.ACTIVE, 1)
    assert client.get(path).status_code == 410


def test_who_declines_is_forgotten(client, petition):
    one = appointed(petition)
    path = f"/en/petitions/represent/{link(one)}"
    assert "forgotten your address" in client.submit(path, {"mine": "no"}).get_data(as_text=True)
    current().rollback()
    current().refresh(one)
    assert one.state is RepresentativeState.ENDED
    assert current().query(Person).filter_by(address=ADDRESS).count() == 0
    assert client.get(path).status_code == 410


def test_before_accepting_nobody_sees_anything(app, petition):
    person = PersonFactory(address=ADDRESS, address_canonical=ADDRESS)
    appointed(petition)
    assert shown(app, person, petition).status_code == 404


def test_who_has_an_account_acts_with_it(app, petition):
    person = PersonFactory(address=ADDRESS, address_canonical=ADDRESS)
    assert acting(petition).id == person.id
    assert current().scalars(select(Representative)).one().person_id == person.id
    assert petition.title in signed_in(app, person).get("/en/my-matters").get_data(as_text=True)


def test_a_representative_sees_and_adds_and_does_nothing_else(app, petition):
    person = acting(petition)
    page = shown(app, person, petition).get_data(as_text=True)
    for piece in (TEXT, "a.txt", "Lee Haneul", "Stop acting for the author", "Add a message or a file"):
        assert piece in page, piece
    browser = signed_in(app, person)
    file = f"/en/petitions/{petition.number}/files/{petition.files[0].public_id}/original"
    assert browser.get(file, follow_redirects=True, buffered=True).data == b"hello"
    assert browser.submit(f"/en/petitions/{petition.number}/add", {"text": "from me"}).status_code == 303
    current().rollback()
    assert petition.additions[0].representative.name == "Lee Bada"
    assert "Lee Bada, for the author" in shown(app, petition.author, petition).get_data(as_text=True)
    for tail in ("/receipt", "/receipt.json", "/representatives", "/rate", "/ask-again"):
        assert browser.get(f"/en/petitions/{petition.number}{tail}").status_code == 404, tail


@pytest.mark.parametrize("who", ["author", "representative"])
def test_an_appointment_ends_at_once(app, petition, who):
    person = acting(petition)
    one = petition.representatives[0]
    browser = signed_in(app, person)
    ends = browser if who == "representative" else signed_in(app, petition.author)
    page = f"/en/petitions/{petition.number}" + ("" if who == "representative" else "/representatives")
    path = f"/en/petitions/{petition.number}/representatives/{one.id}/end"
    assert ends.submit(path, page=page).status_code == 303
    for tail in ("", f"/files/{petition.files[0].public_id}/original"):
        assert browser.get(f"/en/petitions/{petition.number}{tail}").status_code == 404
    with pytest.raises(NotFound):
        add(actor_for(person), petition, text="too late")
    revoke(actor_for(petition.author), petition, one.id)  # again: quiet


def test_an_invitation_that_was_taken_back_is_worth_nothing(petition):
    one = appointed(petition)
    text = link(one)
    revoke(actor_for(petition.author), petition, one.id)
    assert one.person.address is None
    with pytest.raises(Gone):
        accept(text)


def test_invitations_lapse_and_their_address_is_forgotten(petition):
    one = appointed(petition)
    lapse_invitations()
    assert one.state is RepresentativeState.INVITED
    with time_machine.travel(now() + timedelta(days=8)):
        lapse_invitations()
    current().rollback()
    current().refresh(one)
    assert one.state is RepresentativeState.ENDED
    assert current().scalars(select(Person).where(Person.address == ADDRESS)).all() == []


def test_only_the_author_appoints_and_others_end_nothing(petition):
    stranger = actor_for(PersonFactory())
    with pytest.raises(NotFound):
        appoint(stranger, petition, name="X", address="x@example.org")
    person = acting(petition)
    with pytest.raises(NotFound):
        appoint(actor_for(person), petition, name="X", address="x@example.org")
    for actor in (stranger, actor_for(staff(Role.OPERATOR))):
        with pytest.raises(NotFound):
            revoke(actor, petition, petition.representatives[0].id)
    other = filed()
    with pytest.raises(NotFound):
        revoke(actor_for(other.author), other, petition.representatives[0].id)


def test_addresses_are_looked_at(petition):
    with pytest.raises(Invalid):
        appointed(petition, petition.author.address)
    with pytest.raises(Invalid):
        appointed(petition, "no address")
    appointed(petition)
    with pytest.raises(Invalid):
        appointed(petition, ADDRESS.upper())
    appointed(petition, "two@example.org")
    appointed(petition, "three@example.org")
    with pytest.raises(Conflict):
        appointed(petition, "four@example.org")


@pytest.mark.parametrize("gone", ["author", "representative"])
def test_appointments_end_with_an_account(petition, gone):
    person = acting(petition)
    with atomic():
        publish(AccountDeleted(person_id=person.id if gone == "representative" else petition.author_id))
    assert petition.representatives[0].state is RepresentativeState.ENDED
    assert petition.representatives[0].name == ""


def test_the_name_of_somebody_whose_appointment_had_ended_goes_too(petition):
    person = acting(petition)
    revoke(actor_for(petition.author), petition, petition.representatives[0].id)
    with atomic():
        publish(AccountDeleted(person_id=person.id))
    current().expire_all()
    assert petition.representatives[0].name == ""


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR])
def test_who_acts_for_the_author_decides_nothing_about_it(petition, role):
    official = staff(role, petition.assignments[0].institution)
    one = appointed(petition, official.address)
    assert accept(link(one)).person_id == official.id
    current().expire_all()
    assert not can_advise(actor_for(official), petition)
    assert not is_outside(actor_for(official), petition)


def test_the_page_of_the_author(app, petition):
    browser = signed_in(app, petition.author)
    path = f"/en/petitions/{petition.number}/representatives"
    wrong = browser.submit(path, {"name": "Lee Bada", "address": "nobody"})
    assert wrong.status_code == 400
    assert 'value="Lee Bada"' in wrong.get_data(as_text=True)
    assert browser.submit(path, {"name": "Lee Bada", "address": ADDRESS}).status_code == 303
    assert "Lee Bada" in browser.get(path).get_data(as_text=True)
    assert signed_in(app, PersonFactory()).get(path).status_code == 404
