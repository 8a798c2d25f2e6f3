"""Who may see a petition: one rule, in the one SELECT of every page, file and feed.

Everybody once it is published; always its author; after reception the institutions that hold a part of it (open, or
answered by them; not one that passed it on), and the operators. What is hidden is not found, exactly like what is
not there.

Whom the author appointed sees what the author sees, as long as the appointment holds.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import current
from civicportal.petitions.models import Addition, Assignment, Petition, PetitionFile, Refusal, Representative
from civicportal.petitions.policies import is_author, representative_of
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
        rules.append(received)
    elif places := actor.institutions(Permission.DESK_SEE):
        rules.append(received & held_by(places))
    return or_(*rules)


def represented_by(actor: Actor) -> ColumnElement[bool]:
    """Petitions in which `actor` acts for the author."""
    return exists().where(Representative.petition_id == Petition.id, Representative.person_id == actor.person_id,
                          Representative.state == RepresentativeState.ACTIVE)


def held_by(places: Sequence[int]) -> ColumnElement[bool]:
    """Petitions of which one of these institutions holds a part: open, or answered by it."""
    return exists().where(Assignment.petition_id == Petition.id, Assignment.institution_id.in_(places),
                          Assignment.state != AssignmentState.TRANSFERRED)


def holds(actor: Actor, petition: Petition) -> bool:
    """The same of a petition that is loaded, for the institutions whose desk `actor` may open."""
    places = set(actor.institutions(Permission.DESK_SEE))
    return any(part.institution_id in places and part.state is not AssignmentState.TRANSFERRED
               for part in petition.assignments)


def visible_petition(number: str, actor: Actor | None) -> Petition | None:
    """The petition with this number, with all its page needs, if `actor` may see it."""
    return current().scalars(_whole().where(Petition.number == number, visible_to(actor))).one_or_none()


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
    return Viewer.STAFF if actor.is_operator or holds(actor, petition) else Viewer.PUBLIC
