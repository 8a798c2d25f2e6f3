"""Passkeys: the browser asks what to sign, signs, and sends it as a form."""

from flask import Response, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts.browsers import browser_label
from civicportal.accounts.forms import PasskeyForm, SecondFactorForm, SetUpForm
from civicportal.accounts.queries import second_factor_of, session_row
from civicportal.accounts.routes.blueprint import blueprint, current_person, enter_again
from civicportal.accounts.routes.carrying import carried, go_on
from civicportal.accounts.routes.second_factor import ask_second_factor, codes_page, set_up_page, visiting_person
from civicportal.accounts.services import passkeys as services
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, require_step_up, requires, step_up
from civicportal.core.web.limits import throttled


@blueprint.post("/second-factor/passkey/options")
@public
@throttled
def passkey_options() -> Response:
    """What a passkey is to sign."""
    return _json(services.options_for_showing(visiting_person(), session_row(current_user.session_id)))


@blueprint.post("/second-factor/passkey")
@public
@throttled
def passkey() -> AnyResponse:
    """What it signed."""
    person, form = visiting_person(), PasskeyForm()
    try:
        if form.validate_on_submit():
            services.show_passkey(person, session_row(current_user.session_id), form.credential.data)
            enter_again()
            return go_on(form)
    except Invalid as error:
        asked = SecondFactorForm(formdata=None, **carried(form))
        asked.form_errors.append(str(error.message))
        return ask_second_factor(carried(form), 400, form=asked)
    return ask_second_factor(carried(form), 400)


@blueprint.post("/second-factor/set-up/passkey/options")
@public
@throttled
def new_passkey_options() -> Response:
    """What the browser is to make."""
    person = visiting_person()
    if second_factor_of(person.id) is not None:
        require_step_up()
    return _json(services.options_for_new(person, session_row(current_user.session_id)))


@blueprint.post("/second-factor/set-up/passkey")
@public
@throttled
def new_passkey() -> AnyResponse:
    """What it made; the recovery codes are shown if this is the first second factor."""
    person, form = visiting_person(), PasskeyForm()
    if second_factor_of(person.id) is not None:
        require_step_up()
    if not form.validate_on_submit():
        return set_up_page(person, SetUpForm(formdata=None, **carried(form)), 400)
    label = browser_label(request.user_agent.string)
    try:
        codes = services.add_passkey(person, session_row(current_user.session_id), form.credential.data, label)
    except Invalid as error:
        asked = SetUpForm(formdata=None, **carried(form))
        asked.form_errors.append(str(error.message))
        return set_up_page(person, asked, 400)
    enter_again()
    return codes_page(codes, form) if codes else redirect(url_for("accounts.my_second_factor"), 303)


@blueprint.post("/account/second-factor/passkeys/<int:passkey_id>/remove")
@requires(Permission.ACCOUNT_OWN)
@step_up
def passkey_remove(passkey_id: int) -> AnyResponse:
    """Take a passkey off."""
    services.remove_passkey(require_actor(), current_person(), passkey_id, session_id=current_user.session_id)
    flash(_("The passkey no longer works. All other browsers were signed out."), "success")
    return redirect(url_for("accounts.my_second_factor"), 303)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})
