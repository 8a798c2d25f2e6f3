"""A file of lines outside the database that only grows: what a backup that is put back would have forgotten."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path


def read(path: Path) -> list[str]:
    """The lines, without their ends; none where there is no file yet."""
    return path.read_text("utf-8").splitlines() if path.is_file() else []


def append(path: Path, lines: Iterable[str]) -> int:
    """Add those lines that are not there yet; how many were added. Several processes may do so at once."""
    wanted = list(dict.fromkeys(lines))
    if not wanted:
        return 0
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = set(file.read().splitlines())
        new = [line for line in wanted if line not in known]
        file.writelines(f"{line}\n" for line in new)
        file.flush()
        os.fsync(file.fileno())
    return len(new)
