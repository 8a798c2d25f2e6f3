"""The page of one vote: the question, the ballot for who may vote, the result, the rules, and what to check."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from flask import render_template

from civicportal.core.configuration import settings
from civicportal.core.permissions import Actor
from civicportal.core.web.access import current_actor, public
from civicportal.voting.forms.voter import BallotForm
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box
from civicportal.voting.queries import log, trust
from civicportal.voting.queries.pages import by_name
from civicportal.voting.queries.standing import Standing, standing_of
from civicportal.voting.queries.totals import PublishedTotals, public_as_of, published_totals, withheld
from civicportal.voting.queries.voters import latest_count
from civicportal.voting.routes.blueprint import blueprint, box_or_404
from civicportal.voting.states import Secrecy
from civicportal.voting.wording import level_text


@blueprint.get("/votes/<string:slug>")
@public
def show(slug: str) -> str:
    """One vote. For who may vote the ballot is on it."""
    box, actor = box_or_404(slug), current_actor()
    standing = standing_of(actor, box)
    form = BallotForm(box, formdata=None) if standing is Standing.MAY_VOTE else None
    return vote_page(box, actor, standing, form)


def vote_page(box: Box, actor: Actor | None, standing: Standing, form: BallotForm | None) -> str:
    """The page of a vote, with a ballot as it was sent where there is one."""
    totals = published_totals(box)
    return render_template(
        "voting/show.html", box=box, standing=standing, form=form, totals=totals,
        held=None if totals and totals.last else withheld(box), **_result(box, totals), **_rules(box),
        **_checks(box, actor))


def _result(box: Box, totals: PublishedTotals | None) -> dict[str, Any]:
    named = box.secrecy is Secrecy.OPEN and totals is not None
    final = totals is not None and totals.last and box.policy is None
    outcome = KINDS[box.kind].outcome(totals.counts, quorum=box.quorum, tie=box.tie) if totals and final else None
    return {
        "by_name": by_name(box, totals.size) if named and totals else None,
        "outcome": outcome.sentence if outcome else "",
        "levels": sorted((box.levels or {}).items()) if totals and totals.last and not box.members else None,
    }


def _rules(box: Box) -> dict[str, Any]:
    counted, limits = latest_count(box), settings()
    return {
        "electorate": counted, "electorate_root": b64encode(counted.root).decode() if counted else "",
        "frozen_hash": sha256(box.frozen.encode()).hexdigest() if box.frozen else "",
        "level_text": level_text(box.min_level), "promise_minutes": limits.promise_minutes,
        "batch_min": limits.ballot_batch_min,
    }


def _checks(box: Box, actor: Actor | None) -> dict[str, Any]:
    dispute = trust.dispute_of(box.id)
    return {
        "newest": log.newest_head(box.log) if box.log else None, "public": public_as_of(box),
        "anchoring": trust.anchoring(box.id),
        "contested": trust.contested(box.id), "suspects": trust.suspects(box.id), "unmet": trust.unmet_promises(box.id),
        "claims": trust.claims_of(box.id), "dispute": dispute, "dispute_late": dispute and trust.overdue(dispute),
        "observer": trust.observes(actor, box.id),
    }
