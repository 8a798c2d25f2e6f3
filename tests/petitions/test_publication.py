"""The check before publication: an officer decides once, the author reads the decision."""

import pytest
from sqlalchemy import select

from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.queries.visibility import visible_petition
from civicportal.petitions.services import desk, publication
from civicportal.petitions.states import Publication, RefusalReason
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory


@pytest.fixture
def part(app):
    return matter_at(InstitutionFactory(), publication=Publication.PENDING)


def told(slug):
    return current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == slug, OutboxMessage.channel == "email")).all()


def test_a_published_petition_is_open_to_all_and_its_author_is_told(part):
    petition = part.petition
    assert visible_petition(petition.number, None) is None
    publication.publish(officer(part.institution), petition)
    assert (petition.publication, petition.published_at is not None) == (Publication.PUBLISHED, True)
    assert visible_petition(petition.number, None) is petition
    assert [mail.person_id for mail in told("petitions.published")] == [petition.author_id]


def test_a_refused_one_stays_hidden_and_the_author_reads_why(part):
    petition = part.petition
    publication.refuse(officer(part.institution), petition, RefusalReason.PERSONAL_DATA)
    assert (petition.publication, petition.refusal_reason) == (Publication.REFUSED, RefusalReason.PERSONAL_DATA)
    assert visible_petition(petition.number, None) is None
    assert len(told("petitions.publication_refused")) == 1
    event = current().scalars(select(AuditEvent).where(AuditEvent.name == "publication:refuse")).one()
    assert event.details["reason"] == "personal_data"


@pytest.mark.parametrize("second", [
    publication.publish,
    lambda who, petition: publication.refuse(who, petition, RefusalReason.COURT),
])
def test_it_is_decided_once(part, second):
    publication.publish(officer(part.institution), part.petition)
    with pytest.raises(Conflict):
        second(officer(part.institution), part.petition)
    assert (part.petition.refusal_reason, len(told("petitions.published"))) == (None, 1)


def test_a_private_petition_is_never_published(app):
    part = matter_at(InstitutionFactory())
    with pytest.raises(Conflict):
        publication.publish(officer(part.institution, Role.DIRECTOR), part.petition)


def test_who_holds_a_part_decides_and_nobody_else(part):
    first, second = officer(part.institution), InstitutionFactory()
    with pytest.raises(Forbidden):
        publication.publish(officer(second), part.petition)
    desk.transfer(first, part, institution_code=second.code, reason="이유", version=part.version)
    with pytest.raises(Forbidden):
        publication.publish(first, part.petition)
    publication.publish(officer(second), part.petition)
    assert part.petition.publication is Publication.PUBLISHED
