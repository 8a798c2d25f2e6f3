"""What becomes of motions and items when voting has news, by itself and in voting's own transaction.

A vote that counts no more weighs nothing, and motions that rest on it lapse. The item stays in the queue all the same:
only the members decide.
"""

from sqlalchemy import select, update

from civicportal.committee.models import Item, Motion
from civicportal.committee.policies import group
from civicportal.committee.services.holding import hold_alone
from civicportal.committee.states import MOTION, PENDING, ItemState, MotionState
from civicportal.core.events import subscribe
from civicportal.core.permissions import SYSTEM
from civicportal.core.states import apply
from civicportal.core.transactions import current
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Crossing
from civicportal.voting.news import BoxClosed, BoxVoided, DisputeDecided, ThresholdCrossed


@subscribe(BoxClosed)
def settle_motion(event: BoxClosed) -> None:
    """The members' vote is counted: carried with more yes than no, lost without, or too few took part."""
    motion = _motion_of(event.box_id)
    if motion is None or motion.state is not MotionState.OPEN:
        return
    box = motion.box
    outcome = KINDS[box.kind].outcome(box.tally or {}, quorum=motion.quorum, tie=box.tie)
    verb = "fail" if not outcome.quorate else "carry" if outcome.leading == "yes" else "lose"
    apply(MOTION, motion, verb, SYSTEM)


@subscribe(BoxVoided)
def follow_void(event: BoxVoided) -> None:
    """A vote is void, of the members or of the citizens."""
    _counts_no_more(event.box_id)


@subscribe(DisputeDecided)
def follow_dispute(event: DisputeDecided) -> None:
    """A person has decided whether the result of a disputed vote stands."""
    if not event.upheld:
        _counts_no_more(event.box_id)


@subscribe(ThresholdCrossed)
def weigh_late(event: ThresholdCrossed) -> None:
    """A task that was brought without a threshold has reached it after all: its item weighs what the head counted."""
    yes = select(Crossing.yes).where(Crossing.box_id == event.box_id).scalar_subquery()
    current().execute(
        update(Item).where(Item.box_id == event.box_id, Item.state == ItemState.QUEUED, Item.without_threshold)
        .values(weight=yes))


def _counts_no_more(box_id: int) -> None:
    motion = _motion_of(box_id)
    if motion is not None:
        _lapse(motion)
    waiting = select(Item).where(Item.box_id == box_id, Item.state == ItemState.QUEUED).order_by(Item.id)
    for item in current().scalars(waiting).all():
        hold_alone(*group(item))
        item.weight = 0
        for one in group(item)[0].motions:
            _lapse(one)


def _lapse(motion: Motion) -> None:
    if motion.state in PENDING:
        apply(MOTION, motion, "lapse", SYSTEM)


def _motion_of(box_id: int) -> Motion | None:
    """The motion whose vote it is, its item locked; None for the votes of others."""
    motion = current().scalar(select(Motion).where(Motion.box_id == box_id))
    if motion is not None:
        hold_alone(motion.item)
        current().refresh(motion)
    return motion
