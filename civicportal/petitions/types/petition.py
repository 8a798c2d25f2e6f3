"""A petition: something is wrong or needed, and an institution must answer."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import PETITION as RULE
from civicportal.petitions.types.base import PetitionType

PETITION = PetitionType(
    name="petition",
    title=lazy("Petition"),
    hint=lazy("Something is wrong, unclear or needed, and you want an institution to deal with it."),
    rule=RULE,
)
