"""What a kind of vote is: which choices are ballots, how ballots are counted, what the count says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from civicportal.core.i18n import _
from civicportal.voting.states import TieRule


@dataclass(frozen=True)
class Outcome:
    """What a count says. `leading` is None on a tie, on an empty box, and below the quorum."""

    leading: str | None
    tied: bool
    quorate: bool
    tie: TieRule

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.quorate:
            return _("Too few have voted for a result.")
        if self.tied:
            return _("Yes and no are equal: %(rule)s.", rule=self.tie.title)
        if self.leading is None:
            return _("Nobody has voted.")
        return _("More yes than no: it is carried.") if self.leading == "yes" else _(
            "More no than yes: it is not carried.")


class Kind(Protocol):
    """A kind is pure: the order of ballots never matters, and the counts add up to the number of ballots."""

    name: str

    @property
    def options(self) -> tuple[str, ...]:
        """Codes of all options, in the order they are shown."""

    @property
    def title(self) -> object:
        """What people call it."""

    def option_title(self, code: str) -> object:
        """What people read for an option."""

    def validate(self, choice: str, options: Sequence[str]) -> str:
        """The choice as it stands in a leaf. Raises ValueError for what is no option of the box."""

    def tally(self, choices: Iterable[str], options: Sequence[str]) -> dict[str, int]:
        """Counts by option, zeros included. Raises ValueError for an unknown choice."""

    def outcome(self, counts: Mapping[str, int], *, quorum: int | None, tie: TieRule) -> Outcome:
        """What the counts say. `quorum`: the least number of ballots; abstentions count towards it."""
