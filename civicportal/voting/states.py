"""States of a box, and the words of its rules."""

from enum import StrEnum

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition
from civicportal.core.titles import TitledEnum


class BoxState(TitledEnum):
    """Where a vote stands. Only the clock opens, closes and finishes it."""

    SCHEDULED = "scheduled", lazy("Not open yet"), "grey"
    OPEN = "open", lazy("Open"), "green"
    CLOSED = "closed", lazy("Closed, being checked"), "blue"
    FINAL = "final", lazy("Final"), "turquoise"
    VOID = "void", lazy("Void"), "red"


class Secrecy(TitledEnum):
    """Whether the public can see who chose what."""

    SECRET = "secret", lazy("Secret")
    OPEN = "open", lazy("By name, in public")


class Totals(TitledEnum):
    """From when on counts are published."""

    LIVE = "live", lazy("While the vote runs, as of the last signed head")
    CLOSED = "closed", lazy("After the vote has closed")


class TieRule(TitledEnum):
    """What follows when yes and no are equal."""

    NO_DECISION = "no_decision", lazy("No decision")
    STATUS_QUO = "status_quo", lazy("Things stay as they are")
    COMMITTEE = "committee", lazy("The committee decides")


class PolicyKind(TitledEnum):
    """How a threshold is set."""

    NUMBER = "number", lazy("A number of yes votes")
    SHARE = "share", lazy("A share of those who may vote")
    MONTHLY = "monthly", lazy("A number of tasks each month")


class Refusal(TitledEnum):
    """Why a planned box did not open at its time."""

    SILENCE = "silence", lazy("It would close during an election silence.")
    LEVEL = "level", lazy("The threshold binds government and asks for a higher level of identity.")
    PROVIDER = "provider", lazy("This portal has no identity provider yet, which the threshold asks for.")


class KeyPurpose(StrEnum):
    """What a signing key signs."""

    LOG = "log"
    RECEIPT = "receipt"


class ClaimState(TitledEnum):
    """What became of a promise that was not kept."""

    OPEN = "open", lazy("Being looked into"), "yellow"
    LATE = "late", lazy("In the log, but later than promised"), "orange"
    SETTLED = "settled", lazy("Settled, with reasons"), "grey"


class DisputeState(TitledEnum):
    """Whether a person has decided on a disputed vote."""

    OPEN = "open", lazy("Disputed"), "red"
    UPHELD = "upheld", lazy("The result stands"), "green"
    OVERTURNED = "overturned", lazy("The result does not stand"), "grey"


RUNNING = frozenset({BoxState.OPEN, BoxState.CLOSED, BoxState.FINAL})
UNSETTLED = frozenset({ClaimState.OPEN, ClaimState.LATE})

BOX = Machine(
    "box", BoxState,
    Transition("open", frozenset({BoxState.SCHEDULED}), BoxState.OPEN),
    Transition("close", frozenset({BoxState.OPEN}), BoxState.CLOSED),
    Transition("finish", frozenset({BoxState.CLOSED}), BoxState.FINAL),
    Transition("void", frozenset({BoxState.SCHEDULED, BoxState.OPEN, BoxState.CLOSED}), BoxState.VOID),
)

CLAIM = Machine(
    "claim", ClaimState,
    Transition("find", frozenset({ClaimState.OPEN}), ClaimState.LATE),
    Transition("settle", UNSETTLED, ClaimState.SETTLED),
)

DISPUTE = Machine(
    "dispute", DisputeState,
    Transition("uphold", frozenset({DisputeState.OPEN}), DisputeState.UPHELD),
    Transition("overturn", frozenset({DisputeState.OPEN}), DisputeState.OVERTURNED),
)
