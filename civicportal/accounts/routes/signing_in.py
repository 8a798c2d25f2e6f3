"""Signing in by password or mailed code, with whatever was being written, and signing out."""

from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.browsers import browser_label
from civicportal.accounts.canonical_address import one_mailbox
from civicportal.accounts.forms import CarryingForm, CodeForm, CodeRequestForm, SignInForm, refuse
from civicportal.accounts.models import AccountSession
from civicportal.accounts.routes.blueprint import blueprint
from civicportal.accounts.states import TokenPurpose
from civicportal.core.errors import Invalid
from civicportal.core.web.access import SignInNeeded, close_session, current_actor, open_session, public
from civicportal.core.web.limits import throttled
from civicportal.core.web.resume import local_path, pack, page_before, posted_fields, resend_page, unpack


@blueprint.record
def _count_by_mailbox(state: BlueprintSetupState) -> None:
    """Tries on one account are one account's however its address is spelled."""
    state.app.extensions["mailbox_spelling"] = one_mailbox


@blueprint.app_errorhandler(SignInNeeded)
def ask_to_sign_in(error: SignInNeeded) -> Response:
    """Any page that needs a sign-in: the form stands in its place and carries what was posted."""
    pairs = posted_fields()
    form = SignInForm(formdata=None, next=_wanted(), carry=pack(pairs), carry_to=request.full_path if pairs else "")
    response = _page("sign_in", form, 401, message=str(error.message))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@throttled
def sign_in() -> AnyResponse:
    """By password."""
    form = SignInForm(next=request.args.get("next", ""))
    if request.method == "GET" and current_actor():
        return redirect(local_path(form.next.data, url_for("pages.home")), 303)
    if form.validate_on_submit():
        try:
            return _entered(form, services.sign_in_with_password(
                form.address.data, form.password.data, browser=browser_label(request.user_agent.string)))
        except Invalid as error:
            refuse(form, error)
    return _page("sign_in", form)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
@throttled
def sign_in_code() -> AnyResponse:
    """Ask for a one-time code. The answer is the same for an address that has no account."""
    form = CodeRequestForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return _page("sign_in_code", form)
    session["code_selector"] = services.request_mail(
        TokenPurpose.SIGN_IN_CODE, form.address.data, locale=g.locale)
    session["asked_address"] = form.address.data
    if form.carry.data:
        return _page("sign_in_code_enter", _passed_on(CodeForm, form), address=form.address.data)
    return redirect(url_for("accounts.sign_in_code_enter", next=form.next.data or None), 303)


@blueprint.route("/sign-in/code/enter", methods=["GET", "POST"])
@public
@throttled
def sign_in_code_enter() -> AnyResponse:
    """Type the code, in the browser that asked for it."""
    form = CodeForm(next=request.args.get("next", ""))
    selector = session.get("code_selector")
    if not selector:
        return _page("sign_in_code", _passed_on(CodeRequestForm, form))
    if form.validate_on_submit():
        try:
            return _entered(form, services.sign_in_with_code(
                selector, form.code.data, browser=browser_label(request.user_agent.string)))
        except Invalid as error:
            refuse(form, error)
    return _page("sign_in_code_enter", form, address=session.get("asked_address"))


@blueprint.post("/sign-out")
@public
def sign_out() -> AnyResponse:
    """End this browser's sign-in."""
    actor = current_actor()
    if actor:
        services.end_session(actor, current_user.session_id)
    close_session()
    return redirect(url_for("pages.home"), 303)


def _entered(form: CarryingForm, row: AccountSession) -> AnyResponse:
    """A fresh session, then on to where the person was going, with what was typed there."""
    open_session(row.key)
    home = url_for("pages.home")
    pairs = unpack(form.carry.data)
    if pairs and form.carry_to.data:
        return resend_page(local_path(form.carry_to.data, home), pairs)
    return redirect(local_path(form.next.data, home), 303)


def _page(name: str, form: CarryingForm, status: int = 0, **context: object) -> Response:
    status = status or (400 if form.errors else 200)
    return make_response(render_template(f"accounts/{name}.html", form=form, **context), status)


def _passed_on(kind: type[CarryingForm], form: CarryingForm) -> CarryingForm:
    return kind(formdata=None, next=form.next.data, carry=form.carry.data, carry_to=form.carry_to.data)


def _wanted() -> str:
    """Where to go on after signing in: this page, or for a form the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    return page_before()
