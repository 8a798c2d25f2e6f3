"""What officers and managers do with a part: take it, give it to somebody, pass it on."""

from collections.abc import Sequence

from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.news import AccountDeleted, StaffLeft
from civicportal.accounts.queries import staff_of
from civicportal.core.clock import now
from civicportal.core.errors import Invalid
from civicportal.core.events import subscribe
from civicportal.core.i18n import _
from civicportal.core.permissions import SYSTEM, Actor, Permission
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current
from civicportal.institutions.models import Department
from civicportal.institutions.queries import departments
from civicportal.petitions import emails
from civicportal.petitions.models import Assignment
from civicportal.petitions.plain import normalise
from civicportal.petitions.queries.destination import destination
from civicportal.petitions.services.claim import claim
from civicportal.petitions.services.moving import hand_over
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.placement import settle_petition
from civicportal.petitions.states import ASSIGNMENT, Opening


def take(actor: Actor, assignment: Assignment, *, version: int) -> None:
    """Make a waiting part the actor's own; the author is told who has it.

    `version`: the one on the page that was sent. Raises Conflict when somebody else was first, or Forbidden.
    """
    with atomic() as session:
        claim(actor, assignment, "take", version)
        apply(ASSIGNMENT, assignment, "take", actor)
        _give(actor, assignment, session.get_one(Person, actor.person_id))


def assign(
    actor: Actor, assignment: Assignment, *, officer_id: int, department_id: int | None, version: int,
) -> None:
    """Give an open part to an officer of its institution, and to a department of it (or none).

    Raises Invalid for an officer or department that is not there, Conflict or Forbidden.
    """
    with atomic():
        claim(actor, assignment, "assign", version)
        officer = next((person for person in eligible_officers(assignment) if person.id == officer_id), None)
        if officer is None:
            raise _refused("officer_id", _("Choose an officer of your institution."))
        department = _department(assignment, department_id)
        apply(ASSIGNMENT, assignment, "assign", actor)
        assignment.department = department
        _give(actor, assignment, officer)


def transfer(
    actor: Actor, assignment: Assignment, *, institution_code: str, reason: str, version: int,
) -> Assignment:
    """Close the part and open the next at another institution; the author is told, with the reason.

    A third hop, or a return to a former holder, opens at the operators' triage desk instead. Returns the part that
    was opened. Raises Invalid for a target or reason that will not do, Conflict or Forbidden.
    """
    with atomic():
        claim(actor, assignment, "transfer", version)
        sentence = given_reason(reason)
        target = destination(assignment, institution_code)
        if target.hurdle:
            return hand_over(actor, assignment, "transfer", None, opening=Opening.TRIAGE, reason=sentence,
                             proposed=target.institution)
        return hand_over(actor, assignment, "transfer", target.institution, opening=Opening.TRANSFER, reason=sentence)


@subscribe(AccountDeleted)
def release_parts(event: AccountDeleted) -> None:
    """What an officer had whose account is gone waits for the next one; its clock goes on."""
    for part in _open_parts_of(event.person_id):
        release(part)


@subscribe(StaffLeft)
def hand_on_parts(event: StaffLeft) -> None:
    """What a leaver had goes to the successor where that person may do it, else back to the desk; clocks go on."""
    handed = []
    for part in _open_parts_of(event.person_id):
        successor = next((one for one in eligible_officers(part) if one.id == event.successor_id), None)
        if successor is None:
            release(part)
            continue
        apply(ASSIGNMENT, part, "assign", SYSTEM)
        _give(SYSTEM, part, successor)
        handed.append(part)
    if handed:
        tell(emails.taken_over(handed))


def release(part: Assignment) -> None:
    """Nobody has the part any more: it waits at its institution. Inside atomic()."""
    apply(ASSIGNMENT, part, "release", SYSTEM)
    part.officer, part.taken_at = None, None
    current().flush()
    settle_petition(SYSTEM, part.petition)


def _open_parts_of(person_id: int) -> Sequence[Assignment]:
    mine = select(Assignment).where(Assignment.officer_id == person_id, Assignment.closed_at.is_(None))
    return current().scalars(mine.order_by(Assignment.id).with_for_update()).all()


def given_reason(reason: str) -> str:
    """The reason as it is stored. Raises Invalid when there is none."""
    sentence = normalise(reason).strip()
    if not sentence:
        raise _refused("reason", _("Write the reason. The author reads it."))
    return sentence


def eligible_officers(assignment: Assignment) -> list[Person]:
    """Who can be given the part: officers of its institution, managers where the author asked again.

    Nobody whom the matter is about.
    """
    if assignment.institution_id is None:
        return []
    needed = Permission.MATTER_REANSWER if assignment.needs_manager else Permission.MATTER_ANSWER
    excluded = {subject.person_id for subject in assignment.petition.subjects}
    return [one for one in staff_of(assignment.institution_id, needed) if one.id not in excluded]


def open_departments(assignment: Assignment) -> list[Department]:
    """The departments of the part's institution that exist today."""
    return list(departments(assignment.institution)) if assignment.institution else []


def _department(assignment: Assignment, department_id: int | None) -> Department | None:
    if department_id is None:
        return None
    for department in open_departments(assignment):
        if department.id == department_id:
            return department
    raise _refused("department_id", _("Choose a department of your institution."))


def _give(actor: Actor, assignment: Assignment, officer: Person) -> None:
    assignment.officer, assignment.taken_at = officer, now()
    current().flush()
    settle_petition(actor, assignment.petition)
    tell(emails.assigned(assignment.petition, assignment))


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
