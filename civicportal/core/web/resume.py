"""Work survives a lost session: what was posted comes back as a page with one button."""

import json
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import Response, current_app, make_response, render_template, request
from flask_wtf.csrf import validate_csrf
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

SECRET_FIELDS = {"csrf_token", "password", "current_password", "new_password", "code"}
CARRY_MAX_BYTES = 256 * 1024


def same_origin() -> bool:
    """Whether the browser says that this request comes from one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = split_address(request.headers.get("Origin") or request.headers.get("Referer"))
    return origin.netloc in (request.host, urlsplit(current_app.config["SETTINGS"].portal_url).netloc)


def token_fits() -> bool:
    """Whether the form that was sent carries the token of this browser's session, as forms check it themselves."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def posted_fields() -> list[tuple[str, str]]:
    """What was typed, without secrets; empty when it came from elsewhere or is too much to carry."""
    if request.method != "POST" or not same_origin():
        return []
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]
    return pairs if sum(len(name) + len(value) for name, value in pairs) <= CARRY_MAX_BYTES else []


def pack(pairs: list[tuple[str, str]]) -> str:
    """The fields as one text for a hidden field of the sign-in page."""
    return json.dumps(pairs, ensure_ascii=False) if pairs else ""


def unpack(text: str) -> list[tuple[str, str]]:
    """The fields again; anything malformed is nothing."""
    try:
        return [(str(name), str(value)) for name, value in json.loads(text or "[]")]
    except (ValueError, TypeError, RecursionError):
        return []


def split_address(text: str | None) -> SplitResult:
    """The parts of an address that a stranger wrote; empty ones for what is none."""
    try:
        return urlsplit(text or "")
    except ValueError:  # such as half an IPv6 address
        return urlsplit("")


def page_before() -> str:
    """Path of the page that this request was sent from; empty when it was none of ours or is not told."""
    before = split_address(request.referrer)
    return before.path if before.netloc == request.host else ""


def local_path(target: str | None, fallback: str) -> str:
    """`target` if it is a path on this portal, else `fallback`: the guard against open redirects."""
    safe = target and target.startswith("/") and not target.startswith(("//", "/\\"))
    return str(target) if safe and "\\" not in str(target) and str(target).isprintable() else fallback


def resend_page(action: str, pairs: list[tuple[str, str]], status: int = 200) -> Response:
    """A page that holds what was typed and sends it again to `action` with a fresh token."""
    kept: MultiDict[str, Any] = MultiDict(pairs)
    response = make_response(render_template(
        "errors/resend.html", action=action, fields=list(kept.items(multi=True))), status)
    response.headers["Cache-Control"] = "no-store"
    return response
