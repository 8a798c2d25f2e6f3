"""Handing a matter over: one part closes, the next opens, the author is told, all in one transaction."""

from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.core.states import apply
from civicportal.core.transactions import current
from civicportal.institutions.models import Institution
from civicportal.petitions import emails
from civicportal.petitions.models import Assignment
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.placement import open_assignment
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import ASSIGNMENT, Opening, RecordAct


def hand_over(
    actor: Actor, part: Assignment, verb: str, institution: Institution | None, *, opening: Opening, reason: str,
    proposed: Institution | None = None, binding: bool = False,
) -> Assignment:
    """Close `part` with `verb` and open the next one at `institution`, or at the triage desk (None).

    The reason stands on the next part, so that the chain reads from one institution to the next. What the author
    asked of a manager stays with a manager.
    """
    apply(ASSIGNMENT, part, verb, actor)
    part.closed_at = now()
    current().flush()
    opened = open_assignment(
        actor, part.petition, institution, opening=opening, reason=reason, proposed=proposed, binding=binding,
        needs_manager=part.needs_manager)
    enter(part.petition, RecordAct.TRANSFERRED, institution.code if institution else "triage")
    tell(emails.transferred(part.petition, part, opened))
    return opened
