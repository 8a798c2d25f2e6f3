"""Signing in by password or mailed code, with whatever was being written, and signing out."""

from flask import Response, g, make_response, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.browsers import browser_label
from civicportal.accounts.canonical_address import one_mailbox
from civicportal.accounts.forms import CarryingForm, CodeForm, CodeRequestForm, SignInForm, refuse
from civicportal.accounts.models import AccountSession
from civicportal.accounts.routes.blueprint import blueprint, enter
from civicportal.accounts.routes.carrying import asked_address, carried, go_on, page, remember_address, wanted
from civicportal.accounts.routes.second_factor import ask_second_factor
from civicportal.accounts.states import TokenPurpose
from civicportal.core.errors import Invalid
from civicportal.core.permissions import Actor
from civicportal.core.web.access import SignInNeeded, close_session, current_actor, public
from civicportal.core.web.headers import clear
from civicportal.core.web.limits import throttled
from civicportal.core.web.resume import pack, posted_fields


@blueprint.record
def _count_by_mailbox(state: BlueprintSetupState) -> None:
    """Tries on one account are one account's however its address is spelled."""
    state.app.extensions["mailbox_spelling"] = one_mailbox


@blueprint.app_errorhandler(SignInNeeded)
def ask_to_sign_in(error: SignInNeeded) -> Response:
    """Any page that needs a sign-in or its second factor: the form stands in its place and carries what was posted."""
    pairs = posted_fields()
    typed = {"next": wanted(), "carry": pack(pairs), "carry_to": request.full_path if pairs else ""}
    if current_user.is_authenticated:
        response = ask_second_factor(typed, 401)
    else:
        response = page("sign_in", SignInForm(formdata=None, **typed), 401, message=str(error.message))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@throttled
def sign_in() -> AnyResponse:
    """By password."""
    form = SignInForm(next=request.args.get("next", ""))
    if request.method == "GET" and current_user.is_authenticated:
        return go_on(form) if current_actor() else redirect(url_for("accounts.second_factor", next=form.next.data), 303)
    if form.validate_on_submit():
        try:
            return _entered(form, services.sign_in_with_password(
                form.address.data, form.password.data, browser=browser_label(request.user_agent.string)))
        except Invalid as error:
            refuse(form, error)
    return page("sign_in", form)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
@throttled
def sign_in_code() -> AnyResponse:
    """Ask for a one-time code. The answer is the same for an address that has no account."""
    form = CodeRequestForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return page("sign_in_code", form)
    session["code_selector"] = services.request_mail(
        TokenPurpose.SIGN_IN_CODE, form.address.data, locale=g.locale)
    remember_address(form.address.data)
    if form.carry.data:
        return page("sign_in_code_enter", CodeForm(formdata=None, **carried(form)), address=form.address.data)
    return redirect(url_for("accounts.sign_in_code_enter", next=form.next.data or None), 303)


@blueprint.route("/sign-in/code/enter", methods=["GET", "POST"])
@public
@throttled
def sign_in_code_enter() -> AnyResponse:
    """Type the code, in the browser that asked for it."""
    form = CodeForm(next=request.args.get("next", ""))
    selector = session.get("code_selector")
    if not selector:
        return page("sign_in_code", CodeRequestForm(formdata=None, **carried(form)))
    if form.validate_on_submit():
        try:
            return _entered(form, services.sign_in_with_code(
                selector, form.code.data, browser=browser_label(request.user_agent.string)))
        except Invalid as error:
            refuse(form, error)
    return page("sign_in_code_enter", form, address=asked_address())


@blueprint.post("/sign-out")
@public
def sign_out() -> AnyResponse:
    """End this browser's sign-in."""
    if current_user.is_authenticated:
        services.end_session(Actor(current_user.person_id), current_user.session_id)
    close_session()
    return clear(make_response(redirect(url_for("pages.home"), 303)))


def _entered(form: CarryingForm, row: AccountSession) -> AnyResponse:
    """A fresh session, then on to where the person was going or to the second factor, with what was typed there."""
    enter(row)
    if current_actor():
        return go_on(form)
    if form.carry.data:
        return ask_second_factor(carried(form))
    return redirect(url_for("accounts.second_factor", next=form.next.data or None), 303)
