"""A suggestion: a public system or its running should be improved. Decree, Article 15."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import SUGGESTION as RULE
from civicportal.petitions.types.base import PetitionType

SUGGESTION = PetitionType(
    name="suggestion",
    title=lazy("Suggestion"),
    wish=lazy("I ask an institution to do something differently"),
    hint=lazy("You want a service, a facility or a way of working to be improved."),
    rule=RULE,
)
