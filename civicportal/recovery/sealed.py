"""Files sealed for recipients, in the age format (age-encryption.org/v1): the program `age` opens them as well.

Imports nothing else of the portal, because a database server runs it alone, by its path:
`python sealed.py seal FILE TARGET RECIPIENT…` seals a segment of the write-ahead log, `python sealed.py open FILE
TARGET IDENTITY-FILE` opens a file, such as the keys of a portal whose settings are lost.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

CHUNK = 1024 * 1024
SUFFIX = ".age"


class SealError(ValueError):
    """Something cannot be sealed or opened; the text says what, for the person at the terminal."""


@dataclass(frozen=True)
class Part:
    """A sealed file at rest: its size in bytes and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


def recipients(text: str) -> list[Any]:
    """The public keys (`age1…`) of a text, with commas or spaces between. Raises SealError for anything else."""
    try:
        return [x25519.Recipient.from_str(part) for part in text.replace(",", " ").split()]
    except RecipientError:
        raise SealError("a recipient is a public key such as `age1…`") from None


def identities(path: Path) -> list[Any]:
    """The private keys of an identity file, one a line; lines that begin with `#` are passed over.

    Raises SealError for a file that holds none, or anything else, and never repeats what it holds.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    try:
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except IdentityError:
        found = []
    if not found:
        raise SealError(f"{path} is not an identity file: it has to hold a line AGE-SECRET-KEY-1…")
    return found


def new_identity(path: Path) -> str:
    """Write a new private key into a file that only this account can read; its public key.

    Raises FileExistsError: a key that is there may be the only one that opens a backup.
    """
    made = x25519.Identity.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"# public key: {made.to_public()}\n{made}\n")
    return str(made.to_public())


class _Counted:
    """A stream that tells how many bytes went through and, when written to, hashes them."""

    def __init__(self, stream: BinaryIO, advance: Callable[[int], None] | None = None) -> None:
        self._stream, self._advance = stream, advance
        self.size, self.digest = 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._count(piece)
        return piece

    def write(self, piece: bytes) -> int:
        self._stream.write(piece)
        self.digest.update(piece)
        self._count(piece)
        return len(piece)

    def flush(self) -> None:
        self._stream.flush()

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._advance:
            self._advance(len(piece))


def seal(source: BinaryIO, target: Path, keys: Iterable[Any], advance: Callable[[int], None] | None = None) -> Part:
    """Seal all of a stream into a file that appears as a whole, on the disk. `advance` is told of bytes read.

    Raises SealError when the stream or the disk fails.
    """
    partial = target.with_name(f"{target.name}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sink = _Counted(cast(BinaryIO, file))
        try:
            encrypt_io(_Counted(source, advance), sink, list(keys))
        except EncryptError as error:
            raise SealError(f"{target.name} was not written: {error}") from error
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    return Part(sink.size, sink.digest.hexdigest())


def unseal(path: Path, sink: BinaryIO, keys: Iterable[Any], advance: Callable[[int], None] | None = None) -> None:
    """Write what a sealed file holds. Raises SealError for another key, and for a file that was changed or cut."""
    with path.open("rb") as file:
        try:
            decrypt_io(_Counted(cast(BinaryIO, file), advance), sink, list(keys))
        except DecryptError:
            raise SealError(f"{path.name} was not sealed for this identity") from None
        except OSError as error:
            if isinstance(error, BrokenPipeError) or error.errno:
                raise
            raise SealError(f"{path.name} was changed or is not complete") from None


@contextmanager
def piped(write: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What `write` writes, to be read to its end inside the block. Its error is raised after the block."""
    failures: list[BaseException] = []
    reading, writing = os.pipe()

    def work() -> None:
        try:
            with os.fdopen(writing, "wb") as sink:
                write(cast(BinaryIO, sink))
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=work, daemon=True)
    try:
        with os.fdopen(reading, "rb") as source:
            thread.start()
            yield cast(BinaryIO, source)
            while source.read(CHUNK):
                pass
    finally:
        thread.join()
    if failures:
        raise failures[0]


def hash_of(path: Path, advance: Callable[[int], None] | None = None) -> Part:
    """Size and hash of a file as it lies there."""
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            hashed.update(piece)
            size += len(piece)
            if advance:
                advance(len(piece))
    return Part(size, hashed.hexdigest())


def main(arguments: list[str]) -> int:
    """`seal FILE TARGET RECIPIENT…`, `open FILE TARGET IDENTITY-FILE`. A target that is there is never replaced.

    Sealing the same name again succeeds when it is there: a server asks again after a crash.
    """
    verb, source, target, *keys = arguments if len(arguments) > 3 else ["", "", "", ""]
    path = Path(target)
    try:
        if verb == "seal":
            if not path.exists():
                with Path(source).open("rb") as stream:
                    seal(cast(BinaryIO, stream), path, recipients(" ".join(keys)))
        elif verb == "open":
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                unseal(Path(source), cast(BinaryIO, file), identities(Path(keys[0])))
        else:
            raise SealError((__doc__ or "").strip())
    except (OSError, SealError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
