"""Confirming one's identity through a provider."""

from collections.abc import Mapping

from flask import Response, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.forms import ConfirmForm
from civicportal.accounts.identity_provider import IdentityProvider
from civicportal.accounts.routes.blueprint import blueprint, current_person
from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.letters import absolute_url
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled


@blueprint.get("/account/identity")
@requires(Permission.ACCOUNT_OWN)
def identity() -> str:
    """How sure the portal is who this is, and the ways to make it surer."""
    return render_template("accounts/identity.html", person=current_person(), providers=_providers().values())


@blueprint.post("/account/identity/<string:name>")
@requires(Permission.ACCOUNT_OWN)
@throttled
def identity_start(name: str) -> AnyResponse:
    """Send the browser to a provider."""
    provider = _provider(name)
    challenge = services.start_identity(require_actor(), current_person())
    return redirect(provider.start_url(challenge, absolute_url("accounts.identity_return", name=name)), 303)


@blueprint.route("/account/identity/<string:name>/return", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@throttled
def identity_return(name: str) -> Response:
    """Back from the provider: GET shows what will happen, POST does it."""
    provider, form = _provider(name), ConfirmForm()
    if form.validate_on_submit():
        services.confirm_identity(require_actor(), current_person(), provider, request.args.get("assertion", ""))
        flash(_("Your identity is confirmed."), "success")
        return seal(make_response(redirect(url_for("accounts.identity"), 303)))
    return seal(make_response(render_template("accounts/identity_return.html", form=form, provider=provider)))


def _providers() -> Mapping[str, IdentityProvider]:
    """The providers this installation offers, by name."""
    return current_app.extensions.get("identity_providers", {})


def _provider(name: str) -> IdentityProvider:
    try:
        return _providers()[name]
    except KeyError as error:
        raise NotFound from error
