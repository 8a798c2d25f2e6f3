"""What people typed, as it is stored."""

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.petitions.plain import normalise


def words(text: str, field: str, *, missing: object, longest: int) -> str:
    """The text in NFC without outer blanks. Raises Invalid, at `field`, when there is none or it is too long."""
    given = normalise(text).strip()
    if not given:
        raise refused(field, missing)
    if len(given) > longest:
        raise refused(field, _("The text is too long. Use at most %(count)s characters.", count=longest))
    return given


def refused(field: str, sentence: object) -> Invalid:
    """The error of one field."""
    return Invalid(sentence, fields={field: sentence})
