"""How somebody stands to a vote: may vote now, or why not."""

from enum import StrEnum

from civicportal.core.clock import now
from civicportal.core.permissions import Actor
from civicportal.voting.models import Box
from civicportal.voting.queries.voters import Voter, has_voted, key_of, may_vote, voter_of
from civicportal.voting.states import BoxState


class Standing(StrEnum):
    """What the page of a vote says beside the question."""

    MAY_VOTE = "may_vote"
    SIGN_IN = "sign_in"
    IDENTITY = "identity"
    SOON = "soon"
    OUTSIDE = "outside"
    VOTED = "voted"
    BY_NAME = "by_name"
    EARLY = "early"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


def standing_of(actor: Actor | None, box: Box) -> Standing:
    """How the reader stands to the vote now."""
    if box.state is BoxState.SCHEDULED:
        return Standing.EARLY
    if box.state is not BoxState.OPEN or box.closes_at <= now():
        return Standing.ENDED
    if box.interrupted_at is not None:
        return Standing.INTERRUPTED
    if box.members is not None:
        return Standing.BY_NAME
    return Standing.SIGN_IN if actor is None else _of_voter(voter_of(actor, box), box)


def own_key(actor: Actor, box: Box) -> str | None:
    """The reader's own key in the vote; None for who lacks the identity it asks for."""
    voter = voter_of(actor, box)
    return key_of(voter, box) if voter.identity is not None else None


def _of_voter(voter: Voter, box: Box) -> Standing:
    if voter.identity is None:
        return Standing.IDENTITY if box.min_level > 1 else Standing.OUTSIDE
    key = key_of(voter, box)
    if has_voted(box, key):
        return Standing.VOTED
    if may_vote(box, key):
        return Standing.MAY_VOTE
    return Standing.SOON if box.late_admission else Standing.OUTSIDE
