"""What other packages may want to hear about a vote. Each is published once, in the transaction that makes it so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BoxOpened:
    """Votes can be cast."""

    box_id: int


@dataclass(frozen=True)
class ThresholdCrossed:
    """The box has reached its threshold at a signed head: latched, never taken back."""

    box_id: int
    head_number: int


@dataclass(frozen=True)
class ThresholdMissed:
    """The box is closed and can reach its threshold no more."""

    box_id: int


@dataclass(frozen=True)
class BoxExtended:
    """The vote closes later than it was to."""

    box_id: int


@dataclass(frozen=True)
class BoxClosed:
    """The last head is signed and the tally is public."""

    box_id: int


@dataclass(frozen=True)
class BoxVoided:
    """The vote counts no more. `by`: the official who said so; empty where the portal itself did."""

    box_id: int
    by: str = ""


@dataclass(frozen=True)
class BoxDisputed:
    """As many entries of the roll are suspect as could have changed the result: a person must decide."""

    box_id: int


@dataclass(frozen=True)
class DisputeDecided:
    """A person has decided on the dispute: whether the result stands."""

    box_id: int
    upheld: bool
