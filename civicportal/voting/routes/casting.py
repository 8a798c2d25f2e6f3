"""Casting and changing a ballot.

The answer is the receipt itself, with 200: a redirect would have to carry it in an address or a session. Nothing of the
ballot goes there, into a log or into a limit. The forms check the token of the session themselves, so that a page that
was open for too long comes back as it was sent.
"""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Invalid
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.web.access import SignInNeeded, current_actor, leave_no_trace, public
from civicportal.core.web.resume import same_origin, token_fits
from civicportal.extensions import csrf
from civicportal.voting.forms.voter import BallotForm, ChangeForm
from civicportal.voting.models import Box
from civicportal.voting.queries.boxes import BallotBox
from civicportal.voting.queries.standing import Standing, standing_of
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.routes import refusals
from civicportal.voting.routes.blueprint import blueprint, box_or_404, paper_or_404, secret_or_404, voter_or_404
from civicportal.voting.routes.receipts import receipt_page
from civicportal.voting.routes.show import vote_page
from civicportal.voting.services import BoxClosed, Change, Clash, Interrupted, NotOpenYet, Receipt
from civicportal.voting.services import cast as cast_ballot


@blueprint.get("/votes/<string:slug>/ballot")
@public
def ballot(slug: str) -> ResponseReturnValue:
    """Who comes here by hand, or changes the language on a receipt, finds the vote."""
    return redirect(url_for("voting.show", slug=box_or_404(slug).slug), 303)


@blueprint.post("/votes/<string:slug>/ballot")
@csrf.exempt
@public
def cast(slug: str) -> ResponseReturnValue:
    """Cast a ballot; the answer is the receipt. A form that cannot be taken as it is comes back."""
    leave_no_trace()
    actor = current_actor()
    if actor is None:
        return refusals.not_signed_in(secret_or_404(slug))
    paper, voter = voter_or_404(actor, slug)
    if not token_fits():
        return _by_form(secret_or_404(slug), paper, actor)
    try:
        receipt = cast_ballot(
            voter, paper, choice=request.form.get("choice", ""), nonce=request.form.get("nonce", ""))
    except (Invalid, Clash):
        return _by_form(secret_or_404(slug), paper, actor)
    except refusals.REFUSED as error:
        return refusals.page(secret_or_404(slug), error)
    return receipt_page(paper, receipt)


def _by_form(box: Box, paper: BallotBox, actor: Actor) -> ResponseReturnValue:
    """Take what was sent as the form of the vote's page, which says what is wrong with it."""
    form = BallotForm(box)
    try:
        receipt = _deliver(box, actor, form)
    except refusals.REFUSED as error:
        return refusals.page(box, error)
    if receipt is not None:
        return receipt_page(paper, receipt)
    standing = Standing.MAY_VOTE if form.stale else standing_of(actor, box)
    return _again(vote_page(box, actor, standing, form))


@blueprint.route("/votes/<string:slug>/change", methods=["GET", "POST"])
@csrf.exempt
@public
def change(slug: str) -> ResponseReturnValue:
    """Put another choice in place of the one that was cast."""
    leave_no_trace()
    box, actor, posted = secret_or_404(slug), current_actor(), request.method == "POST"
    if actor is None and posted:
        return refusals.not_signed_in(box)
    if actor is None:
        raise SignInNeeded(lazy("Please sign in to go on."))
    if not box.may_change:
        return refusals.fixed(box)
    if not posted and standing_of(actor, box) is Standing.ENDED:
        return redirect(url_for("voting.show", slug=slug), 303)
    form = ChangeForm(box)
    try:
        receipt = _deliver(box, actor, form) if posted else None
    except refusals.REFUSED as error:
        return refusals.page(box, error)
    if receipt is None:
        page = render_template("voting/change.html", box=box, form=form)
        return _again(page) if posted else page
    return receipt_page(paper_or_404(slug), receipt)


def _deliver(box: Box, actor: Actor, form: BallotForm) -> Receipt | None:
    """The receipt; None when the form has to be shown again. Raises what casting refuses otherwise."""
    if not form.validate():
        _check_open(box)
        form.keep(own=not form.stale or same_origin())
        return None
    replaced = Change(form.tracker.data, form.secret.data) if isinstance(form, ChangeForm) else None
    try:
        return cast_ballot(
            voter_of(actor, box), box, choice=form.choice.data, nonce=form.nonce.data, change=replaced)
    except Clash as error:
        form.redraw()
        form.form_errors.append(str(error.message))
    except Invalid as error:
        form.blame(error)
    return None


def _check_open(box: Box) -> None:
    """A form comes back only where it can be sent again. Raises NotOpenYet, BoxClosed, Interrupted."""
    standing = standing_of(None, box)
    if standing is Standing.EARLY:
        raise NotOpenYet
    if standing is Standing.ENDED:
        raise BoxClosed
    if standing is Standing.INTERRUPTED:
        raise Interrupted


def _again(page: str) -> Response:
    """The form once more, with everything that was sent."""
    response = make_response(page, 400)
    response.headers["Cache-Control"] = "no-store"
    return response
