"""Who may do what to a petition and its parts."""

from civicportal.core.permissions import Actor, Permission
from civicportal.petitions.models import Answer, Assignment, Petition
from civicportal.petitions.states import ANSWER, ASSIGNMENT, PUBLICATION, AssignmentState


def is_subject(actor: Actor, petition: Petition) -> bool:
    """Whether the matter is about the actor, who then may neither open it as an official nor work on it."""
    return any(subject.person_id == actor.person_id for subject in petition.subjects)


def _may(actor: Actor, assignment: Assignment, permission: Permission) -> bool:
    """Whether the actor holds the permission where the part is, and the matter is not about that very person."""
    here = assignment.institution_id is not None and actor.can(permission, assignment.institution_id)
    return here and not is_subject(actor, assignment.petition)


def _at_triage(actor: Actor, assignment: Assignment) -> bool:
    at_triage = assignment.institution_id is None and actor.can(Permission.TRIAGE_DECIDE)
    return at_triage and not is_subject(actor, assignment.petition)


def can_see_matter(actor: Actor, assignment: Assignment) -> bool:
    """Officials of the institution that holds the part; operators while the triage desk does."""
    return _at_triage(actor, assignment) or _may(actor, assignment, Permission.DESK_SEE)


def can_take(actor: Actor, assignment: Assignment) -> bool:
    """An officer of the institution; a further answer asked for by the author goes to a manager."""
    needed = Permission.MATTER_REANSWER if assignment.needs_manager else Permission.MATTER_TAKE
    return _may(actor, assignment, needed)


def can_assign(actor: Actor, assignment: Assignment) -> bool:
    """A manager or director of the institution."""
    return _may(actor, assignment, Permission.MATTER_ASSIGN)


def can_transfer(actor: Actor, assignment: Assignment) -> bool:
    """The officer who has it, any officer while nobody has it, or a manager; never after a binding decision."""
    if assignment.institution_id is None or assignment.binding:
        return False
    free = assignment.officer_id in (None, actor.person_id)
    return (free and _may(actor, assignment, Permission.MATTER_TRANSFER)) or can_assign(actor, assignment)


def can_answer(actor: Actor, assignment: Assignment) -> bool:
    """The officer who has it, or a manager of the institution."""
    mine = assignment.officer_id is not None and assignment.officer_id == actor.person_id
    return (mine and _may(actor, assignment, Permission.MATTER_ANSWER)) or can_assign(actor, assignment)


def can_place(actor: Actor, assignment: Assignment) -> bool:
    """An operator, for what lies at the triage desk."""
    return _at_triage(actor, assignment)


def can_send(actor: Actor, answer: Answer) -> bool:
    """Whoever may answer the assignment."""
    return can_answer(actor, answer.assignment)


def can_decide_publication(actor: Actor, petition: Petition) -> bool:
    """An officer of an institution that holds a part of the petition: open, or answered by it."""
    return any(
        part.state is not AssignmentState.TRANSFERRED and _may(actor, part, Permission.MATTER_PUBLISH)
        for part in petition.assignments
    )


def can_name_subjects(actor: Actor, petition: Petition) -> bool:
    """The author; officials who hold the matter, and operators, unless it is about them."""
    if actor.person_id is not None and actor.person_id == petition.author_id:
        return True
    held = any(part.state is not AssignmentState.TRANSFERRED and _may(actor, part, Permission.DESK_SEE)
               for part in petition.assignments)
    return held or can_lift_subjects(actor, petition)


def can_lift_subjects(actor: Actor, petition: Petition) -> bool:
    """Operators, unless it is about them: nobody at an institution admits a colleague again."""
    return actor.can(Permission.TRIAGE_DECIDE) and not is_subject(actor, petition)


def can_rate(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return petition.author_id is not None and petition.author_id == actor.person_id


ASSIGNMENT.permit("take", can_take)
ASSIGNMENT.permit("assign", can_assign)
ASSIGNMENT.permit("transfer", can_transfer)
ASSIGNMENT.permit("place", can_place)
ASSIGNMENT.permit("answer", can_answer)
ANSWER.permit("send", can_send)
PUBLICATION.permit("publish", can_decide_publication)
PUBLICATION.permit("refuse", can_decide_publication)
