"""The check before publication: others may read a petition only after it was looked at.

An officer of the institution that has the matter may look first, and advises. Somebody from outside decides: a
petition is never kept from the public, or made public, by the institution it may criticise alone.
"""

from civicportal.core.clock import now
from civicportal.core.permissions import Actor, Permission
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails, policies
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import Petition, PublicationCheck, Refusal
from civicportal.petitions.queries.checks import check_deadline
from civicportal.petitions.reasons import VERSION, RefusalReason
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.services.revising import keep_first
from civicportal.petitions.states import PUBLICATION, RecordAct
from civicportal.switches.functions import Function
from civicportal.switches.services import require

__all__ = ["advise", "begin_check", "make_public", "policies", "publish", "refuse"]


def begin_check(petition: Petition) -> None:
    """Start the clock of the check of a petition that is received now. Inside atomic()."""
    deadline = check_deadline(now())
    current().add(PublicationCheck(petition_id=petition.id, asked_at=now(), due_at=deadline.due_at,
                                   due_date=deadline.due_date))


def advise(actor: Actor, petition: Petition, reason: RefusalReason | None) -> None:
    """Say for the institution whether to publish (None) or why not; somebody from outside decides.

    Raises Conflict when somebody has looked already, or Forbidden.
    """
    with atomic():
        lock(petition)
        apply(PUBLICATION, petition, "advise", actor, reason=reason and reason.value)
        check = petition.check
        if check is not None:
            check.advised_at, check.advised_by_id, check.advice_reason = now(), actor.person_id, reason
            check.advised_for_id = next((
                part.institution_id for part in reversed(petition.assignments)
                if part.institution_id is not None and actor.can(Permission.MATTER_PUBLISH, part.institution_id)), None)


def publish(actor: Actor, petition: Petition) -> None:
    """Let everybody read the petition, its author masked; the author is told. Raises Conflict, Forbidden
    or, while publishing is switched off, Unavailable.
    """
    with atomic():
        lock(petition)
        apply(PUBLICATION, petition, "publish", actor)
        make_public(petition)
        tell(emails.published(petition))


def make_public(petition: Petition) -> None:
    """What follows when a petition becomes public for the first time. Inside atomic().

    Raises Unavailable while publishing is switched off.
    """
    require(Function.PUBLISHING)
    petition.published_at = now()
    keep_first(petition)
    enter(petition, RecordAct.PUBLISHED, hash_of(petition.title, petition.text))


def refuse(actor: Actor, petition: Petition, reason: RefusalReason) -> None:
    """Keep the petition between author and institution; the author is told why. Raises Conflict or Forbidden."""
    with atomic() as session:
        lock(petition)
        apply(PUBLICATION, petition, "refuse", actor, reason=reason.value)
        petition.refusal = Refusal(
            institution_id=petition.assignments[-1].institution_id, reason=reason, list_version=VERSION,
            refused_at=now(), refused_by_id=actor.person_id)
        session.flush()
        tell(emails.publication_refused(petition))
