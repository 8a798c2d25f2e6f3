"""Who may see a petition: one rule, in the one SELECT of every page, file and feed.

Everybody once it is published; always its author; after reception the institutions that hold a part of it (open, or
answered by them; not one that passed it on), and the operators; never as an official whom the matter is about. What
is hidden is not found, exactly like what is not there.

Whom the author appointed sees what the author sees, as long as the appointment holds.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.permissions import ROLE_PERMISSIONS, Actor, Held, Permission
from civicportal.core.transactions import current
from civicportal.petitions.models import (
    Addition,
    Assignment,
    MatterSubject,
    Petition,
    PetitionFile,
    Refusal,
    Representative,
)
from civicportal.petitions.policies import is_author, is_subject, representative_of
from civicportal.petitions.states import AssignmentState, Publication, RepresentativeState, Scan


class Viewer(StrEnum):
    """In which part somebody reads a petition."""

    PUBLIC = "public"
    AUTHOR = "author"
    REPRESENTATIVE = "representative"
    STAFF = "staff"


def visible_to(actor: Actor | None) -> ColumnElement[bool]:
    """The rule as a condition on `Petition`; `actor` is None for a visitor who is not signed in."""
    return or_(Petition.publication == Publication.PUBLISHED, _known_to(actor))


def _known_to(actor: Actor | None) -> ColumnElement[bool]:
    """The petitions of which somebody may see everything, published or not."""
    if actor is None or actor.person_id is None:
        return false()
    received = Petition.received_at.is_not(None)
    rules: list[ColumnElement[bool]] = [Petition.author_id == actor.person_id, represented_by(actor)]
    if actor.is_operator:
        rules.append(received & not_about(actor))
    elif places := actor.institutions(Permission.DESK_SEE):
        rules.append(received & held_by(places) & not_about(actor))
    return or_(*rules)


def represented_by(actor: Actor) -> ColumnElement[bool]:
    """Petitions in which `actor` acts for the author."""
    return exists().where(Representative.petition_id == Petition.id, Representative.person_id == actor.person_id,
                          Representative.state == RepresentativeState.ACTIVE)


def not_about(actor: Actor) -> ColumnElement[bool]:
    """Petitions that are not about the actor: the condition of every list and look-up of officials."""
    return ~exists().where(MatterSubject.petition_id == Petition.id, MatterSubject.person_id == actor.person_id)


def held_by(places: Sequence[int]) -> ColumnElement[bool]:
    """Petitions of which one of these institutions holds a part: open, or answered by it."""
    return exists().where(Assignment.petition_id == Petition.id, Assignment.institution_id.in_(places),
                          Assignment.state != AssignmentState.TRANSFERRED)


def holds(actor: Actor, petition: Petition) -> bool:
    """The same of a petition that is loaded, for the institutions whose desk `actor` may open."""
    places = set(actor.institutions(Permission.DESK_SEE))
    return not is_subject(actor, petition) and any(
        part.institution_id in places and part.state is not AssignmentState.TRANSFERRED
        for part in petition.assignments)


def capacity(actor: Actor | None, petition: Petition) -> Held | None:
    """The role in which somebody reads a petition as an official; None for its author and the public."""
    if actor is None or actor.person_id == petition.author_id or is_subject(actor, petition):
        return None
    places = {part.institution_id for part in petition.assignments if part.state is not AssignmentState.TRANSFERRED}
    here = (held for held in actor.held if held.institution_id in places
            and Permission.DESK_SEE in ROLE_PERMISSIONS[held.role])
    operates = (held for held in actor.held if Permission.TRIAGE_DECIDE in ROLE_PERMISSIONS[held.role])
    return next(here, None) or next(operates, None)


def visible_petition(number: str, actor: Actor | None) -> Petition | None:
    """The petition with this number, with all its page needs, if `actor` may see it."""
    return current().scalars(_whole().where(Petition.number == number, visible_to(actor))).one_or_none()


def known_petition(number: str, actor: Actor) -> Petition | None:
    """The petition with this number if `actor` may see everything of it, published or not."""
    return current().scalars(_whole().where(Petition.number == number, _known_to(actor))).one_or_none()


def petition_of_subject(number: str, subject_id: int, actor: Actor) -> Petition | None:
    """The same, if somebody was named in it under this id."""
    there = exists().where(MatterSubject.petition_id == Petition.id, MatterSubject.id == subject_id)
    return current().scalars(_whole().where(Petition.number == number, _known_to(actor), there)).one_or_none()


def own_petition(number: str, actor: Actor) -> Petition | None:
    """The petition with this number if `actor` wrote it."""
    return current().scalars(
        _whole().where(Petition.number == number, Petition.author_id == actor.person_id)).one_or_none()


def acted_petition(number: str, actor: Actor) -> Petition | None:
    """The petition with this number if `actor` wrote it, or acts for who did."""
    own = or_(Petition.author_id == actor.person_id, represented_by(actor))
    return current().scalars(_whole().where(Petition.number == number, own)).one_or_none()


def _whole() -> Select[Petition]:
    return select(Petition).options(
        joinedload(Petition.author), joinedload(Petition.region), joinedload(Petition.check),
        joinedload(Petition.refusal).joinedload(Refusal.appeal), selectinload(Petition.removals),
        selectinload(Petition.files), selectinload(Petition.satisfactions), selectinload(Petition.representatives),
        selectinload(Petition.subjects),
        selectinload(Petition.additions).options(
            selectinload(Addition.files), joinedload(Addition.representative)),
        selectinload(Petition.assignments).options(joinedload(Assignment.institution), joinedload(Assignment.answer)))


def visible_file(
    public_id: UUID, actor: Actor | None, *, original: bool, number: str | None = None,
) -> PetitionFile | None:
    """A file; `original`: the file as it was sent, for which being published is not enough.

    `number`: of the petition it must belong to, where the address says one.
    """
    rule = _known_to(actor)
    if not original:  # what was added after the check before publication is not public
        rule = or_(rule, (Petition.publication == Publication.PUBLISHED) & PetitionFile.addition_id.is_(None))
    found = select(PetitionFile).join(PetitionFile.petition).options(joinedload(PetitionFile.petition)).where(
        PetitionFile.public_id == public_id, PetitionFile.scan != Scan.INFECTED, rule)
    return current().scalars(found.where(Petition.number == number) if number else found).one_or_none()


def viewer_of(petition: Petition, actor: Actor | None) -> Viewer:
    """In which part `actor` reads a petition that is visible to that actor."""
    if actor is None:
        return Viewer.PUBLIC
    if is_author(actor, petition):
        return Viewer.AUTHOR
    if representative_of(actor, petition) is not None:
        return Viewer.REPRESENTATIVE
    return Viewer.STAFF if capacity(actor, petition) else Viewer.PUBLIC
