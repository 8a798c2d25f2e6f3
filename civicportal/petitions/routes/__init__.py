"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes import (
    answers,
    desk,
    export,
    feeds,
    files,
    filing,
    leaving,
    matter,
    mine,
    moves,
    petitions,
    publication,
    receipts,
    record,
    sending,
    subjects,
    triage,
    verify,
)
from civicportal.petitions.routes.blueprint import blueprint

__all__ = [
    "answers", "blueprint", "desk", "export", "feeds", "files", "filing", "leaving", "matter", "mine", "moves",
    "petitions", "publication", "receipts", "record", "sending", "subjects", "triage", "verify",
]
