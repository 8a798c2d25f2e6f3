"""A person's notices, the way out of optional mails, and the operators' view of delivery."""

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from civicportal.core.clock import now
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.paging import Page, decode_cursor, paged
from civicportal.extensions import csrf
from civicportal.notifications import queries, rendering, services
from civicportal.notifications.models import OutboxMessage

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notices")
@requires(Permission.ACCOUNT_OWN)
def listing() -> str:
    """The person's notices, the newest first, in the language they were written in."""
    size = _page_size()
    page = _page(queries.notices(require_actor(), before=_before(), limit=size + 1), size)
    titles = {row.id: rendering.subject(row.slug, row.locale, row.context) for row in page.rows}
    return render_template("notifications/listing.html", page=page, titles=titles)


@blueprint.get("/notices/<int:notice_id>")
@requires(Permission.ACCOUNT_OWN)
def show(notice_id: int) -> str:
    """One notice; opening it is reading it."""
    row = services.mark_read(require_actor(), notice_id)
    note = rendering.note(row.slug, row.locale, row.context)
    return render_template("notifications/show.html", row=row, note=note)


@blueprint.route("/notices/unsubscribe/<int:message_id>/<string:signature>", methods=["GET", "POST"])
@csrf.exempt
@public
def unsubscribe(message_id: int, signature: str) -> Response:
    """Leave a kind of optional mail. The signed address stands in for the CSRF token, as mail programs post by
    themselves (RFC 8058) and follow no redirect."""
    services.check_opt_out(message_id, signature)
    if request.method == "POST":
        services.opt_out(message_id, signature)
    done = request.method == "POST"
    return seal(make_response(render_template("notifications/unsubscribe.html", done=done)))


@blueprint.get("/operator/delivery")
@requires(Permission.DELIVERY_SEE)
def delivery() -> str:
    """How mails are getting on, and those that failed. Shows neither people nor what was written."""
    size = _page_size()
    page = _page(queries.failures(before=_before(), limit=size + 1), size)
    minutes = int(queries.queue_age().total_seconds() // 60)
    return render_template(
        "notifications/delivery.html", counts=queries.counts(), minutes=minutes, page=page, checked_at=now())


@blueprint.post("/operator/delivery/<int:message_id>/resend")
@requires(Permission.DELIVERY_SEE)
def resend(message_id: int) -> Redirect:
    """Send a failed message again."""
    services.resend(require_actor(), message_id)
    flash(_("The message is on its way again."), "success")
    return redirect(url_for("notifications.delivery"), 303)


def _page_size() -> int:
    return int(current_app.config["SETTINGS"].page_size)


def _before() -> queries.Before:
    return decode_cursor(request.args.get("after"))


def _page(rows: Sequence[OutboxMessage], size: int) -> Page[OutboxMessage]:
    return paged(rows, size, lambda row: (row.created_at, row.id))
