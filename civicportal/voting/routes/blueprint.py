"""The blueprint of `voting`, on which every file of this folder hangs its views, and the words its templates use."""

from flask import Blueprint

from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box, Dispute, ThresholdPolicy
from civicportal.voting.queries.boxes import BallotBox, ballot_box
from civicportal.voting.queries.clock import BoxClock, clock_of
from civicportal.voting.queries.pages import box_called
from civicportal.voting.queries.totals import PublishedTotals, Withheld, withheld
from civicportal.voting.queries.voters import Voter, paper_of
from civicportal.voting.states import Secrecy
from civicportal.voting.wording import countdown_texts, instant_text, threshold_text, yes_needed

blueprint = Blueprint("voting", __name__)


def box_or_404(slug: str) -> Box:
    """The vote with this slug. Raises NotFound."""
    box = box_called(slug)
    if box is None:
        raise NotFound
    return box


def secret_or_404(slug: str) -> Box:
    """A vote with secret ballots. Raises NotFound; members vote by name where their committee's page is."""
    box = box_or_404(slug)
    if box.secrecy is not Secrecy.SECRET:
        raise NotFound
    return box


def paper_or_404(slug: str) -> BallotBox:
    """What casting needs of a vote with secret ballots. Raises NotFound."""
    box = ballot_box(slug)
    if box is None or box.secrecy is not Secrecy.SECRET:
        raise NotFound
    return box


def voter_or_404(actor: Actor, slug: str) -> tuple[BallotBox, Voter]:
    """What `paper_or_404` gives, and the actor as its voter. Raises NotFound."""
    found = paper_of(actor, slug)
    if found is None or found[0].secrecy is not Secrecy.SECRET:
        raise NotFound
    return found


# Cards of votes stand on pages of other packages, so what they need is there for every template.


@blueprint.app_template_global()
def vote_clock(box: Box, dispute: Dispute | None = None) -> BoxClock:
    """Where the vote stands in time."""
    return clock_of(box, dispute)


@blueprint.app_template_global()
def vote_withheld(box: Box) -> Withheld | None:
    """Why newer counts are kept back."""
    return withheld(box)


@blueprint.app_template_global()
def vote_option(box: Box | BallotBox, code: str) -> object:
    """What people read for an option."""
    return KINDS[box.kind].option_title(code)


@blueprint.app_template_global()
def vote_needed(box: Box, totals: PublishedTotals | None) -> int | None:
    """How many yes votes the threshold asks for; None where that is not known yet, or depends on other votes."""
    if box.policy is None:
        return None
    return yes_needed(box.policy.kind, box.policy.value, totals.electorate_size if totals else None)


@blueprint.app_template_global()
def vote_threshold_text(policy: ThresholdPolicy) -> str:
    """The threshold as a sentence."""
    return threshold_text(policy.kind, policy.value)


blueprint.add_app_template_global(instant_text, "vote_instant")
blueprint.add_app_template_global(countdown_texts, "vote_countdown_texts")
