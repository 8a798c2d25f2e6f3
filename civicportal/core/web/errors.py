"""Errors as pages, mapped once. Nothing internal is ever shown, and nothing typed is lost where it can be kept."""

import logging

from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from civicportal.core.errors import DomainError
from civicportal.core.failures import PlacesOnly, places
from civicportal.core.web.refusals import CAUSE_OF_STATUS, Cause, refused
from civicportal.core.web.resume import page_before, posted_fields, resend_page

PAGES = {403, 404, 410, 413, 429, 500, 503}
log = logging.getLogger(__name__)


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _limit)
    app.register_error_handler(SecurityError, _host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, unexpected)
    app.logger.addFilter(PlacesOnly())  # Flask itself notes what fails after a page is made


def error_page(status: int, message: object = "", **context: object) -> Response:
    """The portal's page for a status; statuses without a page of their own use the nearest one."""
    name = status if status in PAGES else 404 if status < 500 else 500
    if status in (400, 401, 405, 409, 415):
        name = 403
    page = render_template(f"errors/{name}.html", message=str(message), **context)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _domain(error: DomainError) -> Response:
    refused(CAUSE_OF_STATUS.get(error.status))
    retry_after = getattr(error, "retry_after", None)
    kept = {"fields": posted_fields(), "action": request.full_path.rstrip("?")} if error.status == 503 else {}
    response = error_page(error.status, error.message if error.status != 404 else "", retry_after=retry_after, **kept)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _csrf(_error: CSRFError) -> Response:
    refused(Cause.TOKEN)
    fields = posted_fields()
    return resend_page(request.full_path.rstrip("?") if fields else page_before() or "/", fields, status=400)


def _limit(error: RateLimitExceeded) -> Response:
    refused(Cause.LIMIT)
    seconds = error.limit.limit.get_expiry() if error.limit else 60
    fields = posted_fields()
    response = error_page(429, retry_after=seconds, fields=fields, action=request.path)
    response.headers["Retry-After"] = str(seconds)
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    response = error_page(status)
    if allow := dict(error.get_headers()).get("Allow"):
        response.headers["Allow"] = allow
    return response


def _host(_error: SecurityError) -> Response:
    """Asked under a name that is not the portal's: no address can be built, so no page of its own."""
    refused(Cause.HOST)
    return Response("This portal has another address.\n", 400, {"Cache-Control": "no-store"}, mimetype="text/plain")


def unexpected(error: Exception) -> Response:
    """The page for what nobody foresaw; the log says where, and nothing of what people typed."""
    g.actor = None  # the page must not need the database
    log.error("unexpected error at %s: %s", request.endpoint, places(error))
    return error_page(500)
