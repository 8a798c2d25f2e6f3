"""People with a role in the whole portal, and helping somebody who has lost the second factor."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import ConfirmForm
from civicportal.accounts.queries import official, portal_grants, second_factor_of
from civicportal.accounts.role_titles import ROLE_TITLES
from civicportal.accounts.routes.blueprint import blueprint
from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up


@blueprint.get("/operator/people")
@requires(Permission.GRANT_EDIT)
def portal_people() -> str:
    """Who holds a role in the whole portal."""
    return render_template("accounts/portal_people.html", grants=portal_grants(), titles=ROLE_TITLES)


@blueprint.route("/operator/people/<int:person_id>/second-factor", methods=["GET", "POST"])
@requires(Permission.GRANT_EDIT)
@step_up
def second_factor_reset(person_id: int) -> AnyResponse | str:
    """Say what will happen, then take the second factor off."""
    person, form = official(person_id), ConfirmForm()
    if person is None:
        raise NotFound
    if second_factor_of(person.id) is None:
        return render_template("accounts/second_factor_reset.html", person=person, form=None)
    if form.validate_on_submit():
        services.reset_second_factor(require_actor(), person)
        flash(_("The second factor is taken off. %(name)s gets an e-mail.", name=person.name), "success")
        return redirect(url_for("accounts.second_factor_reset", person_id=person_id), 303)
    return render_template("accounts/second_factor_reset.html", person=person, form=form)
