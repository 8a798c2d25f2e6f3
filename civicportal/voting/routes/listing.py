"""The list of votes with its feed, the thresholds and the public keys."""

from typing import Any

from flask import render_template, request, url_for

from civicportal.core.clock import now
from civicportal.core.i18n import _
from civicportal.core.web.access import public
from civicportal.core.web.feeds import BEGINNING, atom, tag
from civicportal.voting.queries import feed as feeds
from civicportal.voting.queries import pages, thresholds
from civicportal.voting.queries.pages import GROUPS, Wanted
from civicportal.voting.queries.totals import totals_of_many
from civicportal.voting.queries.trust import disputes_of, key_history
from civicportal.voting.routes.blueprint import blueprint

Section = tuple[str, Any, str | None]


@blueprint.get("/votes")
@public
def listing() -> Any:
    """Votes: open ones by their close, planned ones, and those that ended; or by yes votes, where they are public.

    On a page of open or planned ones, those of committees come last.
    """
    wanted, by_yes = wanted_from(), request.args.get("sort") == "yes"
    sections = _by_yes(wanted) if by_yes else _by_time(wanted)
    shown = [box.id for _title, boxes, _more in sections for box in boxes]
    return render_template(
        "voting/listing.html", wanted=wanted, sections=sections, totals=totals_of_many(shown),
        disputes=disputes_of(shown), groups=_group_links(wanted),
        by_yes=by_yes, kept=[("state", wanted.group)] if wanted.group else [], orders=[
            (_url(wanted, sort=None), _("What closes next"), not by_yes),
            (_url(wanted, sort="yes"), _("Most yes votes"), by_yes)])


def wanted_from() -> Wanted:
    """Filters from the address; what is not one of ours is left out."""
    group = request.args.get("state", "")
    return Wanted(group if group in GROUPS else None, request.args.get("q", "")[:200].strip())


def _by_time(wanted: Wanted) -> list[Section]:
    titles = {"open": _("Open now"), "planned": _("Planned"), "ended": _("Ended")}
    groups = [wanted.group] if wanted.group else list(GROUPS)
    cursor = request.args.get("after") if wanted.group else None
    found = []
    for group in groups:
        page = pages.listed(wanted, group, cursor=cursor)
        more = _url(wanted, state=group, after=page.next_cursor) if page.next_cursor else None
        rows = page.rows if group == "ended" else sorted(page.rows, key=lambda box: box.members is not None)
        found.append((titles[group], rows, more))
    return found


def _by_yes(wanted: Wanted) -> list[Section]:
    boxes, cursor = pages.most_yes(wanted, cursor=request.args.get("after"))
    return [(_("Most yes votes"), boxes, _url(wanted, after=cursor) if cursor else None)]


def _url(wanted: Wanted, **changes: str | None) -> str:
    sort = "yes" if request.args.get("sort") == "yes" else None
    values: dict[str, Any] = {"state": wanted.group, "q": wanted.q or None, "sort": sort, **changes}
    return url_for("voting.listing", **{name: value for name, value in values.items() if value})


def _group_links(wanted: Wanted) -> list[tuple[str, object, bool, int]]:
    counts, titles = pages.counts_by_group(wanted), {"open": _("Open"), "planned": _("Planned"), "ended": _("Ended")}
    every: list[tuple[str, object, bool, int]] = [(
        _url(wanted, state=None), _("All"), wanted.group is None, sum(counts.values()))]
    return every + [(_url(wanted, state=group), titles[group], wanted.group == group, counts[group])
                    for group in GROUPS]


@blueprint.get("/votes/feed.xml")
@public
def feed() -> Any:
    """Votes that opened, with the totals their pages show."""
    entries = feeds.entries()
    return atom("voting/feed.xml", feed_id=tag(BEGINNING, url_for("voting.listing").lstrip("/")), entries=entries,
                updated=feeds.newest(entries))


@blueprint.get("/votes/keys")
@public
def keys() -> Any:
    """The public keys the portal has signed with, and who vouches for each."""
    return render_template("voting/keys.html", keys=key_history())


@blueprint.get("/votes/thresholds")
@public
def policies() -> Any:
    """Every version of every threshold, with its reason; the months that were compared."""
    scopes: dict[str, list[Any]] = {}
    for policy in thresholds.all_policies():
        scopes.setdefault(policy.scope, []).append((policy, thresholds.rounds_of(policy)))
    at = now()
    valid = {scope: thresholds.policy_in_force(scope, at) for scope in scopes}
    return render_template("voting/policies.html", scopes=scopes, valid=valid, at=at)
