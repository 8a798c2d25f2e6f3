"""What can be filed. A further type is one file here and one line in this registry."""

from civicportal.core.registry import Registry
from civicportal.petitions.types.base import PetitionType
from civicportal.petitions.types.petition import PETITION
from civicportal.petitions.types.proposal import PROPOSAL

TYPES: Registry[PetitionType] = Registry(PETITION, PROPOSAL)
