"""The operators' binding decision on which institution answers."""

from dataclasses import dataclass

from civicportal.core.i18n import current_locale
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.institutions.queries import get
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries.destination import receiver
from civicportal.petitions.services.claim import claim
from civicportal.petitions.services.desk import given_reason
from civicportal.petitions.services.moving import hand_over
from civicportal.petitions.states import Opening
from civicportal.referral.services import suggest
from civicportal.referral.wording import reason_text, strength_text


@dataclass(frozen=True)
class Proposal:
    """An institution that could answer, as the deciding page shows it. `why`: whole sentences."""

    code: str
    name: str
    strength: str
    why: tuple[str, ...]


def proposals(petition: Petition) -> list[Proposal]:
    """Up to three institutions that text and place speak for, the best first, in the reader's language."""
    locale = current_locale()
    found = suggest(f"{petition.title}\n{petition.text}", region_code=petition.region_code, kind=petition.type,
                    locale=locale)
    return [Proposal(institution.code, institution.name(locale), strength_text(suggestion.strength),
                     tuple(reason_text(reason) for reason in suggestion.reasons))
            for suggestion in found if (institution := get(suggestion.institution_id))]


def place(actor: Actor, assignment: Assignment, *, institution_code: str, reason: str, version: int) -> Assignment:
    """Close the part at the triage desk and open the next at an institution, which may not pass it on again.

    Returns the part that was opened. Raises Invalid for a target or reason that will not do, Conflict or Forbidden.
    """
    with atomic():
        claim(actor, assignment, "place", version)
        sentence = given_reason(reason)
        return hand_over(actor, assignment, "place", receiver(institution_code).institution, opening=Opening.TRIAGE,
                         reason=sentence, binding=True)
