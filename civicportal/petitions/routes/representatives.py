"""Appointing a representative, accepting by the mailed link, and ending it."""

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled
from civicportal.extensions import csrf
from civicportal.petitions.forms.additions import AcceptForm, AppointForm
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.visibility import acted_petition, own_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.services import representatives as services


@blueprint.route("/petitions/<number:number>/representatives", methods=["GET", "POST"])
@throttled
@requires(Permission.PETITION_OWN)
def representatives(number: str) -> ResponseReturnValue:
    """Who may act for the author, and appointing somebody."""
    petition = own_petition(number, require_actor())
    if petition is None:
        raise NotFound
    form = AppointForm()
    if form.validate_on_submit() and _appointed(form, petition):
        flash(_("We have sent a link to %(address)s.", address=form.address.data), "success")
        return redirect(url_for("petitions.representatives", number=number), 303)
    page = render_template("petitions/representatives.html", petition=petition, form=form, living=services.LIVING,
                           back_url=url_for("petitions.show", number=number))
    return page, 400 if form.error_list() else 200


def _appointed(form: AppointForm, petition: Petition) -> bool:
    try:
        services.appoint(require_actor(), petition, name=form.name.data, address=form.address.data)
    except Invalid as error:
        form.blame(error)
        return False
    except Conflict as error:
        form.form_errors.append(str(error.message))
        return False
    return True


@blueprint.post("/petitions/<number:number>/representatives/<int:representative_id>/end")
@requires(Permission.PETITION_OWN)
def representative_end(number: str, representative_id: int) -> ResponseReturnValue:
    """End an appointment at once."""
    actor = require_actor()
    petition = acted_petition(number, actor)
    if petition is None:
        raise NotFound
    services.revoke(actor, petition, representative_id)
    flash(_("The appointment has ended. The person no longer sees the matter."), "success")
    if petition.author_id == actor.person_id:
        return redirect(url_for("petitions.representatives", number=number), 303)
    return redirect(url_for("petitions.my"), 303)


@blueprint.route("/petitions/represent/<string:token>", methods=["GET", "POST"])
@csrf.exempt
@throttled
@public
def represent(token: str) -> Any:
    """The mailed invitation: GET asks, POST accepts or declines. Signs nobody in."""
    form = AcceptForm(token)
    if form.arrived and form.validate():
        mine = form.mine.data == "yes"
        petition = (services.accept if mine else services.decline)(token).petition
        return seal(make_response(render_template("petitions/represented.html", petition=petition, mine=mine)))
    invited = services.invitation(token)
    page = render_template("petitions/represent.html", representative=invited, form=form)
    return seal(make_response(page, 400 if form.arrived else 200))
