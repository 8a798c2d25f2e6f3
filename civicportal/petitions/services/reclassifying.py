"""Changing the type of a petition: with a reason, in public, and counted from the receipt that it always had.

A type that gives more time takes a second person. What was late before stays marked as late.
"""

from sqlalchemy.exc import IntegrityError

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.deadlines.counting import Deadline
from civicportal.deadlines.queries import portal_deadline
from civicportal.petitions import emails
from civicportal.petitions.models import Assignment, Petition, Reclassification
from civicportal.petitions.models.publication import REASON_MAX
from civicportal.petitions.policies import can_reclassify
from civicportal.petitions.queries.timeline import open_part
from civicportal.petitions.services.claim import who_was_first
from civicportal.petitions.services.given import words
from civicportal.petitions.services.notices import tell
from civicportal.petitions.states import RECLASSIFICATION, ReclassificationState
from civicportal.petitions.types import TYPES, current_name


def reclassify(actor: Actor, part: Assignment, *, to_type: str, reason: str, version: int) -> Reclassification:
    """Give the petition another type, counted from the receipt of this part.

    It counts at once unless it gives more time: then it waits for a manager who did not propose it. The author is told
    when it counts. `version`: of the part, as the page showed it. Raises Forbidden; Conflict when the part has moved
    on, or a change waits already; Invalid for a type that cannot be filed or is the same, and without a reason.
    """
    with atomic() as session:
        lock(part)
        petition = part.petition
        if part.institution_id is None or not can_reclassify(actor, part):
            raise Forbidden(lazy("You do not have the right to do this."))
        if part.closed_at is not None or part.version != version:
            raise Conflict(who_was_first(part))
        _end_others(petition, part)
        name, why = _type(petition, to_type), words(
            reason, "reason", missing=_("Write the reason. Everybody can read it."), longest=REASON_MAX)
        longer = deadline_as(part, name).due_at > part.due_at
        change = Reclassification(
            petition_id=petition.id, institution_id=part.institution_id, from_type=petition.type, to_type=name,
            reason=why, proposed_by_id=actor.person_id or 0, decided_at=None if longer else now(),
            state=ReclassificationState.WAITING if longer else ReclassificationState.IN_FORCE)
        try:
            with session.begin_nested():
                session.add(change)
        except IntegrityError as error:  # somebody else was faster
            raise Conflict(_("A change of type waits already for a second person.")) from error
        session.expire(petition, ["reclassifications"])
        record(AuditName.RECLASSIFIED, actor, "petition", petition.id, type=name)
        if longer:
            for message in emails.reclassification_waiting(change, actor):
                tell(message)
        else:
            _put_in_force(change, part)
        return change


def confirm(actor: Actor, change: Reclassification) -> None:
    """Let a change of type count, as a second person. Raises Forbidden, and Conflict when it does not wait any more."""
    with atomic():
        part = _decide(actor, change, "confirm")
        _put_in_force(change, part)


def refuse(actor: Actor, change: Reclassification) -> None:
    """Leave the type as it is. Raises as `confirm` does."""
    with atomic():
        _decide(actor, change, "refuse")


def deadline_as(part: Assignment, type_name: str) -> Deadline:
    """When the part would be due as another type. Raises ValueError for one without a period of its own."""
    rule = TYPES[type_name].rule
    if rule is None:
        raise ValueError(f"the type {type_name} has no period of its own")
    return portal_deadline(rule, part.received_at)


def _decide(actor: Actor, change: Reclassification, verb: str) -> Assignment:
    """Lock the open part and the change, and decide. The part."""
    part = open_part(change.petition)
    if part is not None:
        lock(part)
    lock(change)
    if part is None or part.closed_at is not None or part.institution_id != change.institution_id:
        raise Conflict(_("The matter has moved on, so its type stays as it is."))
    apply(RECLASSIFICATION, change, verb, actor)
    change.decided_by_id, change.decided_at = actor.person_id, now()
    return part


def _put_in_force(change: Reclassification, part: Assignment) -> None:
    petition, deadline = change.petition, deadline_as(part, change.to_type)
    if now() >= part.due_at and part.late_since is None:
        part.late_since = part.due_at
    petition.type = change.to_type
    part.counted_at = now()
    for clock in (part, petition):
        clock.due_at, clock.due_date = deadline.due_at, deadline.due_date
        clock.rule, clock.rule_version = deadline.rule.name, deadline.rule.version
    current().flush()
    tell(emails.reclassified(change, part))


def _end_others(petition: Petition, part: Assignment) -> None:
    """A change that was proposed at an institution that does not have the matter any more is over."""
    for change in petition.reclassifications:
        if change.state is ReclassificationState.WAITING and change.institution_id != part.institution_id:
            apply(RECLASSIFICATION, change, "refuse", SYSTEM)
            change.decided_at = now()
    current().flush()


def _type(petition: Petition, to_type: str) -> str:
    name = current_name(to_type)
    if not name:
        raise _refused(_("Choose a type."))
    if name == petition.type:
        raise _refused(_("It has this type already."))
    return name


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"to_type": sentence})
