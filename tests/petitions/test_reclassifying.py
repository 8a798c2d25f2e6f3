"""Another type: with a reason, counted from the same receipt, by two people where it gives more time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.deadlines.queries import portal_deadline
from civicportal.deadlines.rules import GRIEVANCE, INQUIRY, MISCELLANEOUS, SUGGESTION
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Petition, Reclassification
from civicportal.petitions.queries.clock import clock_of
from civicportal.petitions.services import answers
from civicportal.petitions.services import reclassifying as services
from civicportal.petitions.services.desk import transfer
from civicportal.petitions.services.subjects import name_person
from civicportal.petitions.states import ReclassificationState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed, public_matter, taken

WHY = "It asks for a change, so it is a suggestion."


@pytest.fixture
def place(app):
    return InstitutionFactory(code="here")


@pytest.fixture
def officer(place):
    return staff(Role.OFFICER, place)


@pytest.fixture
def manager(place):
    return staff(Role.MANAGER, place)


@pytest.fixture
def petition(place, officer):
    made = filed(PersonFactory(), place)
    taken(made, officer)
    return made


def part_of(petition):
    current().rollback()
    current().expire_all()
    return current().get_one(Petition, petition.id).assignments[-1]


def change(person, petition, to_type, reason=WHY, **more):
    part = part_of(petition)
    return services.reclassify(actor_for(person), part, to_type=to_type, reason=reason,
                               **{"version": part.version, **more})


def slugs(person):
    return set(current().scalars(select(OutboxMessage.slug).where(
        OutboxMessage.person_id == person.id, OutboxMessage.slug.like("petitions.reclass%"))))


def test_a_shorter_time_counts_at_once_from_the_same_receipt(petition, officer):
    received = part_of(petition).received_at
    made = change(officer, petition, "miscellaneous")
    part = part_of(petition)
    assert made.state is ReclassificationState.IN_FORCE
    assert (part.petition.type, part.rule, part.received_at) == ("miscellaneous", "miscellaneous", received)
    assert part.due_at == part.petition.due_at == portal_deadline(MISCELLANEOUS, received).due_at
    assert clock_of(part).told == ""
    assert slugs(petition.author) == {"petitions.reclassified"}


def test_as_much_time_takes_one_person(petition, officer):
    assert change(officer, petition, "inquiry").state is ReclassificationState.IN_FORCE
    assert part_of(petition).due_at == portal_deadline(INQUIRY, part_of(petition).received_at).due_at


def test_more_time_waits_for_a_second_person(petition, officer, manager):
    made = change(officer, petition, "suggestion")
    part = part_of(petition)
    assert made.state is ReclassificationState.WAITING
    assert (part.petition.type, part.rule) == ("grievance", GRIEVANCE.name)
    assert (slugs(manager), slugs(petition.author), slugs(officer)) == (
        {"petitions.reclassification_waiting"}, set(), set())
    services.confirm(actor_for(manager), current().get_one(Reclassification, made.id))
    part = part_of(petition)
    assert part.petition.type == "suggestion"
    assert part.due_at == portal_deadline(SUGGESTION, part.received_at).due_at
    assert slugs(petition.author) == {"petitions.reclassified"}
    with pytest.raises(Conflict):
        services.refuse(actor_for(manager), current().get_one(Reclassification, made.id))


def test_a_second_person_may_say_no(petition, officer, manager):
    made = change(officer, petition, "suggestion")
    due = part_of(petition).due_at
    services.refuse(actor_for(manager), current().get_one(Reclassification, made.id))
    assert (part_of(petition).due_at, part_of(petition).petition.type) == (due, "grievance")
    assert change(officer, petition, "suggestion").state is ReclassificationState.WAITING


def test_nobody_is_two_people(petition, place, officer, manager):
    made = change(manager, petition, "suggestion")
    other = staff(Role.MANAGER, InstitutionFactory())
    subject = staff(Role.MANAGER, place)
    name_person(actor_for(staff(Role.OPERATOR)), part_of(petition).petition, subject.id)
    for person in (manager, officer, other, subject, petition.author):
        current().rollback()
        current().expire_all()
        with pytest.raises(Forbidden):
            services.confirm(actor_for(person), current().get_one(Reclassification, made.id))
    current().rollback()
    services.confirm(actor_for(staff(Role.DIRECTOR, place)), current().get_one(Reclassification, made.id))


def test_what_was_late_stays_marked(app, petition, officer, manager):
    due = part_of(petition).due_at
    with at(due + timedelta(days=1)):
        made = change(officer, petition, "suggestion")
        services.confirm(actor_for(manager), current().get_one(Reclassification, made.id))
        part = part_of(petition)
        assert part.due_at > now()
        assert part.late_since == due
        with speaking("en"):
            view = clock_of(part)
        assert view.late
        desk = signed_in(app, officer)
        assert petition.number in desk.get("/en/desk/here?tab=overdue").get_data(as_text=True)
        assert petition.number not in desk.get("/en/desk/here?tab=due-soon").get_data(as_text=True)
        assert "was late before its type was changed" in view.note


def test_one_change_waits_at_a_time(petition, officer):
    change(officer, petition, "suggestion")
    with pytest.raises(Conflict):
        change(officer, petition, "legal_inquiry")


def test_what_waits_is_over_once_the_matter_has_moved(petition, officer, manager):
    made = change(officer, petition, "suggestion")
    there = InstitutionFactory(code="there")
    part = part_of(petition)
    transfer(actor_for(officer), part, institution_code="there", reason="Theirs.", version=part.version)
    part_of(petition)
    with pytest.raises(Conflict):
        services.confirm(actor_for(manager), current().get_one(Reclassification, made.id))
    assert change(staff(Role.OFFICER, there), petition, "suggestion").state is ReclassificationState.WAITING
    assert current().get_one(Reclassification, made.id).state is ReclassificationState.REFUSED


@pytest.mark.parametrize(("to_type", "reason", "field"), [
    ("grievance", WHY, "to_type"), ("petition", WHY, "to_type"), ("statutory", WHY, "to_type"),
    ("nothing", WHY, "to_type"), ("inquiry", " ", "reason"), ("inquiry", "x" * 1001, "reason")])
def test_what_makes_no_sense_is_refused(petition, officer, to_type, reason, field):
    with pytest.raises(Invalid) as refused:
        change(officer, petition, to_type, reason)
    assert list(refused.value.fields) == [field]


def test_others_and_the_late_change_nothing(petition, place, officer):
    for person in (staff(Role.OFFICER, place), staff(Role.OFFICER, InstitutionFactory()), petition.author):
        with pytest.raises(Forbidden):
            change(person, petition, "inquiry")
    with pytest.raises(Conflict):
        change(officer, petition, "inquiry", version=part_of(petition).version + 1)
    answers.save(actor_for(officer), part_of(petition), text="Done.", base_version=0)
    answers.send(actor_for(officer), part_of(petition), base_version=1)
    with pytest.raises(Conflict):
        change(officer, petition, "inquiry")


def test_the_pages(app, petition, officer, manager):
    path = f"/en/desk/matters/{petition.number}"
    browser, second = signed_in(app, officer), signed_in(app, manager)
    assert f"{path}/type\"" in browser.get(path).get_data(as_text=True)
    page = browser.get(f"{path}/type").get_data(as_text=True)
    assert "later than now. A second person decides." in page
    part = part_of(petition)
    sent = {"part": str(part.id), "version": str(part.version), "to_type": "suggestion", "reason": WHY}
    assert browser.submit(f"{path}/type", {**sent, "reason": ""}).status_code == 400
    assert second.get(f"{path}/type/decide").status_code == 404
    assert browser.submit(f"{path}/type", sent).status_code == 303
    assert browser.get(f"{path}/type").status_code == 404
    assert browser.get(f"{path}/type/decide").status_code == 403
    assert "Decide on the change of type" in second.get(path).get_data(as_text=True)
    assert WHY in second.get(f"{path}/type/decide").get_data(as_text=True)
    assert second.submit(f"{path}/type/decide", {}).status_code == 400
    assert second.submit(f"{path}/type/decide", {"verdict": "confirm"}).status_code == 303
    assert part_of(petition).petition.type == "suggestion"


def test_everybody_reads_that_it_was_changed(app):
    petition, officer = public_matter()
    taken(petition, officer)
    change(officer, petition, "suggestion")
    page = app.test_client().get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "A second person decides" in page
    assert WHY in page
