"""The check before publication: within its time, never by the institution alone; appeals; figures."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import timezone
from civicportal.core.permissions import Held, Role, Scope
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions import policies
from civicportal.petitions.models import Appeal
from civicportal.petitions.queries.checks import appeals_waiting, checks_waiting, clock_for
from civicportal.petitions.queries.refusals import refusal_counts
from civicportal.petitions.queries.visibility import visible_petition
from civicportal.petitions.reasons import VERSION, VERSIONS, RefusalReason, RemovalReason
from civicportal.petitions.services import appeals, desk, publication
from civicportal.petitions.states import AppealState, Publication
from tests.factories.accounts import GrantFactory, PersonFactory, staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed, operator, refused


@pytest.fixture
def part(app):
    return matter_at(InstitutionFactory(), publication=Publication.PENDING)


def told(slug):
    return current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == slug, OutboxMessage.channel == "email")).all()


def author(petition):
    return actor_for(petition.author)


def both(institution, **person):
    """Somebody who is an operator and works at the institution too."""
    person = staff(Role.OPERATOR, **person)
    GrantFactory(person_id=person.id, role=Role.OFFICER, scope_kind=Scope.INSTITUTION, scope_id=institution.id)
    return actor_for(person)


def test_a_published_petition_is_open_to_all_and_its_author_is_told(part):
    petition = part.petition
    assert visible_petition(petition.number, None) is None
    publication.publish(operator(), petition)
    assert (petition.publication, petition.published_at is not None) == (Publication.PUBLISHED, True)
    assert visible_petition(petition.number, None) is petition
    assert [mail.person_id for mail in told("petitions.published")] == [petition.author_id]


def test_a_refused_one_stays_hidden_and_the_author_reads_why(part):
    petition = part.petition
    publication.refuse(operator(), petition, RefusalReason.PERSONAL_DATA)
    assert petition.publication is Publication.REFUSED
    said = petition.refusal
    assert (said.reason, said.list_version, said.institution_id) == (
        RefusalReason.PERSONAL_DATA, VERSION, part.institution_id)
    assert visible_petition(petition.number, None) is None
    assert len(told("petitions.publication_refused")) == 1
    event = current().scalars(select(AuditEvent).where(AuditEvent.name == "publication:refuse")).one()
    assert event.details["reason"] == "personal_data"


@pytest.mark.parametrize("second", [
    publication.publish,
    lambda who, petition: publication.refuse(who, petition, RefusalReason.COURT),
])
def test_it_is_decided_once(part, second):
    publication.publish(operator(), part.petition)
    with pytest.raises(Conflict):
        second(operator(), part.petition)
    assert (part.petition.refusal, len(told("petitions.published"))) == (None, 1)


def test_a_private_petition_is_never_published(app):
    part = matter_at(InstitutionFactory())
    with pytest.raises(Conflict):
        publication.advise(officer(part.institution, Role.DIRECTOR), part.petition, None)
    with pytest.raises(Conflict):
        publication.publish(operator(), part.petition)


@pytest.mark.parametrize("reason", [None, RefusalReason.COURT])
def test_an_institution_advises_and_somebody_else_decides(part, reason):
    first, petition = officer(part.institution), part.petition
    publication.advise(first, petition, reason)
    assert petition.publication is Publication.SECOND_CHECK
    assert visible_petition(petition.number, None) is None
    assert (told("petitions.published"), told("petitions.publication_refused")) == ([], [])
    check = petition.check
    assert (check.advised_by_id, check.advised_for_id, check.advice_reason) == (
        first.person_id, part.institution_id, reason)
    with pytest.raises(Conflict):
        publication.advise(officer(part.institution), petition, None)
    publication.publish(operator(), petition)
    assert petition.publication is Publication.PUBLISHED


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MANAGER, Role.DIRECTOR])
def test_nobody_of_the_institution_decides(part, role):
    for who in (officer(part.institution, role), both(part.institution)):
        for decide in (publication.publish, lambda a, p: publication.refuse(a, p, RefusalReason.COURT)):
            with pytest.raises(Forbidden):
                decide(who, part.petition)


def test_who_had_it_or_was_asked_decides_as_little_as_who_has_it(part):
    first, second = part.institution, InstitutionFactory()
    desk.transfer(officer(first), part, institution_code=second.code, reason="이유", version=part.version)
    asked = InstitutionFactory()
    with atomic():
        part.petition.chosen_institution_id = asked.id
    for place in (first, second, asked):
        with pytest.raises(Forbidden):
            publication.publish(both(place), part.petition)
    with pytest.raises(Forbidden):
        publication.advise(officer(first), part.petition, None)
    publication.advise(officer(second), part.petition, None)
    publication.publish(both(InstitutionFactory()), part.petition)


def test_one_person_makes_one_of_the_two_checks_even_after_changing_sides(part):
    person = staff(Role.OFFICER, part.institution)
    publication.advise(actor_for(person), part.petition, RefusalReason.COURT)
    with atomic():
        person.grants[0].ends_at = clock.now()
    GrantFactory(person_id=person.id, role=Role.OPERATOR, scope_kind=Scope.PORTAL)
    now_operator = actor_for(person)
    assert policies.is_outside(now_operator, part.petition)
    with pytest.raises(Forbidden):
        publication.refuse(now_operator, part.petition, RefusalReason.COURT)


def test_nobody_checks_what_they_wrote(app):
    place, writer = InstitutionFactory(), staff(Role.OPERATOR)
    with pytest.raises(Forbidden):
        publication.publish(actor_for(writer), matter_at(place, author=writer,
                                                         publication=Publication.PENDING).petition)
    worker = staff(Role.OFFICER, place)
    with pytest.raises(Forbidden):
        publication.advise(actor_for(worker), matter_at(place, author=worker,
                                                        publication=Publication.PENDING).petition, None)


def seoul(*parts):
    return datetime(*parts, tzinfo=timezone())


def test_the_check_has_working_hours_and_is_late_after_them(app):
    """Friday 16:00 leaves 2 hours; Monday and Tuesday give 8 each, Wednesday the last 6 without the hour of noon."""
    with clock.at(seoul(2026, 11, 27, 16)):
        petition = filed(institution=InstitutionFactory(), wants_public=True)
        private = filed(institution=InstitutionFactory())
    assert private.check is None
    assert petition.check.due_at == seoul(2026, 12, 2, 16)
    with clock.at(seoul(2026, 12, 2, 14)):
        assert (clock_for(petition.check).late, checks_waiting(operator())) == (False, [petition])
    with clock.at(seoul(2026, 12, 2, 16)):
        assert clock_for(petition.check).late
    publication.publish(operator(), petition)
    assert checks_waiting(operator()) == []


def test_the_length_is_a_setting(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], publication_check_hours=2))
    with clock.at(seoul(2026, 11, 27, 10)):
        assert filed(institution=InstitutionFactory(), wants_public=True).check.due_at == seoul(2026, 11, 27, 12)


def test_an_appeal_is_made_once_by_the_author_alone(part):
    petition = part.petition
    with pytest.raises(Conflict):
        appeals.appeal(author(petition), petition, text="Why not?")
    refused(petition)
    with pytest.raises(Forbidden):
        appeals.appeal(actor_for(PersonFactory()), petition, text="Why not?")
    with pytest.raises(Invalid):
        appeals.appeal(author(petition), petition, text=" \n ")
    with clock.at(seoul(2026, 11, 30, 10)):
        made = appeals.appeal(author(petition), petition, text="No court deals with it.")
    assert (made.state, made.due_date.isoformat()) == (AppealState.OPEN, "2026-12-11")
    assert appeals_waiting(operator()) == [made]
    with pytest.raises(Conflict):
        appeals.appeal(author(petition), petition, text="Once more.")
    assert len(current().scalars(select(Appeal)).all()) == 1


@pytest.fixture
def made(part):
    refused(part.petition)
    return appeals.appeal(author(part.petition), part.petition, text="No court deals with it.")


def test_a_granted_appeal_publishes_and_the_author_reads_why(made):
    petition = made.refusal.petition
    appeals.grant(operator(), made, decision="The case was closed.")
    assert (petition.publication, made.state) == (Publication.PUBLISHED, AppealState.GRANTED)
    assert visible_petition(petition.number, None) is petition
    mail = told("petitions.appeal_decided")[0]
    assert (mail.context["granted"], mail.context["decision"]) == (True, "The case was closed.")


def test_a_dismissed_appeal_leaves_it_private(made):
    appeals.dismiss(operator(), made, decision="The trial goes on.")
    assert (made.refusal.petition.publication, made.state) == (Publication.REFUSED, AppealState.DISMISSED)
    assert told("petitions.appeal_decided")[0].context["granted"] is False
    assert appeals_waiting(operator()) == []
    with pytest.raises(Conflict):
        appeals.grant(operator(), made, decision="After all.")
    with pytest.raises(Conflict):
        appeals.appeal(author(made.refusal.petition), made.refusal.petition, text="Once more.")


@pytest.mark.parametrize("decide", [appeals.grant, appeals.dismiss])
def test_who_refused_or_works_there_or_wrote_it_decides_no_appeal(part, decide):
    refuser = operator()
    publication.refuse(refuser, part.petition, RefusalReason.COURT)
    made = appeals.appeal(author(part.petition), part.petition, text="No court deals with it.")
    for who in (refuser, both(part.institution), officer(part.institution, Role.DIRECTOR), author(part.petition)):
        with pytest.raises(Forbidden):
            decide(who, made, decision="Because.")
    with pytest.raises(Invalid):
        decide(operator(), made, decision=" ")
    assert made.state is AppealState.OPEN


def test_figures_are_rounded_down_so_that_few_and_none_look_the_same(app):
    place, other = InstitutionFactory(), InstitutionFactory()

    def refuse(count, reason, where=place):
        for _number in range(count):
            refused(matter_at(where, publication=Publication.PENDING).petition, reason)

    refuse(4, RefusalReason.COURT)
    assert refusal_counts() == []
    refuse(1, RefusalReason.ADVERTISING)
    row, = refusal_counts()
    assert (row.institution, row.total, set(row.counts.values())) == (place, 5, {0})
    refuse(2, RefusalReason.COURT)
    row, = refusal_counts()
    assert (row.total, row.counts[RefusalReason.COURT], row.counts[RefusalReason.ADVERTISING], row.granted) == (
        5, 5, 0, 0)
    refuse(10, RefusalReason.COURT, other)
    assert [(row.institution, row.total) for row in refusal_counts()] == [(other, 10), (place, 5)]


def test_every_reason_says_what_it_means_and_the_version_has_its_day():
    for one in (*RefusalReason, *RemovalReason):
        assert str(one.title)
        assert len(str(one.meaning)) > 20
    assert max(VERSIONS) == VERSION


def test_an_actor_with_a_role_at_a_concerned_institution_is_never_outside(part):
    who = operator()
    inside = type(who)(**{**vars(who), "held": (*who.held, Held(Role.REVIEWER, part.institution_id))})
    assert policies.is_outside(who, part.petition)
    assert not policies.is_outside(inside, part.petition)


def test_the_time_of_the_check_counts_from_reception(app):
    with clock.at(seoul(2026, 11, 30, 9)):
        petition = filed(institution=InstitutionFactory(), wants_public=True)
    assert petition.check.due_at - petition.received_at == timedelta(days=2, hours=9)
