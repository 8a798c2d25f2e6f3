"""A grievance: an act or omission of an institution wrongs or burdens somebody. Decree, Article 17."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import GRIEVANCE as RULE
from civicportal.petitions.types.base import PetitionType

GRIEVANCE = PetitionType(
    name="grievance",
    title=lazy("Grievance"),
    wish=lazy("Something is wrong, and I want it put right"),
    hint=lazy("A decision, a delay or a rule of an institution harms you or is a burden to you."),
    rule=RULE,
)
