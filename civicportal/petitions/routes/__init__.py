"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes import (
    answers,
    appeals,
    checks,
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
    removal,
    sending,
    transparency,
    triage,
    verify,
    versions,
)
from civicportal.petitions.routes.blueprint import blueprint

__all__ = [
    "answers", "appeals", "blueprint", "checks", "desk", "feeds", "files", "filing", "matter", "mine", "moves",
    "petitions", "publication", "receipts", "record", "removal", "sending", "transparency", "triage", "verify",
    "versions",
]
