"""Who may do what to a vote."""

from civicportal.core.permissions import Actor, Permission
from civicportal.voting.states import BOX, CLAIM, DISPUTE


def can_run(actor: Actor, _thing: object = None) -> bool:
    """Operators: extending, voiding, silences, suspects, disputes, claims. Never opening, closing or counting."""
    return actor.can(Permission.VOTE_RUN)


def can_plan(actor: Actor, _thing: object = None) -> bool:
    """Operators. What other packages put to the vote by their own rules, the system plans."""
    return actor.person_id is None or can_run(actor)


def can_set_policy(actor: Actor) -> bool:
    """Operators: the next version of a threshold. A command sets it as the system."""
    return actor.person_id is None or actor.can(Permission.POLICY_SET)


BOX.permit("void", can_run)
CLAIM.permit("settle", can_run)
DISPUTE.permit("uphold", can_run)
DISPUTE.permit("overturn", can_run)
