"""Officials leave a trace when they open a matter that is not public."""

from flask import Response, after_this_request

from civicportal.core.permissions import Actor
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.visibility import capacity
from civicportal.petitions.services.views import keep_view
from civicportal.petitions.states import Opened, Publication

LEADING_ON_OR_EMPTY = frozenset({*range(300, 400), 404, 410})


def seen(petition: Petition, actor: Actor | None, opened: Opened = Opened.MATTER, *, original: bool = False) -> None:
    """Keep the view before the answer goes out, unless it leads on or shows nothing. Without its trace, no page.

    `original`: a file as it was sent, which is for officials alone even where the petition is public.
    """
    held = capacity(actor, petition)
    if actor is None or actor.person_id is None or held is None:
        return
    if petition.publication is Publication.PUBLISHED and not original:
        return
    petition_id, person_id = petition.id, actor.person_id

    @after_this_request
    def keep(response: Response) -> Response:
        if response.status_code not in LEADING_ON_OR_EMPTY:
            keep_view(petition_id, person_id, held, opened)
        return response
