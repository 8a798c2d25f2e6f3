"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes import (
    additions,
    answers,
    desk,
    entering,
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
    representatives,
    sending,
    triage,
    uploading,
    verify,
)
from civicportal.petitions.routes.blueprint import blueprint

__all__ = [
    "additions", "answers", "blueprint", "desk", "entering", "feeds", "files", "filing", "matter", "mine", "moves",
    "petitions", "publication", "receipts", "record", "representatives", "sending", "triage", "uploading",
    "verify",
]
