"""Public pages of committees: the list, who sits in one, and its queue."""

from typing import Any

from flask import render_template, request, url_for

from civicportal.committee.queries import bodies as queries
from civicportal.committee.queries import queue as lines
from civicportal.committee.quorum import quorum
from civicportal.committee.routes.blueprint import blueprint
from civicportal.core.i18n import _
from civicportal.core.web.access import public
from civicportal.petitions.language import detect


@blueprint.get("/committees")
@public
def listing() -> Any:
    """Every body: what it decides, who sits, how many items wait."""
    waits = lines.waiting_by_body()
    rows = [(body, queries.seats(body), waits.get(body.id, 0)) for body in queries.bodies()]
    return render_template("committee/listing.html", rows=rows)


@blueprint.get("/committees/<string:slug>")
@public
def body(slug: str) -> Any:
    """One body: mandate, members with their terms, past ones too, and its rules."""
    found = queries.body(slug)
    seats = queries.seats(found)
    needed = quorum(len(seats.members), percent=found.quorum_percent, least=found.quorum_least)
    return render_template(
        "committee/body.html", body=found, seats=seats, needed=needed, counts=lines.counts(found),
        month=lines.month(found), names={seat.id: seat.name for seat in found.members})


@blueprint.get("/committees/<string:slug>/queue")
@public
def queue(slug: str) -> Any:
    """What waits, in its order, or what was decided."""
    found, decided = queries.body(slug), request.args.get("show") == "decided"
    waits, done = lines.counts(found)
    links = [(url_for("committee.queue", slug=slug), _("Waiting"), not decided, waits),
             (url_for("committee.queue", slug=slug, show="decided"), _("Decided"), decided, done)]
    page = lines.decided(found, request.args.get("after")) if decided else None
    places = [] if decided else lines.waiting(found)
    items = [one for place in places for one in (place.item, *place.item.joined)]
    return render_template(
        "committee/queue.html", body=found, links=links, page=page, places=places, month=lines.month(found),
        disputes=lines.open_disputes(items), overdue=lines.overdue, detect=detect)
