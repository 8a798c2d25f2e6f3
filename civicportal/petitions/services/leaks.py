"""Holding back a text with personal data until somebody has looked at it."""

from civicportal.core.audit import AuditName, record
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.petitions.models import Assignment
from civicportal.petitions.queries.leaks import leaks_in


class LeaksFound(Invalid):
    """The text holds what could be personal data, and nobody has said that it may be sent as it is."""

    def __init__(self) -> None:
        sentence = _("Look at what was found, then change the text or tick that it may be sent as it is.")
        super().__init__(sentence, fields={"leaks_seen": sentence})


def check_leaks(actor: Actor, part: Assignment, text: str, *, seen: bool) -> None:
    """Let a text out that holds no personal data, or of which the actor has said that it may go: that is on record.

    Raises LeaksFound.
    """
    found = leaks_in(text)
    if found and not seen:
        raise LeaksFound
    if found:
        kinds = ",".join(sorted({leak.kind.value for leak in found}))
        record(AuditName.LEAKS_SEEN, actor, "assignment", part.id, kinds=kinds)
