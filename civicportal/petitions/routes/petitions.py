"""Reading: the public list, one petition, and who may see what of it."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.datastructures import MultiDict

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import current_actor, public
from civicportal.institutions.profile_blocks import PROFILE_BLOCKS, ProfileBlock
from civicportal.institutions.queries import by_code, regions
from civicportal.petitions.models import Petition
from civicportal.petitions.policies import representative_of
from civicportal.petitions.queries.answers import answers_of
from civicportal.petitions.queries.checks import clock_for
from civicportal.petitions.queries.clock import clock_of
from civicportal.petitions.queries.listing import Wanted, counts_by_state, holder, published
from civicportal.petitions.queries.photos import photo_lines
from civicportal.petitions.queries.removals import in_force
from civicportal.petitions.queries.revisions import later_revisions
from civicportal.petitions.queries.satisfaction import figures, rateable, reaskable
from civicportal.petitions.queries.timeline import author_name, open_part, timeline
from civicportal.petitions.queries.views import views_of
from civicportal.petitions.queries.visibility import Viewer, viewer_of, visible_petition
from civicportal.petitions.routes.additions import shown_additions
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.files import shown_files
from civicportal.petitions.routes.gone import stop_if_removed
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.additions import is_open
from civicportal.petitions.states import PetitionState, Publication
from civicportal.petitions.types import TYPES, current_name

ACTING = frozenset({Viewer.AUTHOR, Viewer.REPRESENTATIVE})
SHOWN_STATES = tuple(state for state in PetitionState if state is not PetitionState.UNCONFIRMED)

PROFILE_BLOCKS.add(ProfileBlock(
    "satisfaction", "petitions/_figures.html", lambda institution_id, _locale: figures(institution_id)))


def visible_or_404(number: str) -> Petition:
    """The petition if the visitor may see it. Raises NotFound for hidden and absent ones alike.

    In place of a removed one stands a page that says why, with status 410.
    """
    petition = visible_petition(number, current_actor())
    if petition is None:
        stop_if_removed(number)
        raise NotFound
    seen(petition, current_actor())
    return petition


@blueprint.get("/petitions")
@public
def listing() -> Any:
    """Published petitions, with filters as links."""
    wanted = wanted_from(request.args)
    page = published(wanted, cursor=request.args.get("after"))
    counts = counts_by_state(wanted)
    total = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    here = by_code(wanted.institution) if wanted.institution else None
    return render_template(
        "petitions/listing.html", page=page, wanted=wanted, regions=regions(),
        states=_state_links(wanted, counts), total=total, feed_url=list_url(wanted, endpoint="petitions.feed"),
        institution=here, figures=figures(here.id) if here else None, holder=holder, kinds=TYPES,
        older=list_url(wanted, after=page.next_cursor) if page.next_cursor else None,
        author_name=lambda petition: author_name(petition, Viewer.PUBLIC))


def wanted_from(args: MultiDict[str, str]) -> Wanted:
    """Filters from an address; what is not one of ours is left out."""
    state = args.get("state", "")
    kind = args.get("type", "")
    return Wanted(
        type=current_name(kind) or None, state=PetitionState(state) if state in SHOWN_STATES else None,
        institution=_code(args, "institution"), region=_code(args, "region"), q=args.get("q", "")[:200].strip())


def _code(args: MultiDict[str, str], name: str) -> str | None:
    return args.get(name, "").replace("\0", "")[:40] or None


def list_url(wanted: Wanted, *, endpoint: str = "petitions.listing", **changes: Any) -> str:
    """Address of the list, or of another page that takes its filters."""
    values: dict[str, Any] = {
        "type": wanted.type, "state": wanted.state and wanted.state.value, "institution": wanted.institution,
        "region": wanted.region, "q": wanted.q or None, **changes,
    }
    return url_for(endpoint, **{name: value for name, value in values.items() if value})


def _state_links(wanted: Wanted, counts: Any) -> list[tuple[str, object, bool, int]]:
    """(address, title, active, count) for each state, all of them first."""
    links: list[tuple[str, object, bool, int]] = [
        (list_url(wanted, state=None), _("All"), wanted.state is None, sum(counts.values()))]
    return links + [(list_url(wanted, state=state.value), state.title, wanted.state is state, counts.get(state, 0))
                    for state in SHOWN_STATES]


@blueprint.get("/petitions/<number:number>")
@public
def show(number: str) -> Any:
    """One petition: its text, where it stands, its answers."""
    petition, actor = visible_or_404(number), current_actor()
    viewer = viewer_of(petition, actor)
    part = open_part(petition)
    return render_template(
        "petitions/show.html", petition=petition, viewer=viewer, kind=TYPES[petition.type],
        steps=timeline(petition, viewer), clock=clock_of(part) if part else None, answers=answers_of(petition),
        files=shown_files(petition, viewer), author=author_name(petition, viewer), **_publication(petition, viewer),
        photo_facts=[] if viewer is Viewer.PUBLIC else photo_lines(petition.photo_facts),
        additions=shown_additions(petition, viewer), addable=viewer in ACTING and is_open(petition),
        acting=representative_of(actor, petition) if actor else None,
        views=views_of(petition) if viewer is Viewer.AUTHOR else None,
        rateable=viewer is Viewer.AUTHOR and rateable(petition),
        reaskable=viewer is Viewer.AUTHOR and reaskable(petition))


def _publication(petition: Petition, viewer: Viewer) -> dict[str, object]:
    """What the page says of being public: clocks for the author, changes for everybody, the way in for operators."""
    actor, own, refusal = current_actor(), viewer is Viewer.AUTHOR, petition.refusal
    appeal = refusal.appeal if refusal and own else None
    return {
        "appeal": appeal, "appeal_clock": clock_for(appeal) if appeal and appeal.decided_at is None else None,
        "check_clock": clock_for(petition.check) if own and petition.check and petition.publication.waiting else None,
        "changed": {made.subject: made for made in later_revisions(petition)}, "removal": in_force(petition),
        "decides": actor is not None and actor.can(Permission.PUBLICATION_DECIDE)
        and petition.publication is not Publication.PRIVATE,
    }
