"""Yes, no, or neither: more yes than no carries; abstaining counts for the quorum alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from civicportal.core.i18n import lazy
from civicportal.voting.kinds.base import Outcome
from civicportal.voting.states import TieRule

TITLES = {"yes": lazy("Yes"), "no": lazy("No"), "abstain": lazy("Abstain")}


class YesNoAbstain:
    """One choice of three."""

    name = "yes_no_abstain"
    title = lazy("Yes or no")
    options = ("yes", "no", "abstain")

    def option_title(self, code: str) -> object:
        return TITLES[code]

    def validate(self, choice: str, options: Sequence[str]) -> str:
        if choice not in options:
            raise ValueError("not an option of this vote")
        return choice

    def tally(self, choices: Iterable[str], options: Sequence[str]) -> dict[str, int]:
        counts = Counter(self.validate(choice, options) for choice in choices)
        return {option: counts[option] for option in options}

    def outcome(self, counts: Mapping[str, int], *, quorum: int | None, tie: TieRule) -> Outcome:
        ballots, yes, no = sum(counts.values()), counts["yes"], counts["no"]
        quorate = ballots >= (quorum or 0)
        tied = ballots > 0 and yes == no
        decided = quorate and yes != no
        return Outcome(("yes" if yes > no else "no") if decided else None, tied, quorate, tie)
