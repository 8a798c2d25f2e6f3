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
from civicportal.petitions.models.officials import DeskExport, MatterNote, MatterSubject, MatterView
from civicportal.petitions.models.publication import Appeal, PublicationCheck, Refusal, Removal, Revision
from civicportal.petitions.models.receipts import FilingReceipt
from civicportal.petitions.models.reclassifications import Reclassification
from civicportal.petitions.models.record import RecordEntry
from civicportal.petitions.models.uploads import PendingUpload

__all__ = [
    "Addition", "Answer", "AnswerVersion", "Appeal", "Assignment", "DeskExport", "Draft", "FilingReceipt",
    "MatterNote", "MatterSubject", "MatterView", "PendingUpload", "Petition", "PetitionFile", "PublicationCheck",
    "Reclassification", "RecordEntry", "Refusal", "Removal", "Representative", "Revision", "Satisfaction",
    "SatisfactionFigure",
]
