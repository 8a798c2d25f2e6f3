"""Officials sign in, show a second factor, or link an account, at the OpenID provider of the settings."""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts.browsers import browser_label
from civicportal.accounts.forms import CarryingForm, SecondFactorForm, SignInForm
from civicportal.accounts.models import OpenIDRequest
from civicportal.accounts.queries import session_row
from civicportal.accounts.routes.blueprint import ASKED, blueprint, current_person, enter, enter_again
from civicportal.accounts.routes.carrying import carried, go_on, page
from civicportal.accounts.routes.second_factor import ask_second_factor, visiting_person
from civicportal.accounts.services import openid as services
from civicportal.accounts.states import OpenIDAct
from civicportal.core.errors import DomainError, Gone, Unavailable
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import (
    current_actor,
    public,
    require_actor,
    require_step_up,
    requires,
    step_up,
)
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled
from civicportal.core.web.resume import local_path

TABS = 5
NEXT_MAX = 2000
# The address to come back to is registered with the provider, so it is one for all languages.
answers = Blueprint("openid", __name__)


@blueprint.post("/sign-in/openid")
@public
@throttled
def openid_sign_in() -> AnyResponse:
    """On to the provider, to sign in."""
    form = CarryingForm()
    try:
        return _leave(OpenIDAct.SIGN_IN, form.next.data)
    except Unavailable as error:
        return _sign_in_page(error, form.next.data)


@blueprint.post("/second-factor/openid")
@public
@throttled
def openid_show() -> AnyResponse:
    """On to the provider, to show a second factor there."""
    form = CarryingForm()
    visiting_person()
    try:
        return _leave(OpenIDAct.SHOW, form.next.data)
    except Unavailable as error:
        return _second_factor_page(error, form.next.data)


@blueprint.post("/account/second-factor/openid")
@requires(Permission.ACCOUNT_OWN)
@throttled
@step_up
def openid_link() -> AnyResponse:
    """On to the provider, to link an account."""
    visiting_person()
    try:
        return _leave(OpenIDAct.LINK, "")
    except Unavailable as error:
        flash(str(error.message), "error")
        return redirect(url_for("accounts.my_second_factor"), 303)


@blueprint.post("/account/second-factor/openid/unlink")
@requires(Permission.ACCOUNT_OWN)
@step_up
def openid_unlink() -> AnyResponse:
    """Take the link off."""
    services.unlink_openid(require_actor(), current_person(), session_row(current_user.session_id))
    flash(_("The link is taken off. All other browsers were signed out."), "success")
    return redirect(url_for("accounts.my_second_factor"), 303)


@blueprint.post("/sign-in/go-on")
@public
def sign_in_go_on() -> AnyResponse:
    """Back in the tab that holds what was typed, after signing in in another one."""
    form = CarryingForm()
    if current_actor():
        return go_on(form)
    if current_user.is_authenticated:
        return ask_second_factor(carried(form))
    return page("sign_in", SignInForm(formdata=None, **carried(form)), message=_("You are not signed in yet."))


@answers.get("/openid/answer")
@public
def answered() -> AnyResponse:
    """Back from the provider. The question is looked for in this browser first, and each is answered once."""
    selector = request.args.get("state", "")
    known = session.get(ASKED, [])
    try:
        row = services.read_request(selector if selector in known else "")
    except Gone as error:
        if current_actor():
            raise
        return _sign_in_page(error, "")
    g.locale = row.locale
    if row.act is OpenIDAct.LINK:
        require_actor()
        require_step_up()
    session[ASKED] = [one for one in known if one != selector]
    return seal(make_response(_USES[row.act](row, request.args)))


def _signed_in(row: OpenIDRequest, answer: Mapping[str, str]) -> AnyResponse:
    try:
        said = services.redeem(row, answer)
        found = services.sign_in_with_openid(said, browser=browser_label(request.user_agent.string))
    except DomainError as error:
        return _sign_in_page(error, row.next)
    enter(found)
    form = CarryingForm(formdata=None, next=row.next)
    return go_on(form) if current_actor() else redirect(url_for("accounts.second_factor", next=row.next or None), 303)


def _shown(row: OpenIDRequest, answer: Mapping[str, str]) -> AnyResponse:
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in", next=row.next or None), 303)
    person = visiting_person()
    try:
        said = services.redeem(row, answer)
        services.show_openid(person, session_row(current_user.session_id), said)
    except DomainError as error:
        return _second_factor_page(error, row.next)
    enter_again()
    return go_on(CarryingForm(formdata=None, next=row.next))


def _linked(row: OpenIDRequest, answer: Mapping[str, str]) -> AnyResponse:
    try:
        said = services.redeem(row, answer)
        services.link_openid(require_actor(), current_person(), session_row(current_user.session_id), said)
        flash(_("Your account is linked. All other browsers were signed out."), "success")
    except DomainError as error:
        flash(str(error.message), "error")
    return redirect(url_for("accounts.my_second_factor"), 303)


_USES = {OpenIDAct.SIGN_IN: _signed_in, OpenIDAct.SHOW: _shown, OpenIDAct.LINK: _linked}


def _leave(act: OpenIDAct, next_path: str | None) -> Response:
    """A page that leads to the provider by itself: browsers take no redirect to elsewhere after a form (our policy)."""
    path = local_path(next_path, "")
    row, url = services.ask(act, next_path=path if len(path) <= NEXT_MAX else "", locale=g.locale)
    session[ASKED] = [*session.get(ASKED, []), row.selector][-TABS:]
    response = seal(make_response(render_template("accounts/openid_leaving.html", url=url)))
    response.headers["Refresh"] = f"0; url={url}"
    return response


def _sign_in_page(error: DomainError, next_path: str | None) -> Response:
    """The sign-in page with the reason: the other ways in are there."""
    form = SignInForm(formdata=None, next=next_path or "")
    form.form_errors.append(str(error.message))
    return seal(page("sign_in", form, error.status))


def _second_factor_page(error: DomainError, next_path: str | None) -> Response:
    form = SecondFactorForm(formdata=None, next=next_path or "")
    form.form_errors.append(str(error.message))
    return ask_second_factor({"next": next_path or ""}, error.status, form=form)
