"""Who may do what to a petition and its parts."""

from civicportal.core.permissions import Actor, Permission
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Answer, Appeal, Assignment, Petition, Reclassification, Representative
from civicportal.petitions.states import (
    ANSWER,
    APPEAL,
    ASSIGNMENT,
    PUBLICATION,
    RECLASSIFICATION,
    REPRESENTATIVE,
    AssignmentState,
    RepresentativeState,
)


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


def can_advise(actor: Actor, petition: Petition) -> bool:
    """An officer of an institution that holds a part of the petition: open, or answered by it. Not on an own one."""
    return not _is_party(actor, petition) and any(
        part.state is not AssignmentState.TRANSFERRED and _may(actor, part, Permission.MATTER_PUBLISH)
        for part in petition.assignments
    )


def is_author(actor: Actor, petition: Petition) -> bool:
    """Whoever filed it."""
    return petition.author_id is not None and petition.author_id == actor.person_id


def representative_of(actor: Actor, petition: Petition) -> Representative | None:
    """Under which appointment somebody acts in a petition."""
    return next((one for one in petition.representatives if actor.person_id is not None
                 and one.person_id == actor.person_id and one.state is RepresentativeState.ACTIVE), None)


def _is_party(actor: Actor, petition: Petition) -> bool:
    """The author, or somebody who acts for the author."""
    return is_author(actor, petition) or representative_of(actor, petition) is not None


def concerned(petition: Petition) -> frozenset[int]:
    """The institutions that a petition is directed at or that have or had a part of it: those it may criticise."""
    places = {petition.chosen_institution_id, *(part.institution_id for part in petition.assignments)}
    return frozenset(place for place in places if place is not None)


def is_outside(actor: Actor, petition: Petition) -> bool:
    """An operator who is no party, nor the subject of the petition, nor has a role at an institution it concerns."""
    places = concerned(petition)
    return (actor.can(Permission.PUBLICATION_DECIDE) and not _is_party(actor, petition)
            and not is_subject(actor, petition) and not any(held.institution_id in places for held in actor.held))


def can_decide_publication(actor: Actor, petition: Petition) -> bool:
    """An operator from outside, and never the one who made the first check: no institution checks alone."""
    advised = petition.check is not None and petition.check.advised_by_id == actor.person_id
    return is_outside(actor, petition) and not advised


def can_correct(actor: Actor, assignment: Assignment) -> bool:
    """Whoever may answer the assignment, for an answer that was sent. Never one's own petition."""
    return can_answer(actor, assignment) and not _is_party(actor, assignment.petition)


def can_appeal(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return is_author(actor, petition)


def can_decide_appeal(actor: Actor, appeal: Appeal) -> bool:
    """An operator from outside who had no hand in the refusal."""
    refusal = appeal.refusal
    return refusal.refused_by_id != actor.person_id and can_decide_publication(actor, refusal.petition)


def can_name_subjects(actor: Actor, petition: Petition) -> bool:
    """The author; officials who hold the matter, and operators, unless it is about them."""
    if is_author(actor, petition):
        return True
    held = any(part.state is not AssignmentState.TRANSFERRED and _may(actor, part, Permission.DESK_SEE)
               for part in petition.assignments)
    return held or can_lift_subjects(actor, petition)


def can_lift_subjects(actor: Actor, petition: Petition) -> bool:
    """Operators, unless it is about them: nobody at an institution admits a colleague again."""
    return actor.can(Permission.TRIAGE_DECIDE) and not is_subject(actor, petition)


def can_rate(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return is_author(actor, petition)


def can_add(actor: Actor, petition: Petition) -> bool:
    """The author, and whom the author appointed."""
    return is_author(actor, petition) or representative_of(actor, petition) is not None


def can_appoint(actor: Actor, petition: Petition) -> bool:
    """The author alone."""
    return is_author(actor, petition)


def can_enter(actor: Actor, institution: Institution) -> bool:
    """Any officer of the institution, for somebody who came there."""
    return actor.can(Permission.MATTER_TAKE, institution.id)


def can_reclassify(actor: Actor, assignment: Assignment) -> bool:
    """The officer who has it, any officer while nobody has it, or a manager; never one's own petition."""
    free = assignment.officer_id in (None, actor.person_id)
    may = (free and _may(actor, assignment, Permission.MATTER_ANSWER)) or can_assign(actor, assignment)
    return may and not _is_party(actor, assignment.petition)


def can_decide_reclassification(actor: Actor, change: Reclassification) -> bool:
    """A manager of the institution who did not propose it, whom the matter is not about and whose it is not."""
    petition = change.petition
    return (actor.can(Permission.MATTER_ASSIGN, change.institution_id) and actor.person_id != change.proposed_by_id
            and not is_subject(actor, petition) and not _is_party(actor, petition))


def can_note(actor: Actor, assignment: Assignment) -> bool:
    """Officials of the institution that has the part, for each other; never about their own petition."""
    return can_see_matter(actor, assignment) and not _is_party(actor, assignment.petition)


def can_readdress_entry(actor: Actor, petition: Petition) -> bool:
    """Officers of an institution that has what an officer entered, whom it is not about, while it has no account."""
    places = {part.institution_id for part in petition.assignments if part.state.open}
    return (petition.entered_at is not None and petition.author is not None and petition.author.level == 0
            and not is_subject(actor, petition)
            and any(place is not None and actor.can(Permission.MATTER_TAKE, place) for place in places))


def can_accept(actor: Actor, representative: Representative) -> bool:
    """Whoever has the address that was invited."""
    return representative.person_id is not None and representative.person_id == actor.person_id


def can_revoke(actor: Actor, representative: Representative) -> bool:
    """The author, and the representative, who may step back."""
    return is_author(actor, representative.petition) or can_accept(actor, representative)


ASSIGNMENT.permit("take", can_take)
ASSIGNMENT.permit("assign", can_assign)
ASSIGNMENT.permit("transfer", can_transfer)
ASSIGNMENT.permit("place", can_place)
ASSIGNMENT.permit("answer", can_answer)
REPRESENTATIVE.permit("accept", can_accept)
REPRESENTATIVE.permit("revoke", can_revoke)
ANSWER.permit("send", can_send)
RECLASSIFICATION.permit("confirm", can_decide_reclassification)
RECLASSIFICATION.permit("refuse", can_decide_reclassification)
PUBLICATION.permit("advise", can_advise)
PUBLICATION.permit("publish", can_decide_publication)
PUBLICATION.permit("refuse", can_decide_publication)
PUBLICATION.permit("remove", is_outside)
PUBLICATION.permit("put_back", is_outside)
APPEAL.permit("grant", can_decide_appeal)
APPEAL.permit("dismiss", can_decide_appeal)
