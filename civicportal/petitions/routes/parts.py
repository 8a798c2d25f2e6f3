"""What the pages of the desk share: the part a form is about, and the page for those who come too late."""

from flask import Response, make_response, render_template

from civicportal.core.errors import DomainError, Forbidden
from civicportal.core.permissions import Actor
from civicportal.core.web.access import require_actor
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
    if back == "petitions.matter" and not holds(require_actor(), petition):
        back = ""
    status = 403 if isinstance(error, Forbidden) else 409
    page = render_template("petitions/desk/too_late.html", petition=petition, message=error.message, typed=typed,
                           back=back)
    return make_response(page, status)
