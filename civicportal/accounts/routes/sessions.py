"""The browsers in which a person is signed in."""

from flask import Response, flash, jsonify, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts import services
from civicportal.accounts.queries import idle_time, sessions_of
from civicportal.accounts.routes.blueprint import blueprint
from civicportal.core.clock import now
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires


@blueprint.get("/account/sessions")
@requires(Permission.ACCOUNT_OWN)
def sessions() -> str:
    """All of them, this one marked."""
    rows = sessions_of(require_actor().person_id or 0)
    return render_template("accounts/sessions.html", rows=rows, this_id=current_user.session_id)


@blueprint.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_OWN)
def session_end(session_id: int) -> AnyResponse:
    """Sign one browser out."""
    services.end_session(require_actor(), session_id)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/account/sessions/end-others")
@requires(Permission.ACCOUNT_OWN)
def sessions_end_others() -> AnyResponse:
    """Sign all browsers out but this one."""
    services.end_sessions(require_actor().person_id or 0, keep=current_user.session_id)
    flash(_("All other browsers are signed out."), "success")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/session/extend")
@requires(Permission.ACCOUNT_OWN)
def extend_session() -> Response:
    """Stay signed in, for the warning on the page. Answers how many seconds are left now."""
    services.keep_session(current_user.session_id)
    ends = min(now() + idle_time(), current_user.expires_at)
    return jsonify(seconds=int((ends - now()).total_seconds()))
