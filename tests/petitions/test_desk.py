"""Taking and giving out matters: one officer at a time, and the author knows who."""

import threading
from datetime import date

import pytest
from sqlalchemy import select

from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Assignment
from civicportal.petitions.services import answers, desk
from civicportal.petitions.states import AssignmentState, PetitionState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import DepartmentFactory, InstitutionFactory


@pytest.fixture
def here(app):
    return InstitutionFactory()


def mails(slug):
    return current().scalars(
        select(OutboxMessage).where(OutboxMessage.slug == slug, OutboxMessage.channel == "email")
        .order_by(OutboxMessage.id)).all()


def test_taking_makes_it_mine_and_tells_the_author_my_name(here):
    part, mine = matter_at(here), officer(here, name="박서준")
    desk.take(mine, part, version=part.version)
    assert part.state is AssignmentState.IN_PROGRESS
    assert (part.officer_id, part.taken_at is not None) == (mine.person_id, True)
    assert part.petition.state is PetitionState.IN_PROGRESS
    [mail] = mails("petitions.assigned")
    assert (mail.person_id, mail.context["officer"]) == (part.petition.author_id, "박서준")
    audit = current().scalars(select(AuditEvent).where(AuditEvent.name == "assignment:take")).one()
    assert (audit.actor_id, audit.details) == (mine.person_id, {"from": "waiting", "to": "in_progress"})


def test_the_second_officer_reads_who_was_first(here):
    part = matter_at(here)
    shown = part.version
    desk.take(officer(here, name="박서준"), part, version=shown)
    with pytest.raises(Conflict, match="박서준"):
        desk.take(officer(here), part, version=shown)
    assert len(mails("petitions.assigned")) == 1


def test_of_two_officers_at_once_exactly_one_takes_it(app, here):
    part, officers = matter_at(here), [officer(here) for _ in range(2)]
    part_id, shown, start = part.id, part.version, threading.Barrier(2)
    outcomes = []

    def run(actor):
        with app.app_context():
            row = current().get_one(Assignment, part_id)
            assert row.state is AssignmentState.WAITING
            start.wait()
            try:
                desk.take(actor, row, version=shown)
                outcomes.append(actor.person_id)
            except Conflict:
                outcomes.append(None)

    threads = [threading.Thread(target=run, args=(actor,)) for actor in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current().rollback()
    winner = next(outcome for outcome in outcomes if outcome)
    assert sorted(outcomes, key=bool) == [None, winner]
    assert part.officer_id == winner
    assert len(mails("petitions.assigned")) == 1


def test_nobody_takes_what_another_institution_has(here):
    part = matter_at(here)
    for stranger in (officer(InstitutionFactory()), actor_for(PersonFactory()), actor_for(staff(Role.OPERATOR))):
        with pytest.raises(Forbidden):
            desk.take(stranger, part, version=part.version)
    assert part.state is AssignmentState.WAITING


def test_a_further_answer_is_taken_by_a_manager_only(here):
    part = matter_at(here, needs_manager=True)
    with pytest.raises(Forbidden):
        desk.take(officer(here), part, version=part.version)
    desk.take(officer(here, Role.MANAGER), part, version=part.version)
    assert part.state is AssignmentState.IN_PROGRESS


def test_a_manager_gives_it_to_an_officer_and_a_department(here):
    part, chosen = matter_at(here), staff(Role.OFFICER, here, name="이하은")
    lights = DepartmentFactory(institution=here, phone="02-000-0000")
    desk.assign(officer(here, Role.MANAGER), part, officer_id=chosen.id, department_id=lights.id, version=part.version)
    assert (part.officer_id, part.department_id, part.state) == (chosen.id, lights.id, AssignmentState.IN_PROGRESS)
    [mail] = mails("petitions.assigned")
    assert (mail.context["officer"], mail.context["phone"]) == ("이하은", "02-000-0000")


def test_giving_it_on_tells_the_author_the_new_name(here):
    part, manager = matter_at(here), officer(here, Role.MANAGER)
    desk.take(officer(here, name="박서준"), part, version=part.version)
    desk.assign(manager, part, officer_id=staff(Role.OFFICER, here, name="이하은").id, department_id=None,
                version=part.version)
    assert [mail.context["officer"] for mail in mails("petitions.assigned")] == ["박서준", "이하은"]


def test_an_officer_gives_nothing_to_others(here):
    part, colleague = matter_at(here), staff(Role.OFFICER, here)
    with pytest.raises(Forbidden):
        desk.assign(officer(here), part, officer_id=colleague.id, department_id=None, version=part.version)


@pytest.mark.parametrize("who", ["citizen", "elsewhere", "operator", "absent"])
def test_only_people_of_the_institution_are_given_a_matter(here, who):
    part = matter_at(here)
    person_id = {
        "citizen": lambda: PersonFactory().id, "elsewhere": lambda: staff(Role.OFFICER, InstitutionFactory()).id,
        "operator": lambda: staff(Role.OPERATOR).id, "absent": lambda: 987654,
    }[who]()
    with pytest.raises(Invalid) as refused:
        desk.assign(officer(here, Role.MANAGER), part, officer_id=person_id, department_id=None, version=part.version)
    assert set(refused.value.fields) == {"officer_id"}
    assert part.officer_id is None


def test_a_further_answer_is_given_to_managers_only(here):
    part, plain, boss = matter_at(here, needs_manager=True), staff(Role.OFFICER, here), staff(Role.DIRECTOR, here)
    assert [person.id for person in desk.eligible_officers(part)] == [boss.id]
    with pytest.raises(Invalid):
        desk.assign(actor_for(boss), part, officer_id=plain.id, department_id=None, version=part.version)


def test_closed_and_foreign_departments_are_refused(here):
    closed = DepartmentFactory(institution=here, active_to=date(2020, 1, 1))
    part, person = matter_at(here), staff(Role.OFFICER, here)
    for department in (closed, DepartmentFactory()):
        with pytest.raises(Invalid) as refused:
            desk.assign(officer(here, Role.MANAGER), part, officer_id=person.id, department_id=department.id,
                        version=part.version)
        assert set(refused.value.fields) == {"department_id"}


def test_what_an_officer_had_waits_again_when_the_account_goes(here):
    part, mine = matter_at(here), officer(here)
    desk.take(mine, part, version=part.version)
    due = part.due_at
    with atomic():
        publish(AccountDeleted(mine.person_id))
    current().expire_all()
    assert (part.state, part.officer_id, part.taken_at) == (AssignmentState.WAITING, None, None)
    assert part.petition.state is PetitionState.RECEIVED
    assert part.due_at == due
    desk.take(officer(here), part, version=part.version)


def test_what_an_officer_answered_stays_as_it_is(here):
    part, mine = matter_at(here), officer(here)
    desk.take(mine, part, version=part.version)
    saved = answers.save(mine, part, text="고쳤습니다.", base_version=0)
    answers.send(mine, part, base_version=saved.number)
    with atomic():
        publish(AccountDeleted(mine.person_id))
    assert (part.state, part.officer_id) == (AssignmentState.ANSWERED, mine.person_id)
