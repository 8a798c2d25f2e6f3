"""Whom a matter is about: officials who may then neither open it nor work on it."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import holders, staff_of
from civicportal.core.audit import AuditName, record
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid, NotFound
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission, Role
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions.models import Assignment, MatterSubject, Petition
from civicportal.petitions.plain import normalise
from civicportal.petitions.policies import can_lift_subjects, can_name_subjects
from civicportal.petitions.services.desk import release

_RIGHTS = lazy("You do not have the right to do this.")


def candidates(petition: Petition) -> list[Person]:
    """Officials who could open the matter: of the institutions that have or had it, and the operators; by name."""
    places = {part.institution_id for part in petition.assignments if part.institution_id is not None}
    people = [*holders(Role.OPERATOR), *(one for place in places for one in staff_of(place, Permission.DESK_SEE))]
    return sorted({one.id: one for one in people}.values(), key=lambda one: (one.name or "", one.id))


def name_person(actor: Actor, petition: Petition, person_id: int) -> None:
    """Exclude one official. Raises Invalid for somebody who could not open the matter anyway, or Forbidden."""
    _name(actor, petition, "person_id", _("Choose somebody from the list."), lambda one: one.id == person_id)


def name_by_name(actor: Actor, petition: Petition, name: str) -> list[Person]:
    """Exclude every official with this name, however it is spaced; more than one may bear it. Returns who that is.

    Raises Invalid when nobody bears it, or Forbidden.
    """
    wanted = _plain(name)
    return _name(actor, petition, "name", _(
        "Nobody with this name works at the institution that has your matter, as far as the portal knows. "
        "Write the name as in our e-mails."),
                 lambda one: wanted != "" and _plain(one.name or "") == wanted)


def lift(actor: Actor, petition: Petition, subject_id: int) -> None:
    """Admit somebody again who was named by mistake. Raises Forbidden, or NotFound for somebody who is not named."""
    with atomic() as session:
        lock(petition)
        if not can_lift_subjects(actor, petition):
            raise Forbidden(_RIGHTS)
        subject = next((one for one in petition.subjects if one.id == subject_id), None)
        if subject is None:
            raise NotFound
        session.delete(subject)
        record(AuditName.SUBJECT_LIFTED, actor, "petition", petition.id, person_id=subject.person_id)


def _name(
    actor: Actor, petition: Petition, field: str, sentence: str, fits: Callable[[Person], bool],
) -> list[Person]:
    with atomic() as session:
        lock(petition)
        if not can_name_subjects(actor, petition):
            raise Forbidden(_RIGHTS)
        found = [one for one in candidates(petition) if fits(one)]
        if not found:
            raise Invalid(sentence, {field: sentence})
        known = {subject.person_id for subject in petition.subjects}
        new = [one for one in found if one.id not in known]
        if new and len(known) + len(new) > settings().subjects_per_matter:
            many = _("At most %(count)s people can be named for one matter. Ask the portal team.",
                     count=settings().subjects_per_matter)
            raise Invalid(many, {field: many})
        operators = {one.id for one in holders(Role.OPERATOR)}
        if operators & {one.id for one in new} and not operators - known - {one.id for one in new}:
            alone = _("Somebody of the portal team must be left who can decide about this matter.")
            raise Invalid(alone, {field: alone})
        for person in new:
            session.add(MatterSubject(petition_id=petition.id, person_id=person.id, named_by_id=actor.person_id))
            record(AuditName.SUBJECT_NAMED, actor, "petition", petition.id, person_id=person.id)
        _take_away(petition, [one.id for one in new])
        session.flush()
        session.expire(petition, ["subjects"])
        return found


def _take_away(petition: Petition, people: Sequence[int]) -> None:
    """What they have in hand of it waits for somebody else."""
    theirs = select(Assignment).where(
        Assignment.petition_id == petition.id, Assignment.officer_id.in_(people), Assignment.closed_at.is_(None))
    for part in current().scalars(theirs.with_for_update(of=Assignment)).all():
        release(part)


def _plain(name: str) -> str:
    return "".join(normalise(name).casefold().split())
