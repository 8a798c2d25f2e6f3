"""What people typed, as it is stored."""

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.petitions.plain import normalise

REASON_MAX = 4000
DIFFERENCE_MAX = 4000


def words(text: str, field: str, *, missing: object, longest: int = REASON_MAX) -> str:
    """The text in NFC without outer blanks. Raises Invalid, at `field`, when there is none or it is too long."""
    given = normalise(text).strip()
    if not given:
        raise refused(field, missing)
    if len(given) > longest:
        raise refused(field, _("The text is too long. Use at most %(count)s characters.", count=longest))
    return given


def reason_of(text: str, field: str = "reason") -> str:
    """A reason that everybody can read. Raises Invalid when there is none."""
    return words(text, field, missing=_("Write the reason. Everybody can read it."))


def refused(field: str, sentence: object) -> Invalid:
    """The error of one field."""
    return Invalid(sentence, fields={field: sentence})
