"""Decisions: what a carried motion makes of an item, of those joined to it, and of their tasks."""

from civicportal.committee.models import Decision, Item, Motion
from civicportal.committee.policies import can_record, group
from civicportal.committee.queries.queue import disputed
from civicportal.committee.services.holding import CHANGED, check_undecided, hold
from civicportal.committee.services.motions import DISPUTED, RIGHTS
from civicportal.committee.states import ITEM, MOTION, Proposal
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current
from civicportal.forum.services.given import words
from civicportal.forum.services.outcome import record_forward, record_outcome
from civicportal.forum.states import Outcome

OUTCOMES = {Proposal.RETURN: Outcome.RETURNED, Proposal.DECLINE: Outcome.DECLINED}


def record_decision(actor: Actor, item: Item, motion: Motion, *, reasons: str) -> Decision:
    """Write down what the members decided by a carried motion, with the reasons, under the actor's name.

    The item and all that are joined to it leave the queue; their tasks are returned or declined, or stay with the
    Committee until the strategy meeting. Raises Forbidden, Invalid without reasons, and Conflict for a motion that
    is not carried, a decided item, or while a vote it rests on is disputed.
    """
    with atomic():
        together = group(item)
        hold(*together)
        if not can_record(actor, motion):
            raise Forbidden(RIGHTS)
        said = words(reasons, "reasons", missing=_("Write the reasons. Everybody can read them."))
        if motion.item_id != item.id or item.joined_to is not None or group(item) != together:
            raise Conflict(CHANGED)
        check_undecided(item)
        if disputed(item):
            raise Conflict(DISPUTED)
        apply(MOTION, motion, "record", actor)
        decisions = [_decide(actor, one, motion, said) for one in together]
        return decisions[0]


def _decide(actor: Actor, item: Item, motion: Motion, reasons: str) -> Decision:
    apply(ITEM, item, motion.proposal.value, actor if item is motion.item else SYSTEM)
    item.decided_at = now()
    decision = Decision(
        item=item, motion=motion, proposal=motion.proposal, reasons=reasons, recorded_by_id=actor.person_id,
        recorded_by_name=actor.name)
    current().add(decision)
    if motion.proposal is Proposal.FORWARD:
        record_forward(actor, item.task, reason=reasons)
    else:
        record_outcome(SYSTEM, item.task, OUTCOMES[motion.proposal], reason=reasons, name=actor.name)
    return decision
