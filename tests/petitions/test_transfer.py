"""Passing a matter on: the chain is visible, and the third hop or a return is for the operators."""

from datetime import date

import pytest
from sqlalchemy import select

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.queries.chain import chain
from civicportal.petitions.queries.destination import Hurdle, destination
from civicportal.petitions.services import answers, desk
from civicportal.petitions.states import AssignmentState, Opening, PetitionState
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory

CLOSED = {"active_to": date(2020, 1, 1)}


@pytest.fixture
def bodies(app):
    return [InstitutionFactory() for _ in range(4)]


def pass_on(part, institution, reason="그쪽 소관입니다."):
    return desk.transfer(officer(part.institution), part, institution_code=institution.code, reason=reason,
                         version=part.version)


def test_a_transfer_closes_one_part_and_opens_the_next(bodies):
    first = matter_at(bodies[0])
    second = pass_on(first, bodies[1])
    assert (first.state, first.closed_at is not None) == (AssignmentState.TRANSFERRED, True)
    assert (second.institution_id, second.opening, second.state) == (
        bodies[1].id, Opening.TRANSFER, AssignmentState.WAITING)
    assert second.received_at >= first.closed_at
    assert not second.binding
    petition = second.petition
    assert petition.state is PetitionState.RECEIVED
    assert [(step.title, step.state, step.reason) for step in chain(petition)] == [
        (bodies[0].name("ko"), "past", ""), (bodies[1].name("ko"), "present", "그쪽 소관입니다.")]


def test_the_author_reads_from_where_to_where_and_why(bodies):
    pass_on(matter_at(bodies[0]), bodies[1])
    mail = current().scalars(select(OutboxMessage).where(OutboxMessage.slug == "petitions.transferred",
                                                         OutboxMessage.channel == "email")).one()
    assert mail.context["former_institution"] == bodies[0].name("ko")
    assert (mail.context["institution"], mail.context["reason"]) == (bodies[1].name("ko"), "그쪽 소관입니다.")


def test_the_third_hop_goes_to_triage_with_the_proposal(bodies):
    part = pass_on(pass_on(matter_at(bodies[0]), bodies[1]), bodies[2])
    assert destination(part, bodies[3].code).hurdle is Hurdle.TOO_MANY
    at_triage = pass_on(part, bodies[3])
    assert at_triage.institution_id is None
    assert (at_triage.opening, at_triage.proposed_institution_id) == (Opening.TRIAGE, bodies[3].id)
    assert (at_triage.petition.state, at_triage.rule) == (PetitionState.TRIAGE, "triage")


def test_two_hops_are_free(bodies):
    part = matter_at(bodies[0])
    for target in bodies[1:3]:
        assert destination(part, target.code).hurdle is None
        part = pass_on(part, target)
    assert part.institution_id == bodies[2].id


def test_a_return_to_a_former_holder_goes_to_triage(bodies):
    part = pass_on(matter_at(bodies[0]), bodies[1])
    assert destination(part, bodies[0].code).hurdle is Hurdle.FORMER_HOLDER
    assert pass_on(part, bodies[0]).institution_id is None


def test_the_successor_of_a_former_holder_counts_as_that_holder(bodies):
    heir = InstitutionFactory()
    first = matter_at(InstitutionFactory(successor_id=heir.id, **CLOSED))
    second = pass_on(first, bodies[1])
    assert destination(second, heir.code).hurdle is Hurdle.FORMER_HOLDER


def test_a_closed_institution_forwards_to_the_end_of_its_chain(bodies):
    middle = InstitutionFactory(successor_id=bodies[1].id, **CLOSED)
    oldest = InstitutionFactory(successor_id=middle.id, **CLOSED)
    assert pass_on(matter_at(bodies[0]), oldest).institution_id == bodies[1].id


@pytest.mark.parametrize("wanted", ["same", "forwards to the same", "closed", "unknown", "empty"])
def test_what_cannot_be_a_target_is_refused_at_its_field(bodies, wanted):
    part = matter_at(bodies[0])
    code = {
        "same": lambda: bodies[0].code, "unknown": lambda: "no-such-body", "empty": lambda: "",
        "closed": lambda: InstitutionFactory(**CLOSED).code,
        "forwards to the same": lambda: InstitutionFactory(successor_id=bodies[0].id, **CLOSED).code,
    }[wanted]()
    with pytest.raises(Invalid) as refused:
        desk.transfer(officer(bodies[0]), part, institution_code=code, reason="이유", version=part.version)
    assert set(refused.value.fields) == {"institution_code"}
    assert part.state is AssignmentState.WAITING


@pytest.mark.parametrize("reason", ["", "  \n\t ", "\x00\x1f"])
def test_a_transfer_without_a_reason_is_refused(bodies, reason):
    part = matter_at(bodies[0])
    with pytest.raises(Invalid) as refused:
        pass_on(part, bodies[1], reason)
    assert set(refused.value.fields) == {"reason"}


def test_an_answered_matter_is_not_passed_on(bodies):
    part, mine = matter_at(bodies[0]), officer(bodies[0], name="박서준")
    desk.take(mine, part, version=part.version)
    answers.send(mine, part, base_version=answers.save(mine, part, text="고쳤습니다.", base_version=0).number)
    with pytest.raises(Conflict, match="박서준"):
        desk.transfer(mine, part, institution_code=bodies[1].code, reason="이유", version=part.version)


def test_an_old_page_passes_nothing_on(bodies):
    part, shown = matter_at(bodies[0]), 1
    desk.take(officer(bodies[0], name="박서준"), part, version=shown)
    with pytest.raises(Conflict, match="박서준"):
        desk.transfer(officer(bodies[0], Role.MANAGER), part, institution_code=bodies[1].code, reason="이유",
                      version=shown)
    assert [row.institution_id for row in part.petition.assignments] == [bodies[0].id]


def test_what_another_officer_has_only_a_manager_passes_on(bodies):
    part = matter_at(bodies[0])
    desk.take(officer(bodies[0], name="박서준"), part, version=part.version)
    with pytest.raises(Forbidden, match="박서준"):
        pass_on(part, bodies[1])
    desk.transfer(officer(bodies[0], Role.MANAGER), part, institution_code=bodies[1].code, reason="이유",
                  version=part.version)
    assert part.state is AssignmentState.TRANSFERRED


def test_what_the_author_asked_of_a_manager_stays_with_a_manager(bodies):
    part = matter_at(bodies[0], needs_manager=True)
    moved = desk.transfer(officer(bodies[0], Role.MANAGER), part, institution_code=bodies[1].code, reason="이유",
                          version=part.version)
    assert moved.needs_manager
