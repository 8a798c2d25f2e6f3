"""The author's appeal against a refusal to publish."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.petitions.forms.publication import AppealForm
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.mine import own_or_404
from civicportal.petitions.services import appeals as services


@blueprint.route("/petitions/<number:number>/appeal", methods=["GET", "POST"])
@requires(Permission.PETITION_OWN)
def appeal(number: str) -> ResponseReturnValue:
    """Why it was refused, and the author's reasons against that; once."""
    actor, petition, form = require_actor(), own_or_404(number), AppealForm()
    page_url = url_for("petitions.show", number=number)
    if form.validate_on_submit():
        try:
            services.appeal(actor, petition, text=form.text.data)
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("Your appeal is stored. The portal team decides it."), "success")
            return redirect(page_url, 303)
    if petition.refusal is None or petition.refusal.appeal is not None:
        return redirect(page_url, 303)
    page = render_template("petitions/appeal.html", petition=petition, form=form, back_url=page_url)
    return page, 400 if form.errors else 200
