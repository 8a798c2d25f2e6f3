"""Tables of petitions, by subject; importers need not know in which file a table stands."""

from civicportal.petitions.models.additions import Addition, Representative
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
from civicportal.petitions.models.receipts import FilingReceipt
from civicportal.petitions.models.record import RecordEntry
from civicportal.petitions.models.uploads import PendingUpload

__all__ = [
    "Addition", "Answer", "AnswerVersion", "Assignment", "Draft", "FilingReceipt", "PendingUpload", "Petition",
    "PetitionFile", "RecordEntry", "Representative", "Satisfaction", "SatisfactionFigure",
]
