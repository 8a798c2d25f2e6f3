"""The operators' triage desk: what waits for an institution, and the binding decision."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.deadlines.queries import portal_calendar
from civicportal.institutions.queries import search
from civicportal.petitions.forms.desk import MoveForm
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.chain import chain
from civicportal.petitions.queries.clock import age_text, clock_of
from civicportal.petitions.queries.destination import Destination, receiver
from civicportal.petitions.queries.inbox import triage_list
from civicportal.petitions.queries.timeline import holder_of
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.files import shown_files
from civicportal.petitions.routes.moves import FOUND_MAX
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import triage as services
from civicportal.petitions.types import TYPES


@blueprint.get("/operator/triage")
@requires(Permission.TRIAGE_DECIDE)
def triage() -> ResponseReturnValue:
    """What lies at the desk; what is due next comes first."""
    page, calendar = triage_list(require_actor(), request.args.get("cursor")), portal_calendar()
    rows = [(part, clock_of(part, calendar=calendar, explain=False)) for part in page.rows]
    return render_template("petitions/triage/listing.html", rows=rows, page=page, types=TYPES, age=age_text)


@blueprint.route("/operator/triage/<number:number>", methods=["GET", "POST"])
@requires(Permission.TRIAGE_DECIDE)
def place(number: str) -> ResponseReturnValue:
    """Choose the institution that must answer."""
    actor, form = require_actor(), MoveForm()
    petition = queries.triage_matter(actor, number)
    seen(petition, actor)
    part = queries.triage_part(petition, form.part.data if form.is_submitted() else None)
    if form.validate_on_submit():
        try:
            opened = services.place(actor, part, institution_code=form.institution_code.data,
                                    reason=form.reason.data, version=form.version.data)
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error, typed=form.reason.data, back="petitions.place")
        else:
            flash(_("The matter is now with: %(holder)s. The author gets a notice.", holder=holder_of(opened)),
                  "success")
            return redirect(url_for("petitions.triage"), 303)
    return _page(form, petition, part)


def _page(form: MoveForm, petition: Petition, part: Assignment) -> ResponseReturnValue:
    target = _target(form, part)
    q = request.args.get("q", "").strip()[:200]
    page = render_template(
        "petitions/triage/place.html", form=form, petition=petition, part=part, target=target, q=q,
        found=search(q, FOUND_MAX), suggestions=services.proposals(petition), steps=chain(petition),
        files=shown_files(petition, Viewer.STAFF), clock=None if part.closed_at else clock_of(part))
    return page, 400 if form.errors else 200


def _target(form: MoveForm, part: Assignment) -> Destination | None:
    if not form.is_submitted():
        form.part.data, form.version.data = part.id, part.version
        form.institution_code.data = request.args.get("to", "")
    if not form.institution_code.data:
        return None
    try:
        return receiver(form.institution_code.data)
    except Invalid as error:
        if not form.institution_code.errors:
            form.blame(error)
        return None
