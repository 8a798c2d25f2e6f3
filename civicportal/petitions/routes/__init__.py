"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes import (
    additions,
    answers,
    appeals,
    checks,
    desk,
    entering,
    export,
    feeds,
    files,
    filing,
    leaving,
    matter,
    mine,
    moves,
    notes,
    petitions,
    publication,
    receipts,
    reclassifying,
    record,
    removal,
    representatives,
    sending,
    subjects,
    transparency,
    triage,
    uploading,
    verify,
    versions,
)
from civicportal.petitions.routes.blueprint import blueprint

__all__ = [
    "additions", "answers", "appeals", "blueprint", "checks", "desk", "entering", "export", "feeds", "files", "filing",
    "leaving", "matter", "mine", "moves", "notes", "petitions", "publication", "receipts", "reclassifying", "record",
    "removal", "representatives", "sending", "subjects", "transparency", "triage", "uploading", "verify", "versions",
]
