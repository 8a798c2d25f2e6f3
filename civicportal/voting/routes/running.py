"""What operators do with one vote: give it more time, void it, mark suspects, decide disputes, settle claims."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.voting.forms.operator import DisputeForm, ExtendForm, OperatorForm, ReasonForm, SuspectsForm
from civicportal.voting.models import Box
from civicportal.voting.queries import trust as facts
from civicportal.voting.queries.attention import attention, claim_of, running
from civicportal.voting.routes.blueprint import blueprint, box_or_404
from civicportal.voting.services import void_box
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.trust import decide_dispute, mark_suspects, settle_claim


@blueprint.get("/operator/votes")
@requires(Permission.VOTE_RUN)
def run() -> str:
    """Votes that run, and what needs a person."""
    return render_template("voting/run/listing.html", found=attention(), boxes=running())


@blueprint.get("/operator/votes/<string:slug>")
@requires(Permission.VOTE_RUN)
def run_box(slug: str) -> str:
    """One vote, and what can be done with it."""
    box = box_or_404(slug)
    return render_template(
        "voting/run/box.html", box=box, claims=facts.claims_of(box.id), dispute=facts.dispute_of(box.id),
        suspects=facts.suspects(box.id), contested=facts.contested(box.id),
        found=[one for one in attention() if one.box.id == box.id])


@blueprint.route("/operator/votes/<string:slug>/extend", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
@step_up
def extend(slug: str) -> ResponseReturnValue:
    """Move the close to a later instant."""
    box, form = box_or_404(slug), ExtendForm()

    def act() -> str:
        closes_at = form.instant(form.day, form.clock) or box.closes_at
        extend_box(require_actor(), box, closes_at=closes_at, reason=form.reason.data)
        return _("The vote is extended. Everybody can read until when, and why.")

    return _acted(box, form, "extend", act)


@blueprint.route("/operator/votes/<string:slug>/void", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
@step_up
def void(slug: str) -> ResponseReturnValue:
    """Declare a vote void."""
    box, form = box_or_404(slug), ReasonForm()

    def act() -> str:
        void_box(require_actor(), box, reason=form.reason.data)
        return _("The vote is void.")

    return _acted(box, form, "void", act)


@blueprint.route("/operator/votes/<string:slug>/suspects", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
@step_up
def suspects(slug: str) -> ResponseReturnValue:
    """Mark keys of the roll as suspected of fraud."""
    box, form = box_or_404(slug), SuspectsForm()

    def act() -> str:
        count = mark_suspects(require_actor(), box, form.lines, reason=form.reason.data)
        return _("%(count)s votes are marked as suspect now.", count=count)

    return _acted(box, form, "suspects", act)


@blueprint.route("/operator/votes/<string:slug>/dispute", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
@step_up
def dispute(slug: str) -> ResponseReturnValue:
    """Decide whether the result of a disputed vote stands."""
    box, form = box_or_404(slug), DisputeForm()
    if facts.dispute_of(box.id) is None:
        raise NotFound

    def act() -> str:
        decide_dispute(require_actor(), box, upheld=form.decision.data == "uphold", reason=form.reason.data)
        return _("It is decided. Everybody can read the decision.")

    return _acted(box, form, "dispute", act)


@blueprint.route("/operator/votes/<string:slug>/claims/<int:claim_id>", methods=["GET", "POST"])
@requires(Permission.VOTE_RUN)
@step_up
def claim_settle(slug: str, claim_id: int) -> ResponseReturnValue:
    """Settle a promise that was not kept, with reasons."""
    box, form = box_or_404(slug), ReasonForm()
    claim = claim_of(box, claim_id)
    if claim is None:
        raise NotFound

    def act() -> str:
        settle_claim(require_actor(), claim, reason=form.reason.data)
        return _("The claim is settled. Everybody can read why.")

    return _acted(box, form, "claim", act, claim=claim)


def _acted(
    box: Box, form: OperatorForm, name: str, act: Callable[[], str], **context: object
) -> ResponseReturnValue:
    """The form of one act; sent, it is done and the vote's page follows. What was typed is kept when it is refused."""
    if form.validate_on_submit():
        try:
            said = act()
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.form_errors.append(str(error.message))
        else:
            flash(said, "success")
            return redirect(url_for("voting.run_box", slug=box.slug), 303)
    page = render_template(
        f"voting/run/{name}.html", box=box, form=form, dispute=facts.dispute_of(box.id),
        back_url=url_for("voting.run_box", slug=box.slug), caption=box.slug, **context)
    return page, 400 if form.errors else 200
