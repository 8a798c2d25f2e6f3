"""The check before publication: others may read a petition only after an officer has looked at it."""

from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, lock
from civicportal.petitions import emails, policies
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import Petition
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import PUBLICATION, RecordAct, RefusalReason
from civicportal.switches.functions import Function
from civicportal.switches.services import require

__all__ = ["policies", "publish", "refuse"]


def publish(actor: Actor, petition: Petition) -> None:
    """Let everybody read the petition, its author masked; the author is told. Raises Conflict, Forbidden
    or, while publishing is switched off, Unavailable.
    """
    with atomic():
        require(Function.PUBLISHING)
        lock(petition)
        apply(PUBLICATION, petition, "publish", actor)
        petition.published_at = now()
        enter(petition, RecordAct.PUBLISHED, hash_of(petition.title, petition.text))
        tell(emails.published(petition))


def refuse(actor: Actor, petition: Petition, reason: RefusalReason) -> None:
    """Keep the petition between author and institution; the author is told why. Raises Conflict or Forbidden."""
    with atomic():
        lock(petition)
        apply(PUBLICATION, petition, "refuse", actor, reason=reason.value)
        petition.refusal_reason = reason
        tell(emails.publication_refused(petition))
