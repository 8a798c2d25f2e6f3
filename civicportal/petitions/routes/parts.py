"""What the pages of the desk share: the part a form is about, and the page for those who come too late."""

from flask import Response, url_for

from civicportal.core.errors import DomainError
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.web.access import require_actor
from civicportal.core.web.acting import not_done
from civicportal.petitions.forms.desk import PartForm
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.visibility import holds
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.claim import check


def opened(number: str, form: PartForm, verb: str) -> tuple[Actor, Petition, Assignment]:
    """The actor, the matter, and the part the form speaks of (else the one in hand).

    On GET the right to `verb` is checked at once; on POST the service does it. Raises NotFound, Forbidden, Conflict.
    """
    actor = require_actor()
    posted = form.is_submitted()
    petition = queries.matter(actor, number, or_held=posted)
    part = queries.part_of(actor, petition, form.part.data if posted else None)
    seen(petition, actor)
    if not posted:
        check(actor, part, verb)
        form.part.data = part.id
    return actor, petition, part


def too_late(petition: Petition, error: DomainError, *, typed: str = "", back: str = "petitions.matter") -> Response:
    """Who was first, and what was typed, kept for copying."""
    back_url, back_text = url_for(back, number=petition.number), ""
    if back == "petitions.matter" and not holds(require_actor(), petition):
        back_url, back_text = url_for("petitions.desk"), _("Back to the desk")
    return not_done(error, number=petition.number, back_url=back_url, back_text=back_text, typed=filter(None, [typed]))
