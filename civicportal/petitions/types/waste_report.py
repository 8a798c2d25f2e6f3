"""A report that public money is wasted."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import WASTE_REPORT as RULE
from civicportal.petitions.types.base import PetitionType

WASTE_REPORT = PetitionType(
    name="waste_report",
    title=lazy("Report of wasted public money"),
    wish=lazy("I report that public money is wasted"),
    hint=lazy("You have seen money of the state or of a city spent for nothing, or know how to save it."),
    rule=RULE,
)
