"""The operators' decision: binding for the institution, told to the author, made once."""

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.services import desk, triage
from civicportal.petitions.states import ASSIGNMENT, AssignmentState, Opening, PetitionState
from tests.factories.accounts import staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory


@pytest.fixture
def operator(app):
    return actor_for(staff(Role.OPERATOR, name="운영자"))


@pytest.fixture
def part(app):
    return matter_at(None)


def place(operator, part, institution, reason="도로를 맡은 기관입니다."):
    return triage.place(operator, part, institution_code=institution.code, reason=reason, version=part.version)


def test_the_decision_opens_a_binding_part_with_the_types_own_clock(operator, part):
    target = InstitutionFactory()
    opened = place(operator, part, target)
    assert (part.state, part.closed_at is not None) == (AssignmentState.TRANSFERRED, True)
    assert (opened.institution_id, opened.opening, opened.binding) == (target.id, Opening.TRIAGE, True)
    assert (opened.rule, opened.petition.due_at) == ("grievance", opened.due_at)
    assert opened.petition.state is PetitionState.RECEIVED
    mail = current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "petitions.transferred", OutboxMessage.channel == "email")).one()
    assert (mail.context["institution"], mail.context["reason"]) == (target.name("ko"), "도로를 맡은 기관입니다.")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MANAGER, Role.DIRECTOR])
def test_a_bound_institution_passes_nothing_on(operator, part, role):
    opened = place(operator, part, InstitutionFactory())
    who = officer(opened.institution, role)
    assert not ASSIGNMENT.may(who, opened, "transfer")
    with pytest.raises(Forbidden):
        desk.transfer(who, opened, institution_code=InstitutionFactory().code, reason="이유", version=opened.version)


def test_operators_may_send_it_back_to_a_former_holder(operator):
    first, second = InstitutionFactory(), InstitutionFactory()
    part = matter_at(first)
    for target in (second, first):
        part = desk.transfer(officer(part.institution), part, institution_code=target.code, reason="이유",
                             version=part.version)
    assert part.institution_id is None
    assert place(operator, part, first).institution_id == first.id


def test_a_closed_institution_is_replaced_by_its_successor(operator, part):
    heir = InstitutionFactory()
    closed = InstitutionFactory(successor_id=heir.id, active_to=heir.created_at.date().replace(year=2020))
    assert place(operator, part, closed).institution_id == heir.id


@pytest.mark.parametrize(("code", "reason", "field"), [
    ("no-such-body", "이유", "institution_code"), ("", "이유", "institution_code"), (None, "  ", "reason")])
def test_a_decision_needs_an_institution_and_a_reason(operator, part, code, reason, field):
    with pytest.raises(Invalid) as refused:
        triage.place(operator, part, reason=reason, version=part.version,
                     institution_code=InstitutionFactory().code if code is None else code)
    assert set(refused.value.fields) == {field}
    assert part.state is AssignmentState.WAITING


def test_it_is_decided_once_and_the_second_operator_reads_by_whom(operator, part):
    shown = part.version
    place(operator, part, InstitutionFactory())
    with pytest.raises(Conflict, match="운영자"):
        triage.place(actor_for(staff(Role.OPERATOR)), part, institution_code=InstitutionFactory().code, reason="이유",
                     version=shown)
    assert len(part.petition.assignments) == 2


def test_only_operators_decide(part):
    target = InstitutionFactory()
    with pytest.raises(Forbidden):
        place(officer(target, Role.DIRECTOR), part, target)


def test_operators_do_not_decide_what_an_institution_has(operator):
    part = matter_at(InstitutionFactory())
    with pytest.raises(Forbidden):
        place(operator, part, InstitutionFactory())


def test_a_further_answer_without_its_institution_stays_with_managers(operator):
    assert place(operator, matter_at(None, needs_manager=True), InstitutionFactory()).needs_manager


def test_proposals_name_institutions_of_today_with_reasons(app):
    lamps = InstitutionFactory(name_ko="가로등관리공단")
    InstitutionFactory(remit_ko="여권을 발급합니다.", remit_en="Issues passports.")
    part = matter_at(None, text="가로등관리공단에 여러 번 전화했지만 골목이 아직 어둡습니다.")
    first = triage.proposals(part.petition)[0]
    assert (first.code, first.name) == (lamps.code, "가로등관리공단")
    assert first.strength
    assert any("가로등관리공단" in sentence for sentence in first.why)
