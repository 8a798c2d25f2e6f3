"""Files as they were sent and the copies others may see: taken by what they contain, kept byte for byte."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import BinaryIO, Protocol

from sqlalchemy import func, or_, select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, ngettext
from civicportal.core.object_storage import ObjectStorage
from civicportal.core.storage import DiskStorage, Storage
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import after_commit, atomic, current
from civicportal.petitions.clamd import ScanFailed, is_infected
from civicportal.petitions.media import detect, safe_name
from civicportal.petitions.media_types import BY_MEDIA_TYPE, Refusal, Refused
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.previews import Limits, can_preview, photo_facts, preview
from civicportal.petitions.states import Scan

log = logging.getLogger(__name__)


class Upload(Protocol):
    """A file as a form brings it: the sender's name for it, and its seekable content."""

    filename: str | None
    stream: BinaryIO


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken, and the sentence that says why."""

    name: str
    sentence: str


def storage() -> Storage:
    """Where files are kept."""
    root = settings().media_root
    return ObjectStorage(root) if root.startswith("s3://") else DiskStorage(root)


def keep(uploads: Iterable[Upload]) -> tuple[list[PetitionFile], list[RefusedFile]]:
    """Store what can be taken, as rows that belong to nothing yet, and say of each other one why not."""
    kept: list[PetitionFile] = []
    refused: list[RefusedFile] = []
    for upload in uploads:
        if len(kept) >= settings().upload_max_files:
            refused.append(RefusedFile(upload.filename or _("File without a name"), too_many()))
            continue
        try:
            kept.append(_keep(upload))
        except Refused as error:
            refused.append(RefusedFile(upload.filename or _("File without a name"), error.message))
    return kept, refused


def _keep(upload: Upload) -> PetitionFile:
    limit = settings().upload_max_bytes
    media_type = detect(upload.stream, limit=limit)
    result = scan(upload.stream)
    if result is Scan.INFECTED:
        raise Refused(Refusal.INFECTED)
    upload.stream.seek(0)
    stored = storage().put(upload.stream, limit=limit)
    return PetitionFile(
        name=safe_name(upload.filename or "", media_type), media_type=media_type.media_type, size=stored.size,
        sha256=stored.sha256, storage_key=stored.key, scan=result,
    )


def scan(stream: BinaryIO) -> Scan:
    """What the virus scanner says of a file; not scanned where none is set, or it does not answer."""
    if not settings().clamd_url:
        return Scan.NOT_SCANNED
    try:
        infected = is_infected(stream, settings().clamd_url, seconds=settings().clamd_seconds)
    except ScanFailed as error:
        log.warning("a file was not scanned: %s", error)
        return Scan.NOT_SCANNED
    return Scan.INFECTED if infected else Scan.CLEAN


def scan_missing(limit: int = 100) -> None:
    """Scan what was not when it was sent. What is infected stays sealed from then on, its copy too."""
    if not settings().clamd_url:
        return
    waiting = select(PetitionFile).where(PetitionFile.scan == Scan.NOT_SCANNED).order_by(PetitionFile.id.desc())
    found: dict[int, Scan] = {}
    for file in current().scalars(waiting.limit(limit)).all():
        try:
            with storage().open(file.storage_key) as stream:
                found[file.id] = scan(stream)
        except FileNotFoundError:  # a backup of the database was older than that of the files
            continue
        if found[file.id] is Scan.NOT_SCANNED:
            break  # the scanner is away
    with atomic() as session:
        for file_id, result in found.items():
            row = session.get(PetitionFile, file_id, with_for_update=True)
            if row is not None:
                row.scan = result


def too_many() -> str:
    """The sentence for a file beyond the number a filing may carry."""
    limit = settings().upload_max_files
    return ngettext("You can add %(num)d file. Remove it to add another one.",
                    "You can add %(num)d files. Remove one to add another one.", limit)


def discard(files: Iterable[PetitionFile]) -> None:
    """Remove from the store what never became a row."""
    for file in files:
        storage().delete(file.storage_key)


def delete_files(files: Sequence[PetitionFile]) -> None:
    """Remove rows, and what they name in the store once that is for good. Inside atomic()."""
    session = current()
    for file in files:
        session.delete(file)
        delete_keys(filter(None, (file.storage_key, file.shown_key)))


def delete_keys(keys: Iterable[str]) -> None:
    """Delete from the store what has these keys, once the transaction is for good. Inside atomic()."""
    store = storage()
    for key in keys:
        after_commit(partial(store.delete, key))


def derive_file(file_id: int) -> None:
    """Make the copy of a petition's file that others may see. Quiet when it is there, or cannot be made.

    It is tried `preview_tries` times at most, counted before each: a file that stops the worker stops it no more often.
    """
    file = _begin_try(file_id)
    if file is None:
        return
    with storage().open(file.storage_key) as original, preview(
            original, BY_MEDIA_TYPE[file.media_type], _allowed()) as copy:
        if copy is None:
            return
        stored = storage().put(copy.stream, limit=settings().preview_max_bytes)
        media_type = copy.media_type.media_type
    with atomic() as session:
        row = session.get(PetitionFile, file_id, with_for_update=True)
        if row is not None and row.shown_key is None:
            row.shown_key, row.shown_type = stored.key, media_type
            return
    storage().delete(stored.key)


def photo_facts_of(file: PetitionFile) -> dict[str, str]:
    """When and where a photo was taken; empty for any other file."""
    if not file.is_picture:
        return {}
    with storage().open(file.storage_key) as original:
        return photo_facts(original, BY_MEDIA_TYPE[file.media_type], _allowed())


def _allowed() -> Limits:
    limits = settings()
    return Limits(limits.preview_memory_bytes, limits.preview_seconds, limits.preview_max_bytes)


def _begin_try(file_id: int) -> PetitionFile | None:
    """Count a try; None when there is nothing to be tried (any more)."""
    with atomic() as session:
        file = session.get(PetitionFile, file_id, with_for_update=True)
        if file is None or file.shown_key is not None or file.petition_id is None or file.scan is Scan.INFECTED:
            return None
        if file.preview_tries >= settings().preview_tries or not can_preview(BY_MEDIA_TYPE[file.media_type]):
            return None
        file.preview_tries += 1
        return file


def _showable() -> list[str]:
    return [name for name, kind in BY_MEDIA_TYPE.items() if can_preview(kind)]


def derive_missing(hours: int = 24, limit: int = 100) -> None:
    """Ask again for copies whose task was lost with the broker, of files or petitions of the last `hours`."""
    with atomic() as session:
        since = now() - timedelta(hours=hours)
        waiting = select(PetitionFile.id).join(Petition).where(
            PetitionFile.shown_key.is_(None), PetitionFile.media_type.in_(_showable()),
            PetitionFile.preview_tries < settings().preview_tries, or_(
                PetitionFile.created_at > since, func.coalesce(Petition.restored_at, Petition.filed_at) > since,
            )).limit(limit)
        for file_id in session.scalars(waiting):
            enqueue("petitions.derive_file", file_id)
