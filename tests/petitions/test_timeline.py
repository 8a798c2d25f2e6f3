"""The course of a matter: past, present and future steps, for author, public and officials."""

from datetime import timedelta

import pytest
import time_machine

from civicportal.accounts.queries import actor_for
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic
from civicportal.petitions.queries.timeline import author_name, timeline
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.services import desk, triage
from civicportal.petitions.services.satisfaction import ask_again
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, guest_filed, open_lead, public_matter, rated, taken

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def english(app):
    with speaking("en"):
        yield


def course(petition, viewer=Viewer.AUTHOR):
    return [(step.state, step.title, step.who) for step in timeline(petition, viewer)]


def test_a_guest_is_told_to_confirm():
    steps = timeline(guest_filed(), Viewer.AUTHOR)
    assert [step.state for step in steps] == ["past", "present", "future", "future", "future", "future"]
    assert steps[1].title == "Waiting for you to confirm your address"
    assert steps[1].text.startswith("Open the link in our e-mail by ")


def test_a_received_matter_shows_who_has_it_and_until_when():
    institution = InstitutionFactory(name_en="Lamp Office")
    petition = filed(institution=institution)
    assert course(petition) == [
        ("past", "Filed", "You"), ("past", "Received", "Lamp Office"),
        ("present", "Waiting for an officer to take it on", "Lamp Office"),
        ("future", "An officer takes it on", ""), ("future", "The answer", ""), ("future", "You rate the answer", ""),
    ]
    present = timeline(petition, Viewer.AUTHOR)[2]
    assert present.text.startswith("By ")
    assert "working days left" in present.text


def test_the_whole_chain_is_on_the_page_with_reasons():
    first, second = InstitutionFactory(name_en="First"), InstitutionFactory(name_en="Second")
    officer, other = staff(Role.OFFICER, first), staff(Role.OFFICER, second)
    petition = filed(institution=first)
    part = open_lead(petition)
    desk.transfer(actor_for(officer), part, institution_code=second.code, reason="Not our road.", version=part.version)
    taken_part = taken(petition, other)
    steps = timeline(petition, Viewer.AUTHOR)
    moved = next(step for step in steps if step.title == "Transferred")
    assert (moved.who, moved.text, moved.reason) == ("First", "Now with: Second", "Not our road.")
    assert moved.language == petition.language
    assert [step.title for step in steps if step.state == "past"] == [
        "Filed", "Received", "Transferred", "An officer took it on"]
    assert all(officer.name not in step.who + step.text for step in steps)
    assert taken_part.officer_id == other.id


def test_a_reason_says_its_own_language(app):
    first, second = InstitutionFactory(), InstitutionFactory()
    author = PersonFactory()
    petition = filed(author, first)
    part = open_lead(petition)
    desk.transfer(actor_for(staff(Role.OFFICER, first)), part, institution_code=second.code, reason="구청 소관입니다.",
                  version=part.version)
    page = signed_in(app, author).get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert petition.language == "en"
    assert 'Reason: <span lang="ko">구청 소관입니다.</span>' in page


def test_triage_and_its_decision_are_steps():
    institution = InstitutionFactory(name_en="Lamp Office")
    petition = filed()
    assert ("present", "The portal team finds the right institution", "Portal team") in course(petition)
    part = open_lead(petition)
    triage.place(actor_for(staff(Role.OPERATOR)), part, institution_code=institution.code, reason="Its lamps.",
                 version=part.version)
    assert ("past", "The portal team chose the institution", "Portal team") in course(petition)


def test_after_the_answer_it_is_the_authors_turn():
    institution = InstitutionFactory(name_en="Lamp Office")
    petition = filed(institution=institution)
    answered(petition, staff(Role.OFFICER, institution))
    assert course(petition)[-2:] == [
        ("past", "Answered", "Lamp Office"), ("present", "Your turn: rate the answer", "You")]
    assert course(petition, Viewer.STAFF)[-1][1] == "Answered"
    rated(petition, 1)
    assert course(petition)[-1] == ("past", "You gave the answer 1 of 5", "")
    assert "rate" not in str(course(petition, Viewer.STAFF))
    ask_again(actor_for(petition.author), petition)
    assert ("past", "A further answer was asked for", "You") in course(petition)


def test_steps_are_in_the_order_of_time():
    institution = InstitutionFactory()
    petition = filed(institution=institution)
    with time_machine.travel(petition.filed_at + timedelta(days=2)):
        answered(petition, staff(Role.OFFICER, institution))
    times = [step.at for step in timeline(petition, Viewer.AUTHOR) if step.at]
    assert times == sorted(times)


def test_the_public_sees_neither_author_nor_officer():
    author = PersonFactory(name="Jane Doe")
    petition, officer = public_matter(author)
    answered(petition, officer)
    rated(petition, 5)
    shown = str(course(petition, Viewer.PUBLIC))
    assert "J***" in shown
    assert "Made public" in shown
    for hidden in ("Jane", officer.name, "5 of 5", "rate"):
        assert hidden not in shown


def test_a_deleted_author_is_anonymous():
    petition, _officer = public_matter()
    with atomic():
        petition.author = None
    assert author_name(petition, Viewer.PUBLIC) == "Anonymous"
    assert author_name(petition, Viewer.STAFF) == "Anonymous"
