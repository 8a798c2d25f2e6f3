"""The second factor: set up at the first sign-in with a role, shown at every other and before grave acts."""

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts.forms import CarryingForm, SecondFactorForm, SetUpForm, refuse
from civicportal.accounts.models import Person
from civicportal.accounts.queries import (
    actor_for,
    can_show_openid,
    get_person,
    needs_second_factor,
    openid_link_of,
    passkeys_of,
    recovery_codes_left,
    second_factor_of,
    session_row,
)
from civicportal.accounts.routes.blueprint import blueprint, current_person, enter_again
from civicportal.accounts.routes.carrying import carried, go_on, page
from civicportal.accounts.services import second_factor as services
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.qr import qr_svg
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
from civicportal.core.web.resume import local_path, unpack


def ask_second_factor(typed: Mapping[str, str], status: int = 0, form: SecondFactorForm | None = None) -> Response:
    """The form for the second factor, or for setting it up, in place of the page that asks for it."""
    person = visiting_person()
    if second_factor_of(person.id) is None:
        return set_up_page(person, SetUpForm(formdata=None, **typed), status)
    return _code_page(person, form or SecondFactorForm(formdata=None, **typed), status)


@blueprint.route("/second-factor", methods=["GET", "POST"])
@public
@throttled
def second_factor() -> AnyResponse:
    """Type the code."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in", next=request.args.get("next")), 303)
    person, form = visiting_person(), SecondFactorForm(next=request.args.get("next", ""))
    if second_factor_of(person.id) is None:
        return set_up_page(person, SetUpForm(formdata=None, **carried(form)))
    if form.validate_on_submit():
        try:
            services.show(person, session_row(current_user.session_id), form.code.data)
            enter_again()
            return go_on(form)
        except Invalid as error:
            refuse(form, error)
    return _code_page(person, form)


@blueprint.route("/second-factor/set-up", methods=["GET", "POST"])
@public
@throttled
def set_up_second_factor() -> AnyResponse:
    """Scan the picture, type the first code; then the recovery codes are shown, this once."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in"), 303)
    person, form = visiting_person(), SetUpForm(next=request.args.get("next", ""))
    if second_factor_of(person.id) is not None:
        require_step_up()
    if form.validate_on_submit():
        try:
            codes = services.set_up(person, session_row(current_user.session_id), form.code.data)
            enter_again()
            return codes_page(codes, form)
        except Invalid as error:
            refuse(form, error)
    return set_up_page(person, form)


@blueprint.get("/account/second-factor")
@requires(Permission.ACCOUNT_OWN)
def my_second_factor() -> str:
    """Since when it is set up, and how many recovery codes are left."""
    person = visiting_person()
    return render_template("accounts/my_second_factor.html", factor=second_factor_of(person.id),
                           left=recovery_codes_left(person.id), passkeys=passkeys_of(person.id),
                           openid_link=openid_link_of(person.id))


@blueprint.post("/account/second-factor/recovery-codes")
@requires(Permission.ACCOUNT_OWN)
@step_up
def new_recovery_codes() -> AnyResponse:
    """Other recovery codes in place of the former. The answer to the POST is the page: nobody can open it again."""
    form = SetUpForm(formdata=None, next=url_for("accounts.my_second_factor"))
    return codes_page(services.make_recovery_codes(
        require_actor(), current_person(), session_id=current_user.session_id), form)


def visiting_person() -> Person:
    """The visitor, signed in or on the way to it. Raises NotFound for everybody who holds no role."""
    person = get_person(current_user.person_id) if current_user.is_authenticated else None
    if person is None or not needs_second_factor(actor_for(person)):
        raise NotFound
    return person


def _code_page(person: Person, form: SecondFactorForm, status: int = 0) -> Response:
    factor = second_factor_of(person.id)
    return seal(page("second_factor", form, status, again=current_actor() is not None,
                     has_app=factor is not None and factor.nonce is not None, has_passkey=bool(passkeys_of(person.id)),
                     has_openid=can_show_openid(person.id)))


def set_up_page(person: Person, form: SetUpForm, status: int = 0) -> Response:
    """The picture for the app, and the button for a passkey."""
    key = current_user.get_id()
    secret = services.secret_for(person, key)
    spaced = " ".join(secret[start:start + 4] for start in range(0, len(secret), 4))
    code = qr_svg(services.address_for(person, key), title=_("QR code for your authenticator app"),
                  desc=_("It holds the same secret as the text under it."), caption="")
    return seal(page("second_factor_set_up", form, status, code=Markup(code), secret=spaced,  # noqa: S704 - made by us
                     replacing=second_factor_of(person.id) is not None))


def codes_page(codes: list[str], form: CarryingForm) -> Response:
    """The recovery codes, shown this once, and the way on."""
    home, pairs = url_for("pages.home"), unpack(form.carry.data)
    action = local_path(form.carry_to.data, home) if pairs and form.carry_to.data else None
    return seal(make_response(render_template(
        "accounts/recovery_codes.html", codes=codes, action=action, fields=pairs,
        next=local_path(form.next.data, home))))
