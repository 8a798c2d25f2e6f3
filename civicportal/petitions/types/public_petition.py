"""A public petition under the Petition Act. Not offered until its publication and comments have pages of their own."""

from civicportal.core.i18n import lazy
from civicportal.deadlines.rules import PUBLIC_PETITION as RULE
from civicportal.petitions.types.base import PetitionType

PUBLIC_PETITION = PetitionType(
    name="public_petition",
    title=lazy("Public petition"),
    wish=lazy("I ask in public for a law or a public system to be changed"),
    hint=lazy("Everybody can read it and comment on it before the institution answers."),
    rule=RULE,
    offered=False,
)
