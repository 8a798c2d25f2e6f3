"""Why a ballot is not taken, each with its sentence. Nothing is written then."""

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import lazy


class AlreadyVoted(Conflict):
    """The voter's key is on the roll, and this is not the ballot it cast."""


class BoxClosed(Conflict):
    """The closing instant has passed, or the vote is void."""


class NotOpenYet(Conflict):
    """The vote has not opened."""


class Interrupted(Conflict):
    """The log of the vote lacks what outsiders hold; see `restored`."""


class Clash(Conflict):
    """Another ballot has this tracker. The form needs a new nonce."""


class NotEligible(Forbidden):
    """The voter's key is not one of the electorate."""


def invalid(field: str, sentence: object) -> Invalid:
    """A field of the form cannot be taken."""
    return Invalid(sentence, {field: sentence})


def clash() -> Clash:
    """The tracker is taken."""
    return Clash(lazy("Please send your vote once more: another ballot has the same number. Nothing was cast."))


def replaced() -> Conflict:
    """The ballot that was to be replaced no longer counts."""
    return Conflict(lazy("This ballot has been replaced before. Use the receipt of the ballot that replaced it."))


def not_eligible(level: int = 1) -> NotEligible:
    """The voter is none of the box. `level`: the one the voter lacks, where that is the reason."""
    if level > 1:
        return NotEligible(lazy("This vote is for people whose identity is confirmed. Nothing was cast."))
    return NotEligible(lazy("You are not one of those who may vote here. Nothing was cast."))
