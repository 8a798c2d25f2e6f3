"""Atom feeds of the public list and of each published petition. The same for everybody, whoever is signed in."""

from typing import Any

from flask import Response, request, url_for

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _, current_locale
from civicportal.core.web.access import public
from civicportal.core.web.feeds import BEGINNING, atom, tag
from civicportal.petitions.queries import feeds
from civicportal.petitions.queries.visibility import visible_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.gone import stop_if_removed
from civicportal.petitions.routes.petitions import list_url, wanted_from


@blueprint.get("/petitions/feed.atom")
@public
def feed() -> Any:
    """What was published, with the filters of the list."""
    wanted = wanted_from(request.args)
    page_url = list_url(wanted)
    return _atom(
        feed_id=tag(BEGINNING, page_url.lstrip("/")), title=_("Published petitions"),
        entries=feeds.list_entries(wanted), self_url=list_url(wanted, endpoint="petitions.feed"), page_url=page_url)


@blueprint.get("/petitions/<number:number>/feed.atom")
@public
def petition_feed(number: str) -> Any:
    """The course of one published petition."""
    petition = visible_petition(number, None)
    if petition is None:
        stop_if_removed(number)
        raise NotFound
    return _atom(
        feed_id=f"{feeds.petition_tag(petition)}/{current_locale()}", title=petition.title,
        entries=feeds.step_entries(petition), self_url=url_for("petitions.petition_feed", number=number),
        page_url=url_for("petitions.show", number=number))


def _atom(*, entries: list[feeds.Entry], **about: object) -> Response:
    return atom("petitions/feed.xml", entries=entries, updated=feeds.newest(entries), **about)
