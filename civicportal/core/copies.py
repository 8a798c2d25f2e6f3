"""Last good copies of public pages, for when the database is away: files in one folder that all processes share.

Whatever stops being public empties the folder (`forget_copies`), because lists and feeds repeat what pages say. A page
that was being made meanwhile is not kept: it may still show what was removed.
"""

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.transactions import after_commit

COPY_MAX_BYTES = 512 * 1024
_FORGOTTEN = "forgotten"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Copy:
    """A page as everybody could read it at an instant."""

    body: bytes
    at: datetime


def keep(address: str, body: bytes, *, began: datetime) -> None:
    """Keep the page at this address, unless the folder is off, the copy is fresh, or copies were forgotten since.

    `began`: when the request did. Oldest copies go where all together are more than `last_good_max_bytes`.
    """
    folder, limits = _folder(), settings()
    if folder is None or len(body) > COPY_MAX_BYTES or _forgotten_since(folder, began):
        return
    target = _path(folder, address)
    if _age(target) < timedelta(seconds=limits.last_good_refresh_seconds):
        return
    partial = target.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):  # a full disk is no reason to show nobody the page
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_bytes(body)
        os.utime(partial, (began.timestamp(), began.timestamp()))
        partial.replace(target)
        if _forgotten_since(folder, began):
            target.unlink(missing_ok=True)
        _trim(folder, limits.last_good_max_bytes)


def find(address: str) -> Copy | None:
    """The copy of an address; None when there is none, or none of the last `last_good_hours`."""
    folder = _folder()
    if folder is None:
        return None
    path = _path(folder, address)
    if _age(path) > timedelta(hours=settings().last_good_hours):
        return None
    try:
        return Copy(path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except OSError:
        return None


def forget_copies() -> None:
    """Something is no longer public: once the present transaction has committed, all copies go. Inside atomic()."""
    after_commit(_forget)


def forget_with(address: str) -> None:
    """There is nothing at this address any more: if there was, all copies go."""
    folder = _folder()
    if folder is not None and _path(folder, address).exists():
        _forget()


def _forget() -> None:
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _FORGOTTEN).touch()
        for path in folder.glob("*.html"):
            path.unlink(missing_ok=True)
    except OSError as error:
        log.error("copies of what was removed are still there: %s", type(error).__name__)


def _folder() -> Path | None:
    root = settings().last_good_root
    return Path(root) if root else None


def _path(folder: Path, address: str) -> Path:
    return folder / f"{hashlib.sha256(address.encode()).hexdigest()}.html"


def _age(path: Path) -> timedelta:
    try:
        return now() - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return timedelta.max


def _forgotten_since(folder: Path, began: datetime) -> bool:
    try:
        return (folder / _FORGOTTEN).stat().st_mtime >= began.timestamp()
    except OSError:
        return False


def _trim(folder: Path, most: int) -> None:
    """Remove the oldest copies until the rest is small enough. Others may do the same at the same time."""
    found = []
    for path in folder.glob("*.html"):
        with suppress(OSError):
            known = path.stat()
            found.append((known.st_mtime, known.st_size, path))
    total = sum(size for _at, size, _path in found)
    for _at, size, path in sorted(found, key=lambda one: one[:2]):
        if total <= most:
            return
        path.unlink(missing_ok=True)
        total -= size
