"""A new password by a mailed link."""

from flask import Response, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import NewPasswordForm, ResetForm, refuse
from civicportal.accounts.routes.blueprint import blueprint, welcome
from civicportal.accounts.routes.carrying import asked_address, remember_address
from civicportal.accounts.states import TokenPurpose
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.web.access import public
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled


@blueprint.route("/reset", methods=["GET", "POST"])
@public
@throttled
def reset() -> AnyResponse:
    """Ask for the link. The answer is the same for an address that has no account."""
    form = ResetForm()
    if form.validate_on_submit():
        services.request_mail(TokenPurpose.RESET, form.address.data, locale=g.locale)
        remember_address(form.address.data)
        return redirect(url_for("accounts.reset_sent"), 303)
    return make_response(render_template("accounts/reset.html", form=form), 400 if form.errors else 200)


@blueprint.get("/reset/sent")
@public
def reset_sent() -> str:
    """What happens next."""
    return render_template("accounts/reset_sent.html", address=asked_address())


@blueprint.route("/reset/<string:token>", methods=["GET", "POST"])
@public
@throttled
def reset_set(token: str) -> Response:
    """The mailed link: GET shows the form, POST sets the password, ends all sign-ins and signs in here."""
    person = services.read_token(token, TokenPurpose.RESET).person
    form = NewPasswordForm()
    try:
        if form.validate_on_submit():
            person = services.reset_password(token, form.new_password.data)
            return welcome(person, _("Your new password is set. All other browsers were signed out."))
    except Invalid as error:
        refuse(form, error)
    page = render_template("accounts/reset_set.html", form=form, person=person)
    return seal(make_response(page, 400 if form.errors else 200))
