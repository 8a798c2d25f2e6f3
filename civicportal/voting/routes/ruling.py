"""Rules that hold for every vote: election silences and thresholds."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.voting.forms.operator import PolicyForm, SilenceForm
from civicportal.voting.queries.silences import all_silences
from civicportal.voting.routes.blueprint import blueprint
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import PolicyKind


@blueprint.route("/operator/silences", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
def silences() -> ResponseReturnValue:
    """Election silences that were declared, and a form for the next."""
    form = SilenceForm()
    if form.validate_on_submit():
        ends_at = form.instant(form.last_day, form.last_clock) or now()
        try:
            declare_silence(require_actor(), title=form.title.data, ends_at=ends_at,
                            starts_at=form.instant(form.first_day, form.first_clock))
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("The silence is declared. Votes that would have closed in it close at its end."), "success")
            return redirect(url_for("voting.silences"), 303)
    page = render_template("voting/run/silences.html", form=form, silences=all_silences(), at=now())
    return page, 400 if form.errors else 200


@blueprint.route("/operator/thresholds/new", methods=["GET", "POST"])
@requires(Permission.POLICY_SET)
def policy_new() -> ResponseReturnValue:
    """Set the next version of a threshold."""
    form = PolicyForm(scope=request.args.get("scope", "forum")[:40])
    if form.validate_on_submit():
        try:
            set_policy(require_actor(), scope=form.scope.data, kind=PolicyKind(form.kind.data), value=form.value.data,
                       min_level=form.min_level.data, reason=form.reason.data,
                       in_force_at=form.instant(form.day, form.clock))
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.form_errors.append(str(error.message))
        else:
            flash(_("The threshold is set. Votes that are open keep theirs."), "success")
            return redirect(url_for("voting.policies"), 303)
    page = render_template("voting/run/policy.html", form=form, back_url=url_for("voting.policies"))
    return page, 400 if form.errors else 200
