"""Operators decide on publication: what waits, one petition's check, and the appeals of authors."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.forms.publication import AppealDecisionForm, PublicationForm
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.checks import (
    appealed_petition,
    appeals_waiting,
    checked_petition,
    checks_waiting,
    clock_for,
)
from civicportal.petitions.queries.removals import in_force
from civicportal.petitions.queries.timeline import author_name
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.files import shown_files
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import appeals
from civicportal.petitions.services import publication as services
from civicportal.petitions.states import APPEAL, PUBLICATION


@blueprint.get("/operator/publication")
@requires(Permission.PUBLICATION_DECIDE)
def checks() -> ResponseReturnValue:
    """What waits for a decision, the next due first: checks, then appeals."""
    waiting = [(petition, clock_for(petition.check)) for petition in checks_waiting(require_actor()) if petition.check]
    return render_template("petitions/checks/listing.html", waiting=waiting,
                           appeals=[(made, clock_for(made)) for made in appeals_waiting(require_actor())])


@blueprint.route("/operator/publication/<number:number>", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def check(number: str) -> ResponseReturnValue:
    """What the public reads or would read; publish it or refuse, and the ways to change or remove it later."""
    actor, form = require_actor(), PublicationForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    if form.validate_on_submit():
        reason = form.refused_for
        done = act(petition, form, lambda: services.refuse(actor, petition, reason) if reason
                   else services.publish(actor, petition),
                   _("Your decision is stored. The author gets a notice."), "petitions.checks")
        if done is not None:
            return done
    page = render_template(
        "petitions/checks/check.html", form=form, petition=petition, **text_of(petition), removal=in_force(petition),
        clock=clock_for(petition.check) if petition.check and petition.publication.waiting else None,
        may={verb: PUBLICATION.may(actor, petition, verb) for verb in ("publish", "remove", "put_back")})
    return page, 400 if form.errors else 200


@blueprint.route("/operator/publication/<number:number>/appeal", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def appeal_decide(number: str) -> ResponseReturnValue:
    """The refusal, the author's reasons, and the decision on them."""
    actor, form = require_actor(), AppealDecisionForm()
    petition = appealed_petition(number, actor)
    seen(petition, actor)
    made = petition.refusal.appeal if petition.refusal else None
    if made is not None and form.validate_on_submit():
        decide = appeals.grant if form.verdict.data == "grant" else appeals.dismiss
        done = act(petition, form, lambda: decide(actor, made, decision=form.decision.data),
                   _("Your decision is stored. The author gets a notice."), "petitions.checks")
        if done is not None:
            return done
    page = render_template("petitions/checks/appeal.html", form=form, petition=petition, **text_of(petition),
                           made=made, clock=clock_for(made) if made and made.decided_at is None else None,
                           may=made is not None and APPEAL.may(actor, made, "grant"))
    return page, 400 if form.errors else 200


def act(
    petition: Petition, form: PortalForm, do: Callable[[], object], done: str, endpoint: str, **values: object
) -> ResponseReturnValue | None:
    """Do what a valid form asks for and lead on; None where the form is to be shown again with its errors."""
    try:
        do()
    except Invalid as error:
        form.blame(error)
        return None
    except (Conflict, Forbidden) as error:
        typed = "\n\n".join(str(field.data) for field in form if field.type in ("TextAreaField", "StringField"))
        return too_late(petition, error, typed=typed, back="petitions.check")
    flash(done, "success")
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]


def text_of(petition: Petition) -> dict[str, object]:
    """What the public reads of a petition, for a template."""
    return {"masked": author_name(petition, Viewer.PUBLIC), "files": shown_files(petition, Viewer.PUBLIC)}
