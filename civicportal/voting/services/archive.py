"""All public files of a vote as one archive, written while it is sent: it is nowhere as a whole."""

from collections.abc import Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from civicportal.voting.services.export import Snapshot, stream

MANY = 1_000_000  # ballots; of more a file may pass 2 GB, which takes an entry that older programs do not read


class _Pipe(RawIOBase):
    """What was written since it was last taken. Nobody can go back in it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        """What was written, which is forgotten here."""
        held, self._held = bytes(self._held), bytearray()
        return held


def zipped(of: Snapshot) -> Iterator[bytes]:
    """The archive, in pieces: a folder named after the vote, with its files as of the snapshot's head.

    The same head always gives the same entries, dated as the head is.
    """
    pipe = _Pipe()
    with ZipFile(pipe, "w") as whole:
        for name in of.names:
            with whole.open(_entry(of, name), "w", force_zip64=of.published > MANY) as file:
                for piece in stream(of, name):
                    file.write(piece)
                    if written := pipe.taken():
                        yield written
    yield pipe.taken()


def _entry(of: Snapshot, name: str) -> ZipInfo:
    entry = ZipInfo(f"{of.box.slug}/{name}", of.heads[-1].at.timetuple()[:6])
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
    return entry
