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
from civicportal.petitions.models.officials import DeskExport, MatterSubject, MatterView
from civicportal.petitions.models.receipts import FilingReceipt
from civicportal.petitions.models.record import RecordEntry

__all__ = [
    "Answer", "AnswerVersion", "Assignment", "DeskExport", "Draft", "FilingReceipt", "MatterSubject", "MatterView",
    "Petition", "PetitionFile", "RecordEntry", "Satisfaction", "SatisfactionFigure",
]
