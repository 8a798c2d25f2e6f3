"""What the pages of a draft have in common: whose it is, that its address is a secret, and where they lead."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.web.access import current_actor, public, require_actor
from civicportal.core.web.headers import seal
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.extensions import csrf
from civicportal.petitions.models import Draft
from civicportal.petitions.queries.drafts import find_draft

View = Callable[..., Any]
STEPS = ("file_what", "file_text", "file_place", "file_files", "file_readers", "file_check")


def is_lost(draft: Draft) -> bool:
    """Whether the draft belongs to somebody whose sign-in has ended: it takes what is sent and shows nothing."""
    return draft.person_id is not None and current_actor() is None


def load_draft(key: str) -> Draft:
    """The draft, filed or not, if it is a guest's or the signed-in person's. Raises NotFound, or SignInNeeded."""
    draft = find_draft(key, current_actor())
    if draft is None:
        raise NotFound
    if is_lost(draft) and request.method != "POST":
        require_actor()
    return draft


def draft_page(view: View) -> View:
    """Mark a page of an unfiled draft: public, with a token of its own, never stored. The view gets the draft."""

    @wraps(view)
    def opened(key: str, **values: Any) -> Response:
        draft = load_draft(key)
        if draft.petition_id is not None:
            return seal(_response(redirect(url_for("petitions.file_done", key=key), 303)))
        return seal(_response(view(draft, **values)))

    return csrf.exempt(public(opened))


def _response(answer: Any) -> Response:
    return make_response(answer)


def ask(template: str, draft: Draft, form: KeyedForm, step: str, **context: Any) -> Any:
    """Show a question, with what was typed and what is wrong with it.

    Whose sign-in has ended is sent to it; what was typed is in the draft by then, or is carried along.
    """
    if is_lost(draft):
        if not form.arrived:
            require_actor()
        return redirect(request.full_path.rstrip("?"), 303)
    if form.is_submitted() and not form.arrived:
        form.validate()
    number = STEPS.index(step) + 1
    page = render_template(
        f"petitions/file/{template}.html", draft=draft, form=form, back_url=_back(draft, number - 1),
        caption=_("Step %(number)s of %(total)s", number=number, total=len(STEPS)), **context)
    return page, 400 if form.error_list() else 200


def _back(draft: Draft, place: int) -> str:
    if request.args.get("from") == "check":
        return url_for("petitions.file_check", key=draft.key)
    if place == 0:
        return url_for("pages.home")
    endpoint = "petitions.file_kind" if place == 1 else f"petitions.{STEPS[place - 1]}"
    return url_for(endpoint, key=draft.key)


def onward(draft: Draft, step: str) -> BaseResponse:
    """Go on to a step, or back to the check for those who came from it."""
    target = "file_check" if request.args.get("from") == "check" else step
    return redirect(url_for(f"petitions.{target}", key=draft.key), 303)
