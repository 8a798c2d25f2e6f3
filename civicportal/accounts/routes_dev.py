"""The console identity provider's page. Registered in development only."""

from urllib.parse import quote, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts.console_provider import ConsoleProvider
from civicportal.core.web.access import public
from civicportal.core.web.resume import local_path

blueprint = Blueprint("accounts_dev", __name__)
provider = ConsoleProvider(page=lambda: url_for("accounts_dev.console_identity"))


@blueprint.record
def _offer(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault("identity_providers", {})[provider.name] = provider


@blueprint.route("/identity", methods=["GET", "POST"])
@public
def console_identity() -> AnyResponse | str:
    """Type who you are; the browser goes back with a signed assertion."""
    values = request.values
    if request.method == "POST" and values.get("subject", "").strip():
        back = local_path(urlsplit(values.get("return_url", "")).path, "/")
        assertion = provider.sign(values["subject"].strip(), values.get("challenge", ""))
        return redirect(f"{back}?assertion={quote(assertion)}", 303)
    return render_template("accounts/console_identity.html", values=values)
