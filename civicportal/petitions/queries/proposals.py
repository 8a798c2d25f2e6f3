"""The institutions a citizen may choose from, as radio buttons: what referral proposes, what was found, or neither."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from civicportal.core.i18n import _, current_locale
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import by_code, get
from civicportal.petitions.models import Draft
from civicportal.referral.wording import reason_text, strength_text

TRIAGE, OTHER = "triage", "other"
Choice = tuple[str, object, dict[str, object]]


def proposal_choices(draft: Draft, suggestions: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """(value, name, hint) for each proposal, the institution chosen before, another one, and the portal team."""
    choices = [choice for suggestion in suggestions if (choice := _proposal(suggestion))]
    chosen = by_code(draft.institution_code) if draft.institution_code else None
    if chosen and chosen.code not in {code for code, _name, _more in choices}:
        choices.insert(0, (chosen.code, chosen.name(current_locale()), {"hint": _("You chose this institution.")}))
    return [
        *choices,
        (OTHER, _("Another institution"), {"hint": _("You can look for it on the next page.")}),
        (TRIAGE, _("I do not know"), {
            "hint": _("The portal team finds the right institution within one working day.")}),
    ]


def found_choices(institutions: Iterable[Institution]) -> list[Choice]:
    """(code, name, hint) for each institution that a search found."""
    return [(found.code, found.name(current_locale()), {"hint": found.type.title}) for found in institutions]


def _proposal(suggestion: Mapping[str, Any]) -> Choice | None:
    institution = get(int(suggestion["institution_id"]))
    if institution is None:
        return None
    sentences = " ".join(filter(None, (reason_text(reason) for reason in suggestion["reasons"])))
    hint = _("%(strength)s. %(reasons)s", strength=strength_text(suggestion["strength"]), reasons=sentences)
    return institution.code, institution.name(current_locale()), {"hint": hint.strip()}
