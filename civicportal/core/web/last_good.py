"""While the database is away, public pages are shown as they last were, and say so.

Kept is what anybody could read without a cookie: a page (200, HTML, cacheable for everybody) at an address without a
query, that holds no form to be sent. Shown is a copy only when the database does not answer.
"""

from flask import Flask, Response, current_app, g, request
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from civicportal.core import copies
from civicportal.core.clock import now
from civicportal.core.web.errors import unexpected
from civicportal.extensions import db

_PLACE = b'<div class="govuk-main-wrapper">'  # templates/layouts/base.html
_REMOVED = (404, 410)


def init_last_good(app: Flask) -> None:
    """Register the hooks. Before `init_headers`: what it says of caching is needed here, and hooks run backwards."""
    app.before_request(_begin)
    app.after_request(_look)
    app.register_error_handler(DBAPIError, _show)


def _begin() -> None:
    g.began = now()


def _look(response: Response) -> Response:
    if request.method == "GET" and _plain_address() and not g.get("from_copy"):
        if response.status_code in _REMOVED:
            copies.forget_with(request.path)
        elif _for_everybody(response):
            copies.keep(request.path, response.get_data(), began=g.began)
    return response


def _plain_address() -> bool:
    return not request.query_string and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies


def _for_everybody(response: Response) -> bool:
    if response.status_code != 200 or response.mimetype != "text/html" or response.is_streamed:
        return False
    shared = response.headers.get("Cache-Control", "").startswith("public") and "Set-Cookie" not in response.headers
    body = response.get_data() if shared else b""
    return shared and _PLACE in body and b'method="post"' not in body and b"csrf" not in body


def _show(error: DBAPIError) -> Response:
    """The last good copy, where the error is that the database does not answer and there is one."""
    found = copies.find(request.path) if request.method in ("GET", "HEAD") and not request.query_string else None
    if found is None or _answers():
        return unexpected(error)
    g.from_copy = True
    banner = current_app.jinja_env.get_template("components/as_of.html").render(at=found.at)
    response = Response(found.body.replace(_PLACE, _PLACE + banner.encode(), 1), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _answers() -> bool:
    try:
        with db.engine.connect() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return False
    return True
