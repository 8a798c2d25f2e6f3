"""Where a matter goes when somebody wants it moved: asked before the button is pressed, and again when it is."""

from dataclasses import dataclass
from enum import StrEnum

from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import by_code, resolve_successor
from civicportal.petitions.models import Assignment
from civicportal.petitions.plain import normalise
from civicportal.petitions.states import Opening


class Hurdle(StrEnum):
    """Why a transfer goes to the operators' triage desk instead of the wanted institution."""

    TOO_MANY = "too_many"
    FORMER_HOLDER = "former_holder"


@dataclass(frozen=True)
class Destination:
    """The institution that would get the matter. `asked`: the closed one that forwards to it, or the same one."""

    institution: Institution
    asked: Institution
    hurdle: Hurdle | None = None


def receiver(code: str) -> Destination:
    """The active institution behind a code; a closed one forwards to its successor. Raises Invalid."""
    asked = by_code(normalise(code))
    if asked is None:
        raise _refused(_("Choose an institution from the list."))
    found = resolve_successor(asked)
    if found is None:
        raise _refused(_("This institution is closed and has no successor. Choose another one."))
    return Destination(found, asked)


def destination(part: Assignment, code: str) -> Destination:
    """Where a transfer of `part` to the institution `code` would lead.

    The first transfers (setting `transfers_before_triage`) go straight there; a further one, or a return to an
    institution that had the matter before, goes to the triage desk. Raises Invalid.
    """
    wanted = receiver(code)
    if wanted.institution.id == part.institution_id:
        raise _refused(_("The matter is already at this institution. Choose another one."))
    return Destination(wanted.institution, wanted.asked, _hurdle(part, wanted.institution))


def _hurdle(part: Assignment, wanted: Institution) -> Hurdle | None:
    parts = part.petition.assignments
    if any(_heir(former) == wanted.id for former in parts if former.institution_id and former.id != part.id):
        return Hurdle.FORMER_HOLDER
    hops = sum(other.opening is Opening.TRANSFER for other in parts)
    return Hurdle.TOO_MANY if hops >= settings().transfers_before_triage else None


def _heir(part: Assignment) -> int | None:
    """The institution that had the part, or the one that took its place since."""
    heir = resolve_successor(part.institution) if part.institution else None
    return heir.id if heir else part.institution_id


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"institution_code": sentence})
