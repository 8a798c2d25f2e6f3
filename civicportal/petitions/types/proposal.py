"""A proposal: an idea for doing something better."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import PROPOSAL as RULE
from civicportal.petitions.types.base import PetitionType

PROPOSAL = PetitionType(
    name="proposal",
    title=lazy("Proposal"),
    wish=lazy("I have an idea how government could do something better"),
    hint=lazy("The institution examines the idea, says whether it takes it up, and why."),
    rule=RULE,
)
