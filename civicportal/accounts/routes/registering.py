"""Registering: name and address first, the password behind the mailed link."""

from flask import Response, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import NewPasswordForm, RegisterForm, refuse
from civicportal.accounts.routes.blueprint import blueprint, welcome
from civicportal.accounts.routes.carrying import asked_address, remember_address
from civicportal.accounts.states import TokenPurpose
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.i18n import _
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled


@blueprint.route("/register", methods=["GET", "POST"])
@public
@throttled
def register() -> AnyResponse:
    """Name and address. The answer is the same for an address that has an account."""
    if current_actor():
        return redirect(url_for("accounts.overview"), 303)
    form = RegisterForm()
    if form.validate_on_submit():
        services.request_mail(TokenPurpose.REGISTER, form.address.data, locale=g.locale, name=form.name.data)
        remember_address(form.address.data)
        return redirect(url_for("accounts.register_sent"), 303)
    return make_response(render_template("accounts/register.html", form=form), 400 if form.errors else 200)


@blueprint.get("/register/sent")
@public
def register_sent() -> str:
    """What happens next."""
    return render_template(
        "accounts/register_sent.html", address=asked_address(), days=settings().confirm_days)


@blueprint.route("/register/<string:token>", methods=["GET", "POST"])
@public
@throttled
def register_confirm(token: str) -> Response:
    """The mailed link: GET shows the form, POST confirms the address, sets the password and signs in."""
    person = services.read_token(token, TokenPurpose.REGISTER).person
    form = NewPasswordForm()
    try:
        if form.validate_on_submit():
            person = services.complete_registration(token, form.new_password.data)
            return welcome(person, _("Your address is confirmed and your account is ready."))
    except Invalid as error:
        refuse(form, error)
    except Conflict:
        return seal(make_response(render_template("accounts/register_known.html"), 409))
    page = render_template("accounts/register_confirm.html", form=form, person=person)
    return seal(make_response(page, 400 if form.errors else 200))
