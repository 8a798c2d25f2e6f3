"""A miscellaneous petition: everyday nuisances and simple questions, dealt with at once. Decree, Article 16."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import MISCELLANEOUS as RULE
from civicportal.petitions.types.base import PetitionType

MISCELLANEOUS = PetitionType(
    name="miscellaneous",
    title=lazy("Miscellaneous petition"),
    wish=lazy("I point out something of everyday life"),
    hint=lazy("A broken street light, rubbish, a hole in the road, or a simple question about a form."),
    rule=RULE,
)
