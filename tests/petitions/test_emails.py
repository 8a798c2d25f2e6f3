"""The author's messages: every one can be written in both languages, names who has the matter, and keeps secrets."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from civicportal.petitions import emails
from civicportal.petitions.services import desk, triage
from civicportal.petitions.services.satisfaction import ask_again
from civicportal.petitions.services.unconfirmed import remind_unconfirmed
from tests.factories.accounts import PersonFactory, staff
from tests.factories.institutions import DepartmentFactory, InstitutionFactory
from tests.factories.petitions import answered, filed, guest_filed, open_lead, public_matter, rated, refused, taken
from tests.petitions.test_filing import mails

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def place():
    return InstitutionFactory(name_en="Lamp Office", name_ko="가로등청", phone="02-0000-1000")


def written(slug):
    """The letter of the one waiting mail, as its reader gets it, and its row."""
    [row] = mails(slug)
    json.dumps(row.context)
    made = letter(row.slug, row.locale, row.context, row.token)
    other = letter(row.slug, "ko" if row.locale == "en" else "en", row.context, row.token)
    assert made.subject
    assert other.subject
    assert "\n" not in made.subject
    assert row.context["number"] in made.text
    assert row.context["number"] in made.html
    return made, row


def english(**person):
    return PersonFactory(locale="en", **person)


def test_received_says_where_it_is_and_until_when(place):
    petition = filed(english(), place, title="Lamps")
    made, row = written("petitions.received")
    assert made.subject == f"Received: Lamps ({petition.number})"
    assert "It is now with: Lamp Office" in made.text
    assert f"/en/petitions/{petition.number}" in made.html
    assert str(petition.due_date.year) in row.context["due"]


def test_received_at_the_triage_desk_says_so():
    filed(english())
    made, _row = written("petitions.received")
    assert "our team looks for the right one by" in made.text
    assert "You will have an answer" not in made.text


def test_confirm_and_reminder_carry_the_same_link():
    petition = guest_filed(text="what nobody else may read")
    first, row = written("petitions.confirm")
    link = next(word for word in first.text.split() if "/petitions/confirm/" in word)
    assert link in first.html
    assert "what nobody else may read" not in first.text + first.html + json.dumps(row.context)
    assert link.rpartition("/")[2] not in json.dumps(row.context)
    with time_machine.travel(petition.filed_at + timedelta(days=4)):
        remind_unconfirmed()
    reminder, _row = written("petitions.remind")
    assert link in reminder.text


def test_transferred_gives_the_reason(place):
    other = InstitutionFactory(name_en="Road Office")
    petition, officer = filed(english(), place), staff(Role.OFFICER, place)
    part = open_lead(petition)
    desk.transfer(actor_for(officer), part, institution_code=other.code, reason="It is <their> road.",
                  version=part.version)
    made, _row = written("petitions.transferred")
    assert "Lamp Office has passed on" in made.text
    assert "Reason: It is <their> road." in made.text
    assert "It is &lt;their&gt; road." in made.html
    assert "It is now with: Road Office" in made.text


def test_a_decision_of_triage_is_told(place):
    petition = filed(english())
    part = open_lead(petition)
    triage.place(actor_for(staff(Role.OPERATOR)), part, institution_code=place.code, reason="Its lamps.",
                 version=part.version)
    made, _row = written("petitions.transferred")
    assert made.subject.startswith("The institution is decided: ")
    assert "Our team has decided which institution must answer" in made.text
    assert "passed on" not in made.text + made.html
    assert "It is now with: Lamp Office" in made.text


def test_assigned_and_result_name_the_officer_and_an_office_number(place):
    department = DepartmentFactory(institution=place, phone="02-0000-2000", name_en="Night Division")
    petition = filed(english(), place)
    officer, manager = staff(Role.OFFICER, place, name="Officer Kim", phone="+821099999999"), staff(Role.MANAGER, place)
    part = open_lead(petition)
    desk.assign(actor_for(manager), part, officer_id=officer.id, department_id=department.id, version=part.version)
    made, _row = written("petitions.assigned")
    for line in ("Officer: Officer Kim", "Department: Night Division", "Telephone: 02-0000-2000"):
        assert line in made.text
    assert "9999" not in made.text


def test_result_leads_to_the_answer_and_to_rating_it(place):
    petition = filed(english(), place)
    answered(petition, staff(Role.OFFICER, place, name="Officer Kim"), "secret words of the answer")
    made, row = written("petitions.result")
    assert "Officer: Officer Kim" in made.text
    assert "Telephone: 02-0000-1000" in made.text
    assert f"/en/petitions/{petition.number}/rate" in made.text
    assert "secret words" not in made.text + json.dumps(row.context)


def test_reasked_says_that_a_manager_deals_with_it(place):
    petition = filed(english(), place)
    answered(petition, staff(Role.OFFICER, place))
    rated(petition, 1)
    ask_again(actor_for(petition.author), petition)
    assert "A manager of this institution deals with it: Lamp Office" in written("petitions.reasked")[0].text


def test_published_and_refused(place):
    public_matter(english())
    assert "Your name is masked." in written("petitions.published")[0].text
    petition = filed(english(), place, wants_public=True)
    refused(petition)
    assert "A court is dealing with the matter." in written("petitions.publication_refused")[0].text


def test_nobody_is_written_to_when_the_author_is_gone(place):
    petition = filed(institution=place)
    with atomic():
        petition.author = None
    before = len(current().scalars(select(OutboxMessage)).all())
    part = taken(petition, staff(Role.OFFICER, place))
    assert emails.received(petition) is None
    assert emails.transferred(petition, part, part) is None
    assert emails.publication_refused(petition) is None
    assert len(current().scalars(select(OutboxMessage)).all()) == before


def test_a_title_never_breaks_a_header(place):
    petition = filed(english(), place, title="Lamps\r\nBcc: all@example.org")
    assert petition.title == "Lamps Bcc: all@example.org"
    assert "\n" not in written("petitions.received")[0].subject
