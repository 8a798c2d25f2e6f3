"""The operators' page of what is kept: the schedule, legal holds, and what went."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _, local
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.retention import queries
from civicportal.retention.forms import HoldForm
from civicportal.retention.models import HeldKind
from civicportal.retention.schedule import all_in_force
from civicportal.retention.services import holding

blueprint = Blueprint("retention", __name__)


@blueprint.get("/operator/retention")
@requires(Permission.RECORDS_KEEP)
def listing() -> str:
    """What is held, what is kept for how long, and what went."""
    periods = all_in_force(local(now()).date())
    return render_template(
        "retention/listing.html", holds=queries.holds(), periods=periods, runs=queries.runs(), settings=settings(),
        titles={period.name: period.title for period in periods}, last=queries.last_finished())


@blueprint.route("/operator/retention/holds/new", methods=["GET", "POST"])
@requires(Permission.RECORDS_KEEP)
@step_up
def hold() -> AnyResponse:
    """Begin a legal hold."""
    form = HoldForm()
    try:
        if form.validate_on_submit():
            holding.begin_hold(
                require_actor(), HeldKind(form.kind.data), form.named.data or "", reason=form.reason.data or "")
            flash(_("It is held now. Nothing of it goes until the hold is ended."), "success")
            return redirect(url_for("retention.listing"), 303)
    except Invalid as error:
        form.blame(error)
    return make_response(render_template("retention/hold.html", form=form), 400 if form.is_submitted() else 200)


@blueprint.route("/operator/retention/holds/<int:hold_id>/end", methods=["GET", "POST"])
@requires(Permission.RECORDS_KEEP)
@step_up
def end(hold_id: int) -> AnyResponse:
    """End a hold; says beforehand what follows."""
    form, row = HoldForm(), queries.running_hold(hold_id)
    if row is None:
        raise NotFound
    if form.is_submitted():
        holding.end_hold(require_actor(), hold_id)
        flash(_("The hold is over."), "success")
        return redirect(url_for("retention.listing"), 303)
    return make_response(render_template("retention/end.html", form=form, row=row))
