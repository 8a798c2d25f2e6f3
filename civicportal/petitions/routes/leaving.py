"""A leaver: open work moves on and access ends, in one act."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from civicportal.accounts.queries import grants_of, official
from civicportal.accounts.role_titles import ROLE_TITLES
from civicportal.accounts.services import end_access
from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.institutions.queries import get
from civicportal.petitions.forms.officials import LeavingForm
from civicportal.petitions.queries.leaving import colleagues, open_work
from civicportal.petitions.routes.blueprint import blueprint


@blueprint.route("/operator/people/<int:person_id>/leaving", methods=["GET", "POST"])
@requires(Permission.GRANT_EDIT)
@step_up
def leaving(person_id: int) -> ResponseReturnValue:
    """What the leaver has, who takes it over, and what ends."""
    person, form = official(person_id), LeavingForm()
    if person is None:
        raise NotFound
    work = open_work(person_id)
    form.successor_id.choices = [SelectChoice(0, _("Nobody: back to the desk")), *(
        SelectChoice(one.id, one.name or "") for one in colleagues(person_id, work))]
    if form.validate_on_submit():
        end_access(require_actor(), person, successor_id=form.successor_id.data or None)
        flash(_("%(name)s no longer has access. The open work has moved on.", name=person.name), "success")
        return redirect(url_for("accounts.portal_people"), 303)
    roles = [(ROLE_TITLES[grant.role], get(grant.scope_id) if grant.scope_id else None)
             for grant in grants_of(person_id)]
    page = render_template("petitions/officials/leaving.html", form=form, person=person, roles=roles, work=work)
    return page, 400 if form.errors else 200
