"""Rating once, asking again once, and figures nobody can read a single mark off."""

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Satisfaction
from civicportal.petitions.queries.satisfaction import figures
from civicportal.petitions.services.satisfaction import ask_again, rate
from civicportal.petitions.states import Opening, PetitionState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, open_lead, rated, taken
from tests.petitions.test_filing import mails

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def institution():
    return InstitutionFactory()


@pytest.fixture
def officer(institution):
    return staff(Role.OFFICER, institution)


@pytest.fixture
def petition(institution, officer):
    matter = filed(institution=institution)
    answered(matter, officer)
    return matter


def author_of(petition):
    return actor_for(petition.author)


def test_an_answer_is_rated_once(petition):
    said = rate(author_of(petition), petition, 4, " quick\r\nand kind ")
    assert (said.rating, said.comment) == (4, " quick\nand kind ")
    assert said.institution_id == petition.assignments[0].institution_id
    with pytest.raises(Conflict):
        rate(author_of(petition), petition, 5)
    assert "petition:rated" in current().scalars(select(AuditEvent.name)).all()


def test_only_the_author_rates(petition, officer):
    for person in (officer, PersonFactory(), staff(Role.OPERATOR)):
        with pytest.raises(Forbidden):
            rate(actor_for(person), petition, 1)
    assert current().scalars(select(Satisfaction)).all() == []


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_marks_are_from_one_to_five(petition, rating):
    with pytest.raises(Invalid):
        rate(author_of(petition), petition, rating)


def test_without_an_answer_there_is_nothing_to_rate(institution):
    matter = filed(institution=institution)
    with pytest.raises(Conflict):
        rate(author_of(matter), matter, 3)


def test_a_low_mark_can_ask_once_for_a_further_answer(petition, institution, officer):
    rated(petition, 2, "Not what I asked")
    part = ask_again(author_of(petition), petition)
    assert (part.opening, part.needs_manager, part.institution_id) == (Opening.REASK, True, institution.id)
    assert petition.state is PetitionState.RECEIVED
    [mail] = mails("petitions.reasked")
    assert mail.person_id == petition.author_id
    with pytest.raises(Conflict):
        ask_again(author_of(petition), petition)
    with pytest.raises(Forbidden):
        taken(petition, officer)
    answered(petition, staff(Role.MANAGER, institution))
    rated(petition, 1)
    with pytest.raises(Conflict):
        ask_again(author_of(petition), petition)


@pytest.mark.parametrize("rating", [3, 5])
def test_a_good_mark_does_not_ask_again(petition, rating):
    rated(petition, rating)
    with pytest.raises(Conflict):
        ask_again(author_of(petition), petition)


def test_nobody_else_asks_again(petition, officer):
    rated(petition, 1)
    with pytest.raises(Forbidden):
        ask_again(actor_for(officer), petition)


def test_a_closed_institution_is_asked_again_through_its_successor(petition, institution):
    successor = InstitutionFactory()
    rated(petition, 1)
    with atomic():
        institution.active_to, institution.successor_id = now().date(), successor.id
    ask_again(author_of(petition), petition)
    assert open_lead(petition).institution_id == successor.id


def test_figures_change_with_every_fifth_mark_only(institution, officer):
    marks = [5, 4, 4, 1, 3, 2, 2, 2, 2, 2]
    seen = []
    for mark in marks:
        matter = filed(institution=institution)
        answered(matter, officer)
        rated(matter, mark)
        shown = figures(institution.id)
        seen.append(shown and (shown.responses, shown.counts))
    first, second = (5, (1, 0, 1, 2, 1)), (10, (1, 5, 1, 2, 1))
    assert seen == [None] * 4 + [first] * 5 + [second]
    shown = figures(institution.id)
    assert (shown.mean, shown.rate, shown.answered) == (2.7, 100, 10)


def test_figures_count_answers_that_were_not_rated(institution, officer):
    for number in range(8):
        matter = filed(institution=institution)
        answered(matter, officer)
        if number >= 3:
            rated(matter, 3)
    shown = figures(institution.id)
    assert (shown.answered, shown.responses, shown.rate) == (8, 5, 62)
    assert figures(InstitutionFactory().id) is None
