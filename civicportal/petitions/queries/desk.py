"""What officers and operators may open. Each rule of who sees what stands inside the one SELECT."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import current
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Addition, Answer, AnswerVersion, Assignment, Petition
from civicportal.petitions.plain import normalise
from civicportal.petitions.queries.visibility import held_by, not_about

T = TypeVar("T")


def desks(actor: Actor) -> Sequence[Institution]:
    """The institutions whose desk `actor` may open, by code."""
    return current().scalars(_desks(actor).order_by(Institution.code)).all()


def desk_of(actor: Actor, code: str) -> Institution:
    """The institution `code` if `actor` may open its desk. Raises NotFound."""
    return _found(current().scalars(_desks(actor).where(Institution.code == normalise(code))).one_or_none())


def _desks(actor: Actor) -> Select[Institution]:
    return select(Institution).where(Institution.id.in_(actor.institutions(Permission.DESK_SEE)))


def matter(actor: Actor, number: str, *, or_held: bool = False) -> Petition:
    """A confirmed petition of which an institution whose desk `actor` may open holds a part.

    `or_held`: also one that it held and passed on, to tell somebody who comes too late what happened.
    Raises NotFound, the same for what is not there and for what is not open to the actor.
    """
    places = actor.institutions(Permission.DESK_SEE)
    had = exists().where(Assignment.petition_id == Petition.id, Assignment.institution_id.in_(places))
    return _found(current().scalars(
        _matters(number).where(had if or_held else held_by(places), not_about(actor))).one_or_none())


def triage_matter(actor: Actor, number: str) -> Petition:
    """A confirmed petition that is or was at the operators' triage desk. Raises NotFound."""
    at_triage = exists().where(Assignment.petition_id == Petition.id, Assignment.institution_id.is_(None))
    return _found(current().scalars(_matters(number).where(at_triage, not_about(actor))).one_or_none())


def _matters(number: str) -> Select[Petition]:
    return select(Petition).where(Petition.number == number, Petition.received_at.is_not(None)).options(
        joinedload(Petition.author), joinedload(Petition.region),
        selectinload(Petition.files), selectinload(Petition.subjects), selectinload(Petition.additions).options(
            selectinload(Addition.files), joinedload(Addition.representative)),
        selectinload(Petition.assignments).options(
            joinedload(Assignment.institution), joinedload(Assignment.department), joinedload(Assignment.officer),
            joinedload(Assignment.proposed_institution), joinedload(Assignment.answer),
        ))


def part_of(actor: Actor, petition: Petition, part_id: int | None = None) -> Assignment:
    """The part that `actor` works on: the one with this id, else the open one, else the latest. Raises NotFound."""
    own = [part for part in petition.assignments
           if part.institution_id is not None and actor.can(Permission.DESK_SEE, part.institution_id)]
    if part_id is not None:
        own = [part for part in own if part.id == part_id]
    return _found(next((part for part in reversed(own) if part.closed_at is None), own[-1] if own else None))


def triage_part(petition: Petition, part_id: int | None = None) -> Assignment:
    """The part at the triage desk: the one with this id, else the latest. Raises NotFound."""
    return _found(next((part for part in reversed(petition.assignments)
                        if part.institution_id is None and part_id in (None, part.id)), None))


def newest_text(answer: Answer | None) -> AnswerVersion | None:
    """The latest saved text of an answer, with its author; None before anything was saved."""
    if answer is None:
        return None
    return current().scalars(
        select(AnswerVersion).where(AnswerVersion.answer_id == answer.id, AnswerVersion.number == answer.current)
        .options(joinedload(AnswerVersion.author))).one_or_none()


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row
