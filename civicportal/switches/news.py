"""What other packages may want to hear about switches."""

from dataclasses import dataclass

from civicportal.switches.functions import Function


@dataclass(frozen=True)
class SwitchSet:
    """A function went off, came back, or is expected back at another time."""

    function: Function
