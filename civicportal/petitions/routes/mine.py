"""A person's own: matters, drafts to go on with, rating an answer, asking again, confirming by the mailed link."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for

from civicportal.accounts.services import read_token
from civicportal.accounts.states import TokenPurpose
from civicportal.core.errors import Gone, NotFound
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Permission
from civicportal.core.web.access import current_actor, public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled
from civicportal.extensions import csrf
from civicportal.petitions.forms.reading import AskAgainForm, ConfirmForm, RateForm
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.drafts import drafts_of, petition_of_guest
from civicportal.petitions.queries.listing import holder, mine, represented
from civicportal.petitions.queries.satisfaction import LOW, rateable, reaskable
from civicportal.petitions.queries.timeline import open_part
from civicportal.petitions.queries.visibility import own_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.services.reception import confirm as confirm_filing
from civicportal.petitions.services.satisfaction import ask_again as ask_for_further_answer
from civicportal.petitions.services.satisfaction import rate as keep_rating
from civicportal.petitions.services.unconfirmed import disown
from civicportal.petitions.types import TYPES


@blueprint.get("/my-matters")
@requires(Permission.PETITION_OWN)
def my() -> Any:
    """What I filed, and what I began."""
    actor = require_actor()
    after = request.args.get("after")
    page = mine(actor, cursor=after)
    older = url_for("petitions.my", after=page.next_cursor) if page.next_cursor else None
    return render_template("petitions/my.html", page=page, older=older, drafts=[] if after else drafts_of(actor),
                           holder=holder, kinds=TYPES, represented=[] if after else represented(actor))


def own_or_404(number: str) -> Petition:
    petition = own_petition(number, require_actor())
    if petition is None:
        raise NotFound
    return petition


@blueprint.route("/petitions/<number:number>/rate", methods=["GET", "POST"])
@requires(Permission.PETITION_OWN)
def rate(number: str) -> Any:
    """A mark and a comment, once for each answer."""
    petition = own_or_404(number)
    form = RateForm()
    if rateable(petition) is None:
        return render_template("petitions/rated.html", petition=petition, reaskable=reaskable(petition))
    if form.validate_on_submit():
        said = keep_rating(require_actor(), petition, int(form.rating.data), form.comment.data or "")
        flash(_("Thank you. Your mark is kept."), "success")
        target = "petitions.ask_again" if said.rating <= LOW and reaskable(petition) else "petitions.show"
        return redirect(url_for(target, number=number), 303)
    page = render_template("petitions/rate.html", petition=petition, form=form, back_url=_page(number))
    return page, 400 if form.errors else 200


@blueprint.route("/petitions/<number:number>/ask-again", methods=["GET", "POST"])
@requires(Permission.PETITION_OWN)
def ask_again(number: str) -> Any:
    """Ask once for a further answer after a low mark."""
    petition = own_or_404(number)
    form = AskAgainForm()
    if form.validate_on_submit():
        ask_for_further_answer(require_actor(), petition)
        flash(_("You asked for a further answer. A manager deals with it."), "success")
        return redirect(_page(number), 303)
    if reaskable(petition) is None:
        return redirect(_page(number), 303)
    return render_template("petitions/ask_again.html", petition=petition, form=form, back_url=_page(number))


def _page(number: str) -> str:
    return url_for("petitions.show", number=number)


@blueprint.route("/petitions/confirm/<string:token>", methods=["GET", "POST"])
@csrf.exempt
@throttled
@public
def confirm(token: str) -> Any:
    """The mailed link: GET asks who wrote it, POST confirms or deletes and shows what happened.

    The answer to the POST is the page itself: the link is used up, and a page to be led to would need a new secret.
    """
    form = ConfirmForm(token)
    if form.arrived and form.validate():
        if form.mine.data == "no":
            return seal(make_response(render_template("petitions/disowned.html", deleted=disown(token))))
        done = confirm_filing(current_actor(), token)
        page = render_template("petitions/confirmed.html", petition=done.petition, part=open_part(done.petition),
                               password_token=done.password_token)
        return seal(make_response(page))
    petition = petition_of_guest(read_token(token, TokenPurpose.CONFIRM_FILING).person_id)
    if petition is None:
        raise Gone(lazy("What you wrote was deleted."))
    page = render_template("petitions/confirm.html", petition=petition, form=form)
    return seal(make_response(page, 400 if form.arrived else 200))
