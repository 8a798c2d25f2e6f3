"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes import (
    answers,
    desk,
    feeds,
    files,
    filing,
    matter,
    mine,
    moves,
    petitions,
    publication,
    receipts,
    record,
    sending,
    triage,
    verify,
)
from civicportal.petitions.routes.blueprint import blueprint

__all__ = [
    "answers", "blueprint", "desk", "feeds", "files", "filing", "matter", "mine", "moves", "petitions", "publication",
    "receipts", "record", "sending", "triage", "verify",
]
