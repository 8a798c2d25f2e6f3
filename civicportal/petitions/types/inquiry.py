"""An inquiry about anything but the meaning of law. Decree, Article 14 (2)."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import INQUIRY as RULE
from civicportal.petitions.types.base import PetitionType

INQUIRY = PetitionType(
    name="inquiry",
    title=lazy("Inquiry"),
    wish=lazy("I want to know how something works"),
    hint=lazy("You ask about a procedure, a service or a plan, and want it explained."),
    rule=RULE,
)
