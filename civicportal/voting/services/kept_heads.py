"""The newest head of each log in a file beside the signer's key, outside the database.

Whoever puts an older database back cannot put this file back with it, and so the signer notices.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from civicportal.core.configuration import settings
from civicportal.voting.notes import parse_checkpoint


@dataclass(frozen=True)
class KeptHead:
    """The file of one log."""

    path: Path

    def read(self) -> str | None:
        """The note that was kept last, None when none ever was."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def write(self, note: str) -> None:
        """Replace the note. Returns when it is on the disk: whole, or the one before."""
        partial = self.path.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def kept_head(log_name: str) -> Iterator[KeptHead]:
    """The file of a log, which no other process reads or writes meanwhile. Raises OSError for an unusable folder."""
    root = Path(settings().log_heads_root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield KeptHead(root / f"{log_name.replace('/', '_')}.txt")


def take_heads(folder: Path) -> list[str]:
    """Take each head of a copy of this folder that is newer than the one kept here; names of the files taken.

    A head is never replaced by an older one. Signatures are not looked at here: the signer does, before it goes on.
    """
    taken = []
    for path in sorted(folder.glob("*.txt")):
        note = path.read_text(encoding="utf-8", errors="replace")
        with kept_head(path.stem) as file:
            if number_of(note) > number_of(file.read()):
                file.write(note)
                taken.append(path.name)
    return taken


def number_of(note: str | None) -> int:
    """The number of a head, 0 for what is none."""
    try:
        return int(parse_checkpoint(note or "").lines["head"])
    except (ValueError, KeyError):
        return 0
