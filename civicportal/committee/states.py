"""States of an item and of a motion, and the parts of members."""

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition
from civicportal.core.titles import TitledEnum


class ItemState(TitledEnum):
    """Where an item of the queue stands. Nothing leaves the queue undecided."""

    QUEUED = "queued", lazy("In the queue"), "blue"
    FORWARDED = "forwarded", lazy("Forwarded to the strategy meeting"), "green"
    RETURNED = "returned", lazy("Returned for changes"), "yellow"
    DECLINED = "declined", lazy("Declined"), "red"


class Proposal(TitledEnum):
    """What a motion asks the members to decide."""

    FORWARD = "forward", lazy("Forward to the strategy meeting")
    RETURN = "return", lazy("Return for changes")
    DECLINE = "decline", lazy("Decline")


class MotionState(TitledEnum):
    """What became of a motion. It lapses when its own vote, or the citizens' vote it rests on, counts no more."""

    OPEN = "open", lazy("Members are voting"), "green"
    CARRIED = "carried", lazy("Carried"), "turquoise"
    LOST = "lost", lazy("Not carried"), "grey"
    INQUORATE = "inquorate", lazy("Too few members voted"), "red"
    RECORDED = "recorded", lazy("Decided"), "blue"
    LAPSED = "lapsed", lazy("Lapsed"), "grey"


PENDING = frozenset({MotionState.OPEN, MotionState.CARRIED})


class Seat(TitledEnum):
    """A person's part in a body."""

    CHAIR = "chair", lazy("Chair")
    MEMBER = "member", lazy("Member")
    ALTERNATE = "alternate", lazy("Alternate")


ITEM = Machine(
    "item", ItemState,
    Transition("forward", frozenset({ItemState.QUEUED}), ItemState.FORWARDED),
    Transition("return", frozenset({ItemState.QUEUED}), ItemState.RETURNED),
    Transition("decline", frozenset({ItemState.QUEUED}), ItemState.DECLINED),
)

MOTION = Machine(
    "motion", MotionState,
    Transition("carry", frozenset({MotionState.OPEN}), MotionState.CARRIED),
    Transition("lose", frozenset({MotionState.OPEN}), MotionState.LOST),
    Transition("fail", frozenset({MotionState.OPEN}), MotionState.INQUORATE),
    Transition("record", frozenset({MotionState.CARRIED}), MotionState.RECORDED),
    Transition("lapse", PENDING, MotionState.LAPSED),
)
