"""What everybody can check of the own vote: a ballot by its tracker, the own key, a promise that was not kept."""

from base64 import b64encode

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.limits import throttled
from civicportal.extensions import csrf
from civicportal.voting.forms.voter import ClaimForm, TrackerForm
from civicportal.voting.models import Box
from civicportal.voting.queries.lookup import look_up
from civicportal.voting.queries.standing import own_key
from civicportal.voting.queries.trust import has_contested
from civicportal.voting.queries.voters import electorate_proof, has_voted
from civicportal.voting.receipts import promise_in
from civicportal.voting.routes.blueprint import blueprint, box_or_404, secret_or_404
from civicportal.voting.services import trust


@blueprint.route("/votes/<string:slug>/check", methods=["GET", "POST"])
@csrf.exempt
@public
def check(slug: str) -> ResponseReturnValue:
    """Look a ballot up. It is a POST only so that no address holds the tracker; it changes nothing."""
    box, form = _logged(secret_or_404(slug)), TrackerForm()
    valid = form.validate_on_submit()
    page = render_template("voting/check.html", box=box, form=form,
                           found=look_up(box, form.tracker.data) if valid else None)
    return _unstored(page, 400 if form.errors else 200) if form.is_submitted() else page


@blueprint.get("/votes/<string:slug>/my-key")
@requires(Permission.VOTE_CAST)
def mine(slug: str) -> str:
    """The reader's own key: whether it may vote, and whether it has."""
    box = _logged(box_or_404(slug))
    key = own_key(require_actor(), box)
    proof = electorate_proof(box, key) if key else None
    return render_template(
        "voting/mine.html", box=box, key=key, proof=proof, voted=key is not None and has_voted(box, key),
        contested=key is not None and has_contested(box.id, key),
        hashes=[b64encode(node).decode() for node in proof.hashes] if proof else [],
        root=b64encode(proof.root).decode() if proof else "")


@blueprint.post("/votes/<string:slug>/contest")
@requires(Permission.VOTE_CAST)
def contest(slug: str) -> ResponseReturnValue:
    """Say that somebody voted in one's place."""
    box = box_or_404(slug)
    try:
        trust.contest(require_actor(), box)
    except (Conflict, NotFound) as error:
        flash(str(error.message) or _("You have no key in this vote. There is nothing to contest."), "error")
    else:
        flash(_("It is noted. The number of those who said so is public, your name is not."), "success")
    return redirect(url_for("voting.mine", slug=slug), 303)


@blueprint.route("/votes/<string:slug>/claim", methods=["GET", "POST"])
@public
@throttled
def claim(slug: str) -> ResponseReturnValue:
    """Lodge a promise that was not kept; anybody may, and who did is not kept."""
    box, form, lodged = _logged(box_or_404(slug)), ClaimForm(), None
    if form.validate_on_submit():
        try:
            lodged = trust.lodge_claim(box, promise_in(form.receipt.data))
        except Invalid as error:
            form.receipt.errors = [str(error.message)]
    page = render_template("voting/claim.html", box=box, form=form, lodged=lodged)
    return _unstored(page, 400 if form.errors else 200)


def _logged(box: Box) -> Box:
    """The vote, if it has opened, so that there is something to check. Raises NotFound."""
    if box.opened_at is None:
        raise NotFound
    return box


def _unstored(page: str, status: int) -> ResponseReturnValue:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
