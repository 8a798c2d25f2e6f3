"""An inquiry about what a law or rule means. Decree, Article 14 (1)."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import LEGAL_INQUIRY as RULE
from civicportal.petitions.types.base import PetitionType

LEGAL_INQUIRY = PetitionType(
    name="legal_inquiry",
    title=lazy("Inquiry about law"),
    wish=lazy("I want to know what a law or rule means"),
    hint=lazy("You ask the institution to explain or interpret a law, a decree or a rule."),
    rule=RULE,
)
