"""The operators' binding decision on which institution answers."""

from civicportal.core.i18n import current_locale
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries.destination import receiver
from civicportal.petitions.services.claim import claim
from civicportal.petitions.services.desk import given_reason
from civicportal.petitions.services.moving import hand_over
from civicportal.petitions.states import Opening
from civicportal.referral.services import Suggestion, suggest


def proposals(petition: Petition) -> list[Suggestion]:
    """Up to three institutions that could answer, with reasons, in the reader's language."""
    return suggest(f"{petition.title}\n{petition.text}", region_code=petition.region_code, kind=petition.type,
                   locale=current_locale())


def place(actor: Actor, assignment: Assignment, *, institution_code: str, reason: str, version: int) -> Assignment:
    """Close the part at the triage desk and open the next at an institution, which may not pass it on again.

    Returns the part that was opened. Raises Invalid for a target or reason that will not do, Conflict or Forbidden.
    """
    with atomic():
        claim(actor, assignment, "place", version)
        sentence = given_reason(reason)
        return hand_over(actor, assignment, "place", receiver(institution_code).institution, opening=Opening.TRIAGE,
                         reason=sentence, binding=True)
