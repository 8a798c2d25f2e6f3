"""What can be filed. A further type is one file here and one line in this registry."""

from civicportal.core.registry import Registry
from civicportal.petitions.types.base import PetitionType
from civicportal.petitions.types.grievance import GRIEVANCE
from civicportal.petitions.types.inquiry import INQUIRY
from civicportal.petitions.types.legal_inquiry import LEGAL_INQUIRY
from civicportal.petitions.types.miscellaneous import MISCELLANEOUS
from civicportal.petitions.types.proposal import PROPOSAL
from civicportal.petitions.types.public_petition import PUBLIC_PETITION
from civicportal.petitions.types.statutory import STATUTORY
from civicportal.petitions.types.suggestion import SUGGESTION
from civicportal.petitions.types.waste_report import WASTE_REPORT

TYPES: Registry[PetitionType] = Registry(
    GRIEVANCE, MISCELLANEOUS, INQUIRY, LEGAL_INQUIRY, SUGGESTION, PROPOSAL, WASTE_REPORT, PUBLIC_PETITION, STATUTORY)
TYPES.alias("petition", GRIEVANCE.name)  # what it was called first: in receipts, in addresses, in open forms


def offered() -> list[PetitionType]:
    """The types that can be filed now, in the order of the question page."""
    return [kind for kind in TYPES if kind.offered]


def current_name(name: str | None) -> str:
    """The name of a type as it is stored now; empty for what is no type that can be filed."""
    kind = TYPES[name] if name and name in TYPES else None
    return kind.name if kind and kind.offered else ""
