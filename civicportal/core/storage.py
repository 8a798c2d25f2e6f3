"""Where uploaded files are kept, byte for byte. One interface, so that another store is another class."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

KEY = re.compile(r"[0-9a-f]{32}")
_CHUNK = 64 * 1024


Keeper = Callable[[Collection[str]], set[str]]
KEEPERS: list[Keeper] = []


def keeper(known: Keeper) -> Keeper:
    """Decorator for a function that says which of some keys its package still needs; all others are swept away."""
    KEEPERS.append(known)
    return known


class TooLarge(ValueError):
    """The stream is longer than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


@dataclass(frozen=True)
class Stored:
    """A file at rest: its random key, size in bytes and SHA-256 in hexadecimal."""

    key: str
    size: int
    sha256: str


class Storage(Protocol):
    """Keys are made by the store and mean nothing; every method raises ValueError for a malformed one."""

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        """Keep the rest of `stream`. Raises TooLarge past `limit` bytes, and then keeps nothing."""

    def open(self, key: str) -> BinaryIO:
        """The content, for reading. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Remove the content; quiet when it is gone already."""

    def exists(self, key: str) -> bool:
        """Whether the content is there."""

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Every key with the time (UTC) it was put at."""


class DiskStorage:
    """Files below `root`, readable by this account alone: `root/ab/cd/abcd…`.

    A file appears under its key only when all of it has reached the disk.
    """

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root)

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        """See `Storage.put`. The stream is read in chunks and never past the first byte over `limit`."""
        key = secrets.token_hex(16)
        target = self._path(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        with _part(partial) as file:
            size, digest = copy(stream, file, limit)
            file.flush()
            os.fsync(file.fileno())
            partial.replace(target)
        _sync_folder(target.parent)
        return Stored(key, size, digest)

    def open(self, key: str) -> BinaryIO:
        """See `Storage.open`."""
        return self._path(key).open("rb")

    def delete(self, key: str) -> None:
        """See `Storage.delete`. Folders stay: another file may be on its way into them."""
        self._path(key).unlink(missing_ok=True)
        self._path(key).with_suffix(".part").unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """See `Storage.exists`."""
        return self._path(key).is_file()

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """See `Storage.entries`. Pieces of files that were never finished count too, under the key they were to get."""
        for path in self._root.glob("??/??/*"):
            if KEY.fullmatch(path.stem):
                with suppress(FileNotFoundError):  # deleted in this moment
                    yield path.stem, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError("not a storage key")
        return self._root / key[:2] / key[2:4] / key


@contextmanager
def _part(path: Path) -> Iterator[BinaryIO]:
    """A new file that is gone after the block, unless it was moved into place."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def copy(stream: BinaryIO, target: BinaryIO, limit: int) -> tuple[int, str]:
    """Copy the rest of a stream. Returns size in bytes and SHA-256. Raises TooLarge past `limit` bytes."""
    size, digest = 0, hashlib.sha256()
    while chunk := stream.read(min(_CHUNK, limit + 1 - size)):
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        digest.update(chunk)
        target.write(chunk)
    return size, digest.hexdigest()


def _sync_folder(path: Path) -> None:
    """Make the new name itself durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
