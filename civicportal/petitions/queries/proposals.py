"""The institutions a citizen may choose from, as radio buttons: what referral proposes, what was found, or neither."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from civicportal.core.i18n import _, current_locale
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import by_code, get
from civicportal.petitions.models import Draft
from civicportal.referral.wording import reason_text, strength_text

TRIAGE, OTHER = "triage", "other"


@dataclass(frozen=True)
class Choice:
    """One radio button."""

    value: str
    label: str
    hint: str


def proposal_choices(draft: Draft, suggestions: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """Each proposal, the institution chosen before, another one, and the portal team."""
    choices = [choice for suggestion in suggestions if (choice := _proposal(suggestion))]
    chosen = by_code(draft.institution_code) if draft.institution_code else None
    if chosen and chosen.code not in {choice.value for choice in choices}:
        choices.insert(0, Choice(chosen.code, chosen.name(current_locale()), _("You chose this institution.")))
    return [
        *choices,
        Choice(OTHER, _("Another institution"), _("You can look for it on the next page.")),
        Choice(TRIAGE, _("I do not know"), _("The portal team finds the right institution within one working day.")),
    ]


def found_choices(institutions: Iterable[Institution]) -> list[Choice]:
    """The institutions that a search found."""
    return [Choice(found.code, found.name(current_locale()), str(found.type.title)) for found in institutions]


def _proposal(suggestion: Mapping[str, Any]) -> Choice | None:
    institution = get(int(suggestion["institution_id"]))
    if institution is None:
        return None
    sentences = " ".join(filter(None, (reason_text(reason) for reason in suggestion["reasons"])))
    hint = _("%(strength)s. %(reasons)s", strength=strength_text(suggestion["strength"]), reasons=sentences)
    return Choice(institution.code, institution.name(current_locale()), hint.strip())
