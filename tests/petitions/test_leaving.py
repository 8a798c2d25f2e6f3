"""A leaver: open work moves on, and access ends in the same act."""

import pytest
from sqlalchemy import select

from civicportal.accounts.models import AccountSession, Grant, MailToken
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import end_access, issue_token
from civicportal.accounts.services.tokens import CODE_LIFETIME
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Assignment
from civicportal.petitions.services import desk
from civicportal.petitions.states import AssignmentState, PetitionState
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.desk import matter_at
from tests.factories.institutions import InstitutionFactory


@pytest.fixture
def here(app):
    return InstitutionFactory(code="here")


@pytest.fixture
def operator(app):
    return staff(Role.OPERATOR)


def in_hand(person, institution):
    part = matter_at(institution)
    desk.take(actor_for(person), part, version=part.version)
    return part


def again(part):
    current().rollback()
    return current().get_one(Assignment, part.id, populate_existing=True)


def slugs(person):
    return current().scalars(select(OutboxMessage.slug).where(
        OutboxMessage.person_id == person.id, OutboxMessage.channel == "email")).all()


def address(person):
    return f"/ko/operator/people/{person.id}/leaving"


def test_one_button_moves_the_work_and_ends_everything(app, here, operator):
    leaver, successor = staff(Role.OFFICER, here), staff(Role.OFFICER, here)
    part, browser = in_hand(leaver, here), signed_in(app, leaver)
    due = part.due_at
    issue_token(leaver, TokenPurpose.RESET, CODE_LIFETIME)
    assert browser.get("/ko/desk/here").status_code == 200
    boss = signed_in(app, operator)
    assert boss.submit(address(leaver), {"successor_id": successor.id}).status_code == 303
    assert browser.get("/ko/desk/here").status_code == 401
    part = again(part)
    assert (part.officer_id, part.state, part.due_at) == (successor.id, AssignmentState.IN_PROGRESS, due)
    assert current().scalars(select(AccountSession.revoked_at).where(AccountSession.person_id == leaver.id)).one()
    assert current().scalars(select(MailToken.used_at)).one()
    assert current().scalars(select(Grant.ends_at).where(Grant.person_id == leaver.id)).one()
    assert "accounts.access_ended" in slugs(leaver)
    assert "petitions.taken_over" in slugs(successor)
    assert "petitions.assigned" in slugs(part.petition.author)
    event = current().scalars(select(AuditEvent).where(AuditEvent.name == "person:staff-left")).one()
    assert (event.actor_id, event.subject_id, event.details) == (operator.id, leaver.id, {"successor_id": successor.id})
    assert signed_in(app, leaver).get("/ko/desk/here").status_code == 403
    assert boss.get(address(leaver)).status_code == 404


def test_without_a_successor_the_work_waits_at_its_desk(app, here, operator):
    leaver = staff(Role.OFFICER, here)
    part = in_hand(leaver, here)
    signed_in(app, operator).submit(address(leaver), {"successor_id": "0"})
    part = again(part)
    assert (part.officer_id, part.state) == (None, AssignmentState.WAITING)
    assert part.petition.state is PetitionState.RECEIVED


def test_what_the_successor_may_not_do_goes_back_to_its_desk(app, here, operator):
    there = InstitutionFactory()
    leaver, successor = staff(Role.OFFICER, here), staff(Role.OFFICER, here)
    GrantFactory(person_id=leaver.id, role=Role.MANAGER, scope_kind="institution", scope_id=there.id)
    near, far = in_hand(leaver, here), in_hand(leaver, there)
    again_asked = matter_at(there, needs_manager=True)
    desk.take(actor_for(leaver), again_asked, version=again_asked.version)
    end_access(actor_for(operator), leaver, successor_id=successor.id)
    assert again(near).officer_id == successor.id
    assert again(far).officer_id is None
    assert again(again_asked).officer_id is None
    assert not actor_for(leaver).is_staff


def test_a_stranger_cannot_be_made_the_successor(app, here, operator):
    leaver, stranger = staff(Role.OFFICER, here), PersonFactory()
    part = in_hand(leaver, here)
    assert signed_in(app, operator).submit(address(leaver), {"successor_id": stranger.id}).status_code == 400
    assert again(part).officer_id == leaver.id
    end_access(actor_for(operator), leaver, successor_id=stranger.id)
    assert again(part).officer_id is None


def test_only_operators_do_it_and_never_to_themselves(app, here, operator):
    leaver = staff(Role.OFFICER, here)
    for actor in (staff(Role.DIRECTOR, here), leaver, PersonFactory()):
        with pytest.raises(Forbidden):
            end_access(actor_for(actor), leaver, successor_id=None)
    with pytest.raises(Forbidden):
        end_access(actor_for(operator), operator, successor_id=None)
    end_access(actor_for(operator), leaver, successor_id=None)
    with pytest.raises(Conflict):
        end_access(actor_for(operator), leaver, successor_id=None)
