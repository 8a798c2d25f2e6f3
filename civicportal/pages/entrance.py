"""Addresses without a language: the root, and what machines look for."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect

from civicportal.core.configuration import settings
from civicportal.core.web.access import public
from civicportal.core.web.locale import preferred_locale
from civicportal.pages.queries import public_petitions

blueprint = Blueprint("entrance", __name__)
ROBOTS = """User-agent: *
Disallow: /*/file
Disallow: /*/desk
Disallow: /*/operator
Disallow: /*/account
Sitemap: {portal_url}/sitemap.xml
"""
SITEMAP_URLS = 50_000  # the most that one file may hold (sitemaps.org)


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
    answer = make_response(ROBOTS.format(portal_url=settings().portal_url))
    answer.mimetype = "text/plain"
    return answer


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """What search engines may look at: the petitions that are public now, in each language, the latest first."""
    locales = settings().locales
    answer = make_response(render_template(
        "pages/sitemap.xml", numbers=public_petitions(SITEMAP_URLS // len(locales)), locales=locales))
    answer.mimetype = "application/xml"
    return answer
