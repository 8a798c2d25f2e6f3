"""One's own account: overview, name and telephone, address, password."""

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import AddressConfirmForm, AddressForm, PasswordForm, ProfileForm, refuse
from civicportal.accounts.phone_numbers import shown_phone
from civicportal.accounts.queries import needs_second_factor, sessions_of
from civicportal.accounts.routes.blueprint import blueprint, current_person
from civicportal.accounts.states import TokenPurpose
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled


@blueprint.get("/account")
@requires(Permission.ACCOUNT_OWN)
def overview() -> str:
    """What the portal knows about the person, and where to change it."""
    person = current_person()
    return render_template("accounts/overview.html", person=person, sessions=sessions_of(person.id),
                           second_factor=needs_second_factor(require_actor()),
                           phone=shown_phone(person.phone) if person.phone else None)


@blueprint.route("/account/edit", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def edit() -> AnyResponse:
    """Name, telephone and the language of mails."""
    person = current_person()
    form = ProfileForm(name=person.name, phone=shown_phone(person.phone) if person.phone else "",
                       locale=person.locale)
    if form.validate_on_submit():
        services.edit_profile(
            require_actor(), person, name=form.name.data, phone=form.phone.data, locale=form.locale.data)
        flash(_("Your details are saved."), "success")
        return redirect(url_for("accounts.overview"), 303)
    return make_response(render_template("accounts/edit.html", form=form), 400 if form.errors else 200)


@blueprint.route("/account/address", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@throttled
def change_address() -> AnyResponse:
    """Ask for a link to a new address. The answer is the same for an address that has an account."""
    person, form = current_person(), AddressForm()
    if person.password_hash is None:
        del form.current_password
    try:
        if form.validate_on_submit():
            services.request_new_address(
                require_actor(), person, address=form.address.data, current_password=_typed(form))
            flash(_("We sent a link to %(address)s. Open it to confirm the new address.", address=form.address.data))
            return redirect(url_for("accounts.overview"), 303)
    except Invalid as error:
        refuse(form, error)
    return make_response(
        render_template("accounts/change_address.html", form=form, person=person), 400 if form.errors else 200)


@blueprint.route("/address/<string:token>", methods=["GET", "POST"])
@public
@throttled
def address_confirm(token: str) -> Response:
    """The link mailed to a new address: GET shows what will happen, POST does it."""
    found, form = services.read_token(token, TokenPurpose.CHANGE_ADDRESS), AddressConfirmForm()
    address = found.data["address"]
    if form.validate_on_submit():
        mine = form.mine.data == "yes"
        (services.confirm_new_address if mine else services.decline_new_address)(token)
        return seal(make_response(render_template("accounts/address_confirmed.html", address=address, mine=mine)))
    page = render_template("accounts/address_confirm.html", form=form, address=address)
    return seal(make_response(page, 400 if form.errors else 200))


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@throttled
def password() -> AnyResponse:
    """Set the first password, or change it."""
    person, form = current_person(), PasswordForm()
    if person.password_hash is None:
        del form.current_password
    try:
        if form.validate_on_submit():
            services.change_password(
                require_actor(), person, current_password=_typed(form),
                new_password=form.new_password.data, session_id=current_user.session_id)
            flash(_("Your new password is set. All other browsers were signed out."), "success")
            return redirect(url_for("accounts.overview"), 303)
    except Invalid as error:
        refuse(form, error)
    return make_response(
        render_template("accounts/password.html", form=form, person=person), 400 if form.errors else 200)


def _typed(form: AddressForm | PasswordForm) -> str:
    return form.current_password.data if "current_password" in form else ""
