"""Tables of petitions, by subject; importers need not know in which file a table stands."""

from civicportal.petitions.models.filings import (
    Answer,
    AnswerVersion,
    Assignment,
    Draft,
    Petition,
    PetitionFile,
    Satisfaction,
    SatisfactionFigure,
)
from civicportal.petitions.models.publication import Appeal, PublicationCheck, Refusal, Removal, Revision
from civicportal.petitions.models.receipts import FilingReceipt
from civicportal.petitions.models.record import RecordEntry

__all__ = [
    "Answer", "AnswerVersion", "Appeal", "Assignment", "Draft", "FilingReceipt", "Petition", "PetitionFile",
    "PublicationCheck", "RecordEntry", "Refusal", "Removal", "Revision", "Satisfaction", "SatisfactionFigure",
]
