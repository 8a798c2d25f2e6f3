"""Giving a matter to an officer, and passing it on to another institution."""

from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Permission
from civicportal.core.web.access import requires
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import search
from civicportal.petitions.forms.desk import AssignForm, MoveForm
from civicportal.petitions.models import Assignment
from civicportal.petitions.queries.destination import Destination, destination
from civicportal.petitions.queries.timeline import holder_of
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.parts import opened, too_late
from civicportal.petitions.services import desk as services

FOUND_MAX = 20


@blueprint.route("/desk/matters/<number:number>/assign", methods=["GET", "POST"])
@requires(Permission.MATTER_ASSIGN)
def assign(number: str) -> ResponseReturnValue:
    """Choose the officer and the department."""
    form = AssignForm()
    actor, petition, part = opened(number, form, "assign")
    _offer(form, part)
    if form.validate_on_submit():
        try:
            services.assign(actor, part, officer_id=form.officer_id.data, version=form.version.data,
                            department_id=form.department_id.data or None)
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error)
        else:
            flash(_("The matter has its officer. The author gets a notice with the name."), "success")
            return redirect(url_for("petitions.matter", number=number), 303)
    page = render_template("petitions/desk/assign.html", form=form, petition=petition, part=part)
    return page, 400 if form.errors else 200


def _offer(form: AssignForm, part: Assignment) -> None:
    """Fill in who and what can be chosen, and on the first look what is chosen now."""
    officers = services.eligible_officers(part)
    form.officer_id.choices = [SelectChoice(person.id, person.name or "") for person in officers]
    departments = [SelectChoice(row.id, row.name(current_locale())) for row in services.open_departments(part)]
    form.department_id.choices = [SelectChoice(0, _("No department")), *departments]
    if not form.is_submitted():
        form.version.data = part.version
        form.officer_id.data, form.department_id.data = part.officer_id, part.department_id or 0


@blueprint.route("/desk/matters/<number:number>/transfer", methods=["GET", "POST"])
@requires(Permission.MATTER_TRANSFER)
def transfer(number: str) -> ResponseReturnValue:
    """Look for the institution, then read what will be sent to whom, write the reason and send it."""
    form = MoveForm()
    actor, petition, part = opened(number, form, "transfer")
    if form.validate_on_submit():
        try:
            opened_part = services.transfer(actor, part, institution_code=form.institution_code.data,
                                            reason=form.reason.data, version=form.version.data)
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error, typed=form.reason.data)
        else:
            flash(_("The matter is now with: %(holder)s. The author gets a notice.", holder=holder_of(opened_part)),
                  "success")
            from_desk = cast(Institution, part.institution)  # `opened` gives no part of the triage desk
            return redirect(url_for("petitions.inbox", code=from_desk.code), 303)
    target = _target(form, part)
    return render_template("petitions/desk/transfer.html", form=form, petition=petition, part=part, target=target,
                           q=_q(), found=search(_q(), FOUND_MAX)), 400 if form.errors else 200


def _q() -> str:
    return request.args.get("q", "").strip()[:200]


def _target(form: MoveForm, part: Assignment) -> Destination | None:
    """Where the chosen institution would lead; None while nothing, or something impossible, is chosen."""
    if not form.is_submitted():
        form.version.data, form.institution_code.data = part.version, request.args.get("to", "")
    if not form.institution_code.data:
        return None
    try:
        return destination(part, form.institution_code.data)
    except Invalid as error:
        if not form.institution_code.errors:
            form.blame(error)
        return None
