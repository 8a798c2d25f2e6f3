"""Opening and closing assignments: what moves when a matter moves."""

from datetime import datetime

from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.core.states import settle
from civicportal.core.transactions import current
from civicportal.deadlines.queries import portal_deadline
from civicportal.deadlines.rules import TRIAGE, Rule
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.states import PETITION, Opening, PetitionState, petition_state
from civicportal.petitions.types import TYPES

__all__ = ["open_assignment", "rule_for", "settle_petition"]


def rule_for(petition: Petition, institution: Institution | None) -> Rule:
    """The clock of a part: the type's own at an institution, the triage rule at the operators' desk."""
    rule = TYPES[petition.type].rule if institution else TRIAGE
    if rule is None:
        raise ValueError(f"the type {petition.type} has no period of its own")
    return rule


def open_assignment(
    actor: Actor, petition: Petition, institution: Institution | None, *, opening: Opening, reason: str = "",
    proposed: Institution | None = None, binding: bool = False, needs_manager: bool = False,
    since: datetime | None = None,
) -> Assignment:
    """Open the lead part at an institution, or at the triage desk (None), and start its clock.

    The caller has closed the former lead part in the same transaction. `reason`: a sentence the author may read.
    `since`: from when the clock counts, unless from now.
    """
    present = since or now()
    rule = rule_for(petition, institution)
    deadline = portal_deadline(rule, present)
    part = Assignment(
        petition=petition, institution=institution, opening=opening, reason=reason, proposed_institution=proposed,
        binding=binding, needs_manager=needs_manager, opened_by_id=actor.person_id, lead=True,
        filed_at=petition.filed_at, received_at=present, due_at=deadline.due_at, due_date=deadline.due_date,
        rule=rule.name, rule_version=rule.version,
    )
    session = current()
    session.add(part)
    session.flush()
    if institution is not None or petition.due_at is None:
        petition.due_at, petition.due_date = deadline.due_at, deadline.due_date
        petition.rule, petition.rule_version = rule.name, rule.version
    settle_petition(actor, petition)
    return part


def settle_petition(actor: Actor, petition: Petition) -> None:
    """Compute the petition's state from its parts and store it."""
    parts = [(part.state, part.lead, part.institution_id is not None) for part in petition.assignments]
    state = petition_state(petition.received_at is not None, parts)
    settle(PETITION, petition, state, actor)
    petition.answered_at = now() if state is PetitionState.ANSWERED else None
