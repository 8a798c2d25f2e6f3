"""A statutory petition: a licence, a registration, a certificate. Civil Petitions Treatment Act, Article 17.

Its period is posted by the institution for each service, so the type has none of its own and is not offered yet.
"""

from civicportal.core.i18n import lazy
from civicportal.petitions.types.base import PetitionType

STATUTORY = PetitionType(
    name="statutory",
    title=lazy("Statutory petition"),
    wish=lazy("I apply for something that a law provides"),
    hint=lazy("A licence, a registration or a certificate."),
    rule=None,
    offered=False,
)
