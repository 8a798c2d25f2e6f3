"""Reasons that people typed, as they are stored."""

from civicportal.core.i18n import _
from civicportal.petitions.services import given
from civicportal.petitions.services.given import refused

__all__ = ["DIFFERENCE_MAX", "REASON_MAX", "reason_of", "refused", "words"]

REASON_MAX = 4000
DIFFERENCE_MAX = 4000


def words(text: str, field: str, *, missing: object, longest: int = REASON_MAX) -> str:
    """The text as `petitions.services.given.words` takes it, at most as long as a reason."""
    return given.words(text, field, missing=missing, longest=longest)


def reason_of(text: str, field: str = "reason") -> str:
    """A reason that everybody can read. Raises Invalid when there is none."""
    return words(text, field, missing=_("Write the reason. Everybody can read it."))
