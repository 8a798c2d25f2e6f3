"""Uploads that can be taken up again: a file comes in pieces, each kept at once, and joins its draft when whole."""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.storage import keeper
from civicportal.core.transactions import atomic, current
from civicportal.petitions.media_types import Refusal, Refused
from civicportal.petitions.models import Draft, PendingUpload
from civicportal.petitions.services import drafts
from civicportal.petitions.services import files as store

NAME_MAX = 200


class WrongOffset(Conflict):
    """A piece that does not begin where the file ends so far: at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(_("A piece of the file is missing. It goes on from what is there."))
        self.offset = offset


@dataclass
class _Whole:
    """The joined file, as a form would bring it."""

    filename: str | None
    stream: BinaryIO


def begin(actor: Actor | None, draft: Draft, *, name: str, size: int) -> PendingUpload:
    """Announce a file of `size` bytes. The same file that was broken off before goes on where it stopped.

    Raises Invalid when it would be too large or one too many, and as `drafts.save` does.
    """
    if not 0 < size <= settings().upload_max_bytes:
        raise Invalid(Refused(Refusal.TOO_LARGE if size > 0 else Refusal.EMPTY).message)
    with atomic() as session:
        drafts.hold(actor, draft)
        waiting = pending(draft)
        known = next((one for one in waiting if (one.name, one.size) == (name[:NAME_MAX], size)), None)
        if known is not None:
            return known
        if len(draft.files) + len(waiting) >= settings().upload_max_files:
            raise Invalid(store.too_many())
        upload = PendingUpload(draft_id=draft.id, name=name[:NAME_MAX], size=size, updated_at=now())
        session.add(upload)
        session.flush()
        return upload


def append(actor: Actor | None, draft: Draft, public_id: UUID, *, offset: int, piece: bytes) -> int:
    """Add a piece that begins at `offset`; the last one makes the file a file of the draft. Returns the new offset.

    Raises WrongOffset when it does not begin where the file ends, Invalid when the whole file cannot be taken (it is
    forgotten then), NotFound for an upload of another draft, and as `drafts.save` does.
    """
    stored = store.storage().put(BytesIO(piece), limit=len(piece))
    try:
        with atomic():
            drafts.hold(actor, draft)
            upload = _find(draft, public_id)
            if offset != upload.offset or upload.offset + len(piece) > upload.size:
                raise WrongOffset(upload.offset)
            upload.parts = [*upload.parts, stored.key]
            upload.offset += len(piece)
            upload.updated_at = now()
    except BaseException:
        store.storage().delete(stored.key)
        raise
    if upload.offset == upload.size:
        _finish(actor, draft, upload)
    return upload.offset


def pending(draft: Draft) -> Sequence[PendingUpload]:
    """What is not all there yet, oldest first."""
    return current().scalars(
        select(PendingUpload).where(PendingUpload.draft_id == draft.id).order_by(PendingUpload.id)).all()


def forget_stale() -> None:
    """Forget uploads that nobody went on with for `orphan_hours` hours; the sweep deletes their pieces."""
    before = now() - timedelta(hours=settings().orphan_hours)
    with atomic() as session:
        for upload in session.scalars(select(PendingUpload).where(PendingUpload.updated_at < before)):
            session.delete(upload)


@keeper
def keys_of_pieces(keys: Collection[str]) -> set[str]:
    """The keys of pieces that may still become files."""
    return {key for parts in current().scalars(select(PendingUpload.parts)) for key in parts} & set(keys)


def _finish(actor: Actor | None, draft: Draft, upload: PendingUpload) -> None:
    with TemporaryFile() as whole:
        for key in upload.parts:
            with store.storage().open(key) as piece:
                shutil.copyfileobj(piece, whole)
        whole.seek(0)
        refused = drafts.add_files(actor, draft, [_Whole(upload.name, whole)])
    _forget(upload)
    if refused:
        raise Invalid(refused[0].sentence)


def _forget(upload: PendingUpload) -> None:
    with atomic() as session:
        row = session.get(PendingUpload, upload.id)
        if row is not None:
            store.delete_keys(row.parts)
            session.delete(row)


def _find(draft: Draft, public_id: UUID) -> PendingUpload:
    found = current().scalar(select(PendingUpload).where(
        PendingUpload.public_id == public_id, PendingUpload.draft_id == draft.id))
    if found is None:
        raise NotFound
    return found
