"""Who may do what to a petition and its parts."""

from civicportal.core.permissions import Actor, Permission
from civicportal.petitions.models import Answer, Appeal, Assignment, Petition
from civicportal.petitions.states import ANSWER, APPEAL, ASSIGNMENT, PUBLICATION, AssignmentState


def can_see_matter(actor: Actor, assignment: Assignment) -> bool:
    """Officials of the institution that holds the part; operators while the triage desk does."""
    if assignment.institution_id is None:
        return actor.can(Permission.TRIAGE_DECIDE)
    return actor.can(Permission.DESK_SEE, assignment.institution_id)


def can_take(actor: Actor, assignment: Assignment) -> bool:
    """An officer of the institution; a further answer asked for by the author goes to a manager."""
    needed = Permission.MATTER_REANSWER if assignment.needs_manager else Permission.MATTER_TAKE
    return assignment.institution_id is not None and actor.can(needed, assignment.institution_id)


def can_assign(actor: Actor, assignment: Assignment) -> bool:
    """A manager or director of the institution."""
    return assignment.institution_id is not None and actor.can(Permission.MATTER_ASSIGN, assignment.institution_id)


def can_transfer(actor: Actor, assignment: Assignment) -> bool:
    """The officer who has it, any officer while nobody has it, or a manager; never after a binding decision."""
    if assignment.institution_id is None or assignment.binding:
        return False
    free = assignment.officer_id in (None, actor.person_id)
    return (free and actor.can(Permission.MATTER_TRANSFER, assignment.institution_id)) or can_assign(actor, assignment)


def can_answer(actor: Actor, assignment: Assignment) -> bool:
    """The officer who has it, or a manager of the institution."""
    mine = assignment.officer_id is not None and assignment.officer_id == actor.person_id
    if assignment.institution_id is None:
        return False
    return (mine and actor.can(Permission.MATTER_ANSWER, assignment.institution_id)) or can_assign(actor, assignment)


def can_place(actor: Actor, assignment: Assignment) -> bool:
    """An operator, for what lies at the triage desk."""
    return assignment.institution_id is None and actor.can(Permission.TRIAGE_DECIDE)


def can_send(actor: Actor, answer: Answer) -> bool:
    """Whoever may answer the assignment."""
    return can_answer(actor, answer.assignment)


def can_advise(actor: Actor, petition: Petition) -> bool:
    """An officer of an institution that holds a part of the petition: open, or answered by it. Not on an own one."""
    return actor.person_id != petition.author_id and any(
        part.institution_id is not None and part.state is not AssignmentState.TRANSFERRED
        and actor.can(Permission.MATTER_PUBLISH, part.institution_id)
        for part in petition.assignments
    )


def concerned(petition: Petition) -> frozenset[int]:
    """The institutions that a petition is directed at or that have or had a part of it: those it may criticise."""
    places = {petition.chosen_institution_id, *(part.institution_id for part in petition.assignments)}
    return frozenset(place for place in places if place is not None)


def is_outside(actor: Actor, petition: Petition) -> bool:
    """An operator who neither wrote the petition nor holds any role at an institution it concerns."""
    places = concerned(petition)
    return (actor.can(Permission.PUBLICATION_DECIDE) and actor.person_id != petition.author_id
            and not any(held.institution_id in places for held in actor.held))


def can_decide_publication(actor: Actor, petition: Petition) -> bool:
    """An operator from outside, and never the one who made the first check: no institution checks alone."""
    advised = petition.check is not None and petition.check.advised_by_id == actor.person_id
    return is_outside(actor, petition) and not advised


def can_correct(actor: Actor, assignment: Assignment) -> bool:
    """Whoever may answer the assignment, for an answer that was sent. Never one's own petition."""
    return can_answer(actor, assignment) and actor.person_id != assignment.petition.author_id


def can_appeal(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return petition.author_id is not None and petition.author_id == actor.person_id


def can_decide_appeal(actor: Actor, appeal: Appeal) -> bool:
    """An operator from outside who had no hand in the refusal."""
    refusal = appeal.refusal
    return refusal.refused_by_id != actor.person_id and can_decide_publication(actor, refusal.petition)


def can_rate(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return petition.author_id is not None and petition.author_id == actor.person_id


ASSIGNMENT.permit("take", can_take)
ASSIGNMENT.permit("assign", can_assign)
ASSIGNMENT.permit("transfer", can_transfer)
ASSIGNMENT.permit("place", can_place)
ASSIGNMENT.permit("answer", can_answer)
ANSWER.permit("send", can_send)
PUBLICATION.permit("advise", can_advise)
PUBLICATION.permit("publish", can_decide_publication)
PUBLICATION.permit("refuse", can_decide_publication)
PUBLICATION.permit("remove", is_outside)
PUBLICATION.permit("put_back", is_outside)
APPEAL.permit("grant", can_decide_appeal)
APPEAL.permit("dismiss", can_decide_appeal)
