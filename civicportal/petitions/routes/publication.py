"""The first check before publication, by an officer of the institution: what the public would read, and an advice."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.petitions.forms.publication import AdviceForm
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.checks import clock_for
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.checks import text_of
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import publication as services
from civicportal.petitions.states import PUBLICATION


@blueprint.route("/desk/matters/<number:number>/publication", methods=["GET", "POST"])
@requires(Permission.MATTER_PUBLISH)
def publication(number: str) -> ResponseReturnValue:
    """Exactly what the public would read; advise to publish it, or not to for a reason."""
    actor = require_actor()
    petition = queries.matter(actor, number)
    seen(petition, actor)
    form = AdviceForm()
    if form.validate_on_submit():
        try:
            services.advise(actor, petition, form.refused_for)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error)
        flash(_("Your advice is stored. The portal team makes the second check and decides."), "success")
        return redirect(url_for("petitions.matter", number=number), 303)
    page = render_template("petitions/desk/publication.html", form=form, petition=petition,
                           **text_of(petition),
                           clock=clock_for(petition.check) if petition.check else None,
                           may=PUBLICATION.may(actor, petition, "advise"))
    return page, 400 if form.errors else 200
