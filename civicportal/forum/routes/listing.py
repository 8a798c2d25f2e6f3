"""The public list of tasks with its filters and its feeds."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.datastructures import MultiDict

from civicportal.core.i18n import _
from civicportal.core.web.access import public
from civicportal.core.web.feeds import BEGINNING, atom, tag
from civicportal.forum.queries import feeds
from civicportal.forum.queries.clock import row_clock
from civicportal.forum.queries.listing import Wanted, counts_by_state, public_tasks
from civicportal.forum.queries.pages import funnel
from civicportal.forum.queries.visibility import task_of
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.states import ENDED, PUBLIC, Origin, TaskState
from civicportal.petitions.queries.feeds import newest
from civicportal.voting.queries.totals import totals_of_many

EVERY = "all"
ORDER = tuple(state for state in TaskState if state in PUBLIC)


@blueprint.get("/forum")
@public
def listing() -> Any:
    """What is being read, voted on and decided, with filters as links."""
    wanted = wanted_from(request.args)
    page, links = public_tasks(wanted, cursor=request.args.get("after")), _state_links(wanted)
    return render_template(
        "forum/listing.html", rows=page.rows, wanted=wanted, states=links, origins=Origin, clock=row_clock,
        total=next(count for _url, _title, active, count in links if active), kept=_state_of(wanted),
        totals=totals_of_many([row.box.id for row in page.rows if row.box]), funnel=funnel(),
        older=list_url(wanted, after=page.next_cursor) if page.next_cursor else None,
        feed_url=list_url(wanted, endpoint="forum.feed"))


def wanted_from(args: MultiDict[str, str]) -> Wanted:
    """Filters from an address; what is not one of ours is left out. Without a state: what has not ended."""
    state, origin = args.get("state", ""), args.get("origin", "")
    one = TaskState(state) if state in PUBLIC else None
    return Wanted(
        state=one, on_way=one is None and state != EVERY, origin=Origin(origin) if origin in set(Origin) else None,
        q=args.get("q", "")[:200].strip())


def list_url(wanted: Wanted, *, endpoint: str = "forum.listing", **changes: Any) -> str:
    """Address of the list, or of its feed."""
    values: dict[str, Any] = {
        "state": _state_of(wanted), "origin": wanted.origin and wanted.origin.value, "q": wanted.q,
        **changes}
    return url_for(endpoint, **{name: value for name, value in values.items() if value})


def _state_of(wanted: Wanted) -> str | None:
    if wanted.state:
        return wanted.state.value
    return None if wanted.on_way else EVERY


def _state_links(wanted: Wanted) -> list[tuple[str, object, bool, int]]:
    """(address, title, active, count): what has not ended, everything, then each state that there is."""
    counts = counts_by_state(wanted)
    on_way = sum(count for state, count in counts.items() if state not in ENDED)
    links: list[tuple[str, object, bool, int]] = [
        (list_url(wanted, state=None), _("On their way"), wanted.on_way, on_way),
        (list_url(wanted, state=EVERY), _("All"), not wanted.on_way and not wanted.state, sum(counts.values()))]
    return links + [(list_url(wanted, state=state.value), state.title, wanted.state is state, counts.get(state, 0))
                    for state in ORDER if counts.get(state) or wanted.state is state]


@blueprint.get("/forum/feed.xml")
@public
def feed() -> Any:
    """The latest tasks, with the filters of the list."""
    wanted = wanted_from(request.args)
    page_url, entries = list_url(wanted), feeds.list_entries(wanted)
    return atom(
        "forum/feed.xml", feed_id=tag(BEGINNING, page_url.lstrip("/")), title=_("Tasks on their way"), entries=entries,
        updated=newest(entries), self_url=list_url(wanted, endpoint="forum.feed"), page_url=page_url)


@blueprint.get("/forum/<task:number>/feed.xml")
@public
def task_feed(number: str) -> Any:
    """The course of one public task."""
    task = task_of(number, None)
    page_url, entries = url_for("forum.show", number=number), feeds.step_entries(task)
    return atom(
        "forum/feed.xml", feed_id=tag(BEGINNING, page_url.lstrip("/")), title=task.title, entries=entries,
        updated=newest(entries), self_url=url_for("forum.task_feed", number=number), page_url=page_url)
