"""Leaving."""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import DeletionForm, refuse
from civicportal.accounts.models import Person
from civicportal.accounts.routes.blueprint import blueprint, current_person
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import close_session, public, require_actor, requires
from civicportal.core.web.headers import clear
from civicportal.core.web.limits import throttled


@blueprint.route("/account/delete", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@throttled
def delete() -> AnyResponse:
    """Says beforehand what goes and what stays, asks for password or code, then deletes the account."""
    person = current_person()
    form = _form(person)
    typed = {field.name: field.data for field in form if field.name in ("current_password", "code")}
    try:
        if form.validate_on_submit():
            services.delete_account(require_actor(), person, **typed)
            close_session()
            return clear(make_response(redirect(url_for("accounts.deleted"), 303)))
    except Invalid as error:
        refuse(form, error)
    page = render_template("accounts/delete.html", form=form, person=person)
    return make_response(page, 400 if form.errors else 200)


@blueprint.post("/account/delete/code")
@requires(Permission.ACCOUNT_OWN)
@throttled
def delete_code() -> AnyResponse:
    """Mail a code to an account without a password."""
    services.request_deletion_code(require_actor(), current_person())
    flash(_("We sent you an e-mail with six digits. Type them below."))
    return redirect(url_for("accounts.delete"), 303)


@blueprint.get("/account/deleted")
@public
def deleted() -> str:
    """The end."""
    return render_template("accounts/deleted.html")


def _form(person: Person) -> DeletionForm:
    form = DeletionForm()
    del form["code" if person.password_hash else "current_password"]
    return form
