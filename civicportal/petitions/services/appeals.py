"""The author's appeal against a refusal to publish: once, decided with a reason by somebody who did not refuse."""

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, lock
from civicportal.petitions import emails
from civicportal.petitions.models import Appeal, Petition
from civicportal.petitions.models.publication import APPEAL_MAX
from civicportal.petitions.policies import can_appeal
from civicportal.petitions.queries.checks import appeal_deadline
from civicportal.petitions.services.given import words
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.publication import make_public
from civicportal.petitions.states import APPEAL, PUBLICATION


def appeal(actor: Actor, petition: Petition, *, text: str) -> Appeal:
    """Ask the operators to look at a refusal again. Raises Forbidden, Conflict for a second time, Invalid."""
    with atomic() as session:
        lock(petition)
        if not can_appeal(actor, petition):
            raise Forbidden(lazy("You do not have the right to do this."))
        refusal = petition.refusal
        if refusal is None or refusal.appeal is not None:
            raise Conflict(lazy("There is nothing to appeal against, or you have done so already."))
        deadline = appeal_deadline(now())
        made = Appeal(refusal=refusal, text=words(text, "text", missing=_("Write why it should be public."),
                                              longest=APPEAL_MAX), made_at=now(),
                      due_at=deadline.due_at, due_date=deadline.due_date)
        session.add(made)
        session.flush()
        record(AuditName.APPEAL_MADE, actor, "appeal", made.id)
        return made


def grant(actor: Actor, made: Appeal, *, decision: str) -> None:
    """Publish the petition after all; the author reads why. Raises Forbidden, Conflict or Invalid."""
    with atomic():
        petition = _decide(actor, made, "grant", decision)
        apply(PUBLICATION, petition, "overturn", SYSTEM)
        make_public(petition)
        tell(emails.appeal_decided(made))


def dismiss(actor: Actor, made: Appeal, *, decision: str) -> None:
    """Leave the petition private; the author reads why. Raises Forbidden, Conflict or Invalid."""
    with atomic():
        _decide(actor, made, "dismiss", decision)
        tell(emails.appeal_decided(made))


def _decide(actor: Actor, made: Appeal, verb: str, decision: str) -> Petition:
    petition = made.refusal.petition
    lock(petition)
    lock(made)
    given = words(decision, "decision", missing=_("Write the reason. The author reads it."), longest=APPEAL_MAX)
    apply(APPEAL, made, verb, actor)
    made.decision, made.decided_at, made.decided_by_id = given, now(), actor.person_id
    return petition

