"""Addresses without a language: the root, and what machines look for."""

from flask import Blueprint, Response, make_response, redirect, url_for
from werkzeug.wrappers import Response as Redirect

from civicportal.core.web.access import public
from civicportal.core.web.locale import preferred_locale

blueprint = Blueprint("entrance", __name__)
ROBOTS = """User-agent: *
Disallow: /*/file
Disallow: /*/desk
Disallow: /*/operator
Disallow: /*/account
"""


@blueprint.get("/")
@public
def root() -> Redirect:
    """Lead to the reader's language."""
    answer = redirect(url_for("pages.home", locale=preferred_locale()), 302)
    answer.vary.add("Accept-Language")
    return answer


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    answer = make_response(ROBOTS)
    answer.mimetype = "text/plain"
    return answer
