"""Pages about institutions: public ones for everyone, editing for operators."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from civicportal.accounts import queries as account_queries
from civicportal.accounts import services as account_services
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires, step_up
from civicportal.core.web.forms import PortalForm
from civicportal.institutions import queries
from civicportal.institutions.forms import ROLE_TITLES, DepartmentForm, GrantForm, InstitutionForm
from civicportal.institutions.models import Institution
from civicportal.institutions.profile_blocks import profile_blocks
from civicportal.institutions.services import editing
from civicportal.institutions.states import InstitutionType

blueprint = Blueprint("institutions", __name__)
View = str | tuple[str, int] | Response
LOOKUP_MAX = 10


@blueprint.get("/institutions")
@public
def listing() -> str:
    chosen = queries.Filter(
        q=request.args.get("q", "").strip()[:200], region=request.args.get("region") or None,
        type=_type(request.args.get("type")))
    page = queries.listing(chosen, locale=g.locale, size=settings().page_size, after=request.args.get("after"))
    return render_template(
        "institutions/listing.html", chosen=chosen, page=page, counts=queries.counts_by_type(chosen),
        types=list(InstitutionType), regions=queries.regions(), today=queries.today(),
        successors={row.id: queries.resolve_successor(row) for row in page.rows if not row.active(queries.today())})


@blueprint.get("/institutions/<string:code>")
@public
def show(code: str) -> str:
    institution = queries.require(code)
    return render_template(
        "institutions/show.html", institution=institution, departments=queries.departments(institution),
        open=institution.active(queries.today()), successor=queries.resolve_successor(institution),
        blocks=profile_blocks(institution.id, g.locale))


@blueprint.route("/operator/institutions/new", methods=["GET", "POST"])
@requires(Permission.INSTITUTION_EDIT)
def new() -> View:
    form = _institution_form()
    if _saves(form):
        try:
            made = editing.add_institution(require_actor(), code=form.code.data, values=_institution(form))
        except Invalid as error:
            _mark(form, error)
        else:
            flash(_("The institution was added."), "success")
            return redirect(url_for(".edit", code=made.code), 303)
    return _form_page("institutions/edit.html", form, institution=None)


@blueprint.route("/operator/institutions/<string:code>/edit", methods=["GET", "POST"])
@requires(Permission.INSTITUTION_EDIT)
def edit(code: str) -> View:
    institution = queries.require(code)
    form = _institution_form(institution)
    if _saves(form):
        try:
            editing.change_institution(require_actor(), code, values=_institution(form))
        except Invalid as error:
            _mark(form, error)
        else:
            flash(_("Your changes were saved."), "success")
            return redirect(url_for(".edit", code=code), 303)
    return _form_page("institutions/edit.html", form, institution=institution)


@blueprint.route("/operator/institutions/<string:code>/departments/new", methods=["GET", "POST"])
@requires(Permission.INSTITUTION_EDIT)
def department_new(code: str) -> View:
    institution, form = queries.require(code), DepartmentForm()
    if form.validate_on_submit():
        try:
            editing.add_department(require_actor(), code, code=form.code.data, values=_department(form))
        except Invalid as error:
            _mark(form, error)
        else:
            flash(_("The department was added."), "success")
            return redirect(url_for(".edit", code=code, _anchor="departments"), 303)
    return _form_page("institutions/department.html", form, institution=institution, department=None)


@blueprint.route("/operator/institutions/<string:code>/departments/<string:department_code>", methods=["GET", "POST"])
@requires(Permission.INSTITUTION_EDIT)
def department_edit(code: str, department_code: str) -> View:
    institution = queries.require(code)
    department = queries.require_department(institution, department_code)
    form = DepartmentForm(obj=department)
    form.fix_code()
    if form.validate_on_submit():
        try:
            editing.change_department(require_actor(), code, department_code, values=_department(form))
        except Invalid as error:
            _mark(form, error)
        else:
            flash(_("Your changes were saved."), "success")
            return redirect(url_for(".edit", code=code, _anchor="departments"), 303)
    return _form_page("institutions/department.html", form, institution=institution, department=department)


@blueprint.route("/operator/institutions/<string:code>/people", methods=["GET", "POST"])
@requires(Permission.GRANT_EDIT)
@step_up
def people(code: str) -> View:
    institution, form = queries.require(code), GrantForm()
    if form.validate_on_submit():
        person = account_queries.confirmed_by_address(form.address.data)
        if person is not None:
            account_services.grant_role(require_actor(), person, form.role.data, institution.id)
            flash(_("The role was given."), "success")
            return redirect(url_for(".people", code=code), 303)
        form.address.errors = [_("No account with this address was found, or its address is not confirmed yet.")]
    return _form_page("institutions/people.html", form, institution=institution, role_titles=ROLE_TITLES,
                      grants=account_queries.grants_at(institution.id))


@blueprint.post("/operator/institutions/<string:code>/people/<int:grant_id>/end")
@requires(Permission.GRANT_EDIT)
@step_up
def grant_end(code: str, grant_id: int) -> Response:
    grants = {grant.id: grant for grant in account_queries.grants_at(queries.require(code).id)}
    if grant_id not in grants:
        raise NotFound(_("There is no such role."))
    account_services.end_grant(require_actor(), grants[grant_id])
    flash(_("The role has ended."), "success")
    return redirect(url_for(".people", code=code), 303)


def _type(text: str | None) -> InstitutionType | None:
    return InstitutionType(text) if text in list(InstitutionType) else None


def _institution_form(institution: Institution | None = None) -> InstitutionForm:
    """The form, filled with what is stored, with its list of regions."""
    form = InstitutionForm(obj=institution, data={
        "parent_code": institution.parent.code if institution.parent else "",
        "successor_code": institution.successor.code if institution.successor else "",
    } if institution else None)
    if institution:
        form.fix_code()
    form.offer_regions(queries.regions(), g.locale)
    return form


def _saves(form: InstitutionForm) -> bool:
    """Whether the form was sent to be saved and is right; looking for a code only shows it again.

    The button for that is the first of the form, so the Enter key presses it as well: without words it saves.
    """
    return not ("find" in request.form and form.lookup.data) and form.validate_on_submit()


def _form_page(template: str, form: PortalForm, **context: object) -> tuple[str, int]:
    lookup = form.lookup.data if isinstance(form, InstitutionForm) else ""
    found = queries.search(lookup, LOOKUP_MAX) if lookup else []
    return render_template(template, form=form, found=found, **context), 400 if form.errors else 200


def _mark(form: PortalForm, error: Invalid) -> None:
    """Show what a service refused at the fields it named."""
    for name, text in (error.fields or {"": error.message}).items():
        if name in form:
            form[name].errors = [*form[name].errors, text]
        else:
            form.form_errors.append(text)


def _institution(form: InstitutionForm) -> editing.InstitutionFields:
    return editing.InstitutionFields(
        name_ko=form.name_ko.data, name_en=form.name_en.data or None, type=form.type.data,
        region_code=form.region_code.data or None, parent_code=form.parent_code.data or None,
        successor_code=form.successor_code.data or None, remit_ko=form.remit_ko.data or "",
        remit_en=form.remit_en.data or "", phone=form.phone.data or None, website=form.website.data or None,
        active_from=form.active_from.data, active_to=form.active_to.data)


def _department(form: DepartmentForm) -> editing.DepartmentFields:
    return editing.DepartmentFields(
        name_ko=form.name_ko.data, name_en=form.name_en.data or None, phone=form.phone.data or None,
        active_from=form.active_from.data, active_to=form.active_to.data)
