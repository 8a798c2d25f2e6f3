"""Removing a public petition, in public: a page stays with reason, authority and date; and putting one back."""

from civicportal.core.clock import now
from civicportal.core.copies import forget_copies
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, lock
from civicportal.petitions import emails
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import Petition, Removal
from civicportal.petitions.models.publication import AUTHORITY_MAX, REASON_MAX
from civicportal.petitions.queries.removals import in_force
from civicportal.petitions.reasons import VERSION, RemovalReason
from civicportal.petitions.services.given import words
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import PUBLICATION, RecordAct
from civicportal.switches.functions import Function
from civicportal.switches.services import require


def remove(actor: Actor, petition: Petition, *, reason: RemovalReason, authority: str) -> Removal:
    """Take a petition, its files and answers from the public; the author is told.

    `authority`: the office that decided it, as everybody reads it. Raises Forbidden, Conflict when it is not public,
    Invalid without an authority.
    """
    with atomic() as session:
        lock(petition)
        by = words(authority, "authority", missing=_("Name the authority that decided it."), longest=AUTHORITY_MAX)
        apply(PUBLICATION, petition, "remove", actor, reason=reason.value)
        made = Removal(
            petition_id=petition.id, number=petition.number, institution_id=petition.assignments[-1].institution_id,
            reason=reason, list_version=VERSION, authority=" ".join(by.split()), removed_at=now(),
            removed_by_id=actor.person_id)
        session.add(made)
        session.flush()
        session.expire(petition, ["removals"])
        enter(petition, RecordAct.REMOVED, reason.value)
        forget_copies()
        tell(emails.removed(petition, made))
        return made


def put_back(actor: Actor, petition: Petition, *, reason: str) -> None:
    """Make a petition public again that should not have been removed. Its entry in the register stays, with the reason.

    Raises Forbidden, Conflict when it is not removed, Invalid without a reason, and Unavailable while publishing is
    switched off.
    """
    with atomic():
        require(Function.PUBLISHING)
        lock(petition)
        why = words(reason, "reason", missing=_("Write the reason. Everybody can read it."), longest=REASON_MAX)
        apply(PUBLICATION, petition, "put_back", actor)
        removal = in_force(petition)
        if removal is not None:
            removal.put_back_at, removal.put_back_by_id, removal.put_back_reason = now(), actor.person_id, why
        enter(petition, RecordAct.PUBLISHED, hash_of(petition.title, petition.text))
        tell(emails.put_back(petition))
