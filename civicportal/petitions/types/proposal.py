"""A proposal: an idea for doing something better."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import PROPOSAL as RULE
from civicportal.petitions.types.base import PetitionType

PROPOSAL = PetitionType(
    name="proposal",
    title=lazy("Proposal"),
    hint=lazy("You have an idea how government could do something better."),
    rule=RULE,
)
