"""What happened to an item, oldest first: from its coming to its decision."""

from collections.abc import Iterator
from datetime import datetime

from civicportal.committee.models import Item, Motion
from civicportal.committee.policies import group
from civicportal.committee.queries.queue import all_disputes
from civicportal.committee.states import MotionState
from civicportal.core.i18n import _
from civicportal.forum.queries.timeline import Step, step_of
from civicportal.petitions.language import detect
from civicportal.voting.models import Dispute
from civicportal.voting.states import DisputeState

SHARED = frozenset({"join", "unjoin", "extend"})  # lines of the task's own history that are about its item


def history(item: Item) -> list[Step]:
    """The steps of an item, as `components/timeline.html` draws them."""
    steps = [_came(item), *_shared(item), *_recusals(item), *_disputes(item), *_decided(item)]
    for motion in group(item)[0].motions:
        steps += _motion(motion)
    return sorted(steps, key=lambda step: step.at or item.queued_at)


def _past(key: str, title: object, at: datetime, *, who: str = "", text: str = "", reason: str = "") -> Step:
    return Step(key, "past", str(title), at=at, who=who, text=text, reason=reason,
                language=detect(reason, "ko") if reason else "")


def _came(item: Item) -> Step:
    text = _("The support unit brought it without a threshold.") if item.without_threshold else _(
        "It reached the threshold of yes votes.")
    return _past("came", _("Came into the queue"), item.queued_at, text=text)


def _shared(item: Item) -> Iterator[Step]:
    last = item.decided_at
    for event in item.task.events:
        if event.verb in SHARED and item.queued_at <= event.at and (last is None or event.at <= last):
            yield step_of(event)


def _recusals(item: Item) -> Iterator[Step]:
    for row in item.recusals:
        yield _past(f"recusal-{row.id}", _("%(name)s takes no part", name=row.member.name), row.at,
                    who=_("Recorded by %(name)s", name=row.by_name), reason=row.reason)


def _motion(motion: Motion) -> Iterator[Step]:
    yield _past(f"motion-{motion.id}", _("Motion: %(proposal)s", proposal=motion.proposal.title), motion.at,
                who=_("Moved by %(name)s", name=motion.moved_by_name), reason=motion.reasons)
    ended = motion.box.counted_at
    if motion.state is not MotionState.OPEN and ended is not None:
        title = MotionState.CARRIED.title if motion.state is MotionState.RECORDED else motion.state.title
        yield _past(f"counted-{motion.id}", title, ended, who=_("The portal, by itself"))


def _disputes(item: Item) -> Iterator[Step]:
    for dispute in all_disputes(item):
        yield _past(f"disputed-{dispute.id}", _("The citizens’ vote is disputed"), dispute.declared_at,
                    who=_("The portal, by itself"), text=_("Nothing is decided until that is settled."))
        if dispute.decided_at is not None:
            yield _past(f"settled-{dispute.id}", _settled(dispute), dispute.decided_at, reason=dispute.reason or "")


def _settled(dispute: Dispute) -> object:
    if dispute.state is DisputeState.UPHELD:
        return _("The dispute is settled: the result stands")
    return _("The dispute is settled: the result does not stand, and weighs nothing")


def _decided(item: Item) -> Iterator[Step]:
    decision = item.decision
    if decision is not None:
        yield _past(f"decision-{decision.id}", item.state.title, decision.at,
                    who=_("Recorded by %(name)s", name=decision.recorded_by_name), reason=decision.reasons)
