"""Putting a backup back: everything is verified and laid out beside before anything takes its place."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.extensions import db
from civicportal.recovery import copies
from civicportal.recovery.manifest import Found, chosen, folder_name
from civicportal.recovery.queries import is_running, tables
from civicportal.recovery.sealed import SUFFIX, hash_of, identities, piped, unseal
from civicportal.recovery.services.backing_up import Bar, manifest_key
from civicportal.voting.services.kept_heads import take_heads


class RestoreRefused(ValueError):
    """Nothing was put back; the text says why, for the person at the terminal."""


@dataclass(frozen=True)
class Restored:
    """What was put back. `aside`: where what lay there before is now. `heads`: files of heads newer than those kept.

    `segments`: of the write-ahead log, laid beside a base backup.
    """

    backup: Found
    files: int
    heads: tuple[str, ...]
    aside: tuple[Path, ...] = ()
    segments: int = 0


@dataclass(frozen=True)
class _Staged:
    """A path that is to be taken, and what lies beside it until then."""

    target: Path

    @property
    def beside(self) -> Path:
        """Where the new content is laid out."""
        return self.target.with_name(f"{self.target.name}.restoring")

    def clear(self) -> None:
        """Remove what an attempt before has left."""
        shutil.rmtree(self.beside, ignore_errors=True)
        self.beside.unlink(missing_ok=True)

    def take(self, stamp: str) -> Iterator[Path]:
        """Move what is there aside, and the new content into its place; where the old is now."""
        if self.target.is_dir() and not any(self.target.iterdir()):
            self.target.rmdir()
        for suffix in ("", "-wal", "-shm"):
            old = self.target.with_name(f"{self.target.name}{suffix}")
            if old.exists():
                aside = self.target.with_name(f"{self.target.name}.before-{stamp}{suffix}")
                old.rename(aside)
                yield aside
        self.beside.rename(self.target)


def restore(source: Path, *, identity: Path, replace: bool, data: Path | None, heads: Path | None,
            bar: Bar) -> Restored:
    """Put the backup `source`, or the newest in that folder, into the places that the settings name.

    `identity`: file with the private key. `replace`: what is there is moved aside, not deleted. `data`: the empty
    folder for the data of a PostgreSQL server. `heads`: a newer copy of the folder of kept heads; a kept head is never
    replaced by an older one. Raises RestoreRefused, NoBackup, SealError and CopyFailed, and then nothing has changed.
    """
    found, keys = chosen(source, manifest_key()), identities(identity)
    _check_place(found, data, replace=replace)
    _verify(found, bar)
    media = _Staged(Path(settings().media_root))
    file = copies.sqlite_file(settings().database_url)
    base = _Staged(data if data is not None else cast(Path, file))
    try:
        segments = _lay_out_database(found, base, keys, bar, source if data else None)
        files = _lay_out_files(found, media, keys, bar)
        stamp = folder_name(now())
        db.engine.dispose()
        aside = tuple(path for staged in (base, media) for path in staged.take(stamp))
    except BaseException:
        base.clear()
        media.clear()
        raise
    return Restored(found, files, tuple(_take_heads(found, keys, heads)), aside, segments)


def _check_place(found: Found, data: Path | None, *, replace: bool) -> None:
    """Raises RestoreRefused unless the backup may be put here."""
    file = copies.sqlite_file(settings().database_url)
    if settings().media_root.startswith("s3://"):
        raise RestoreRefused("The files are in an object store, which no backup holds. Restore with MEDIA_ROOT set "
                             "to an empty folder; the store keeps what it has.")
    if is_running():
        raise RestoreRefused("The portal is running on this database. Stop web, worker and beat first.")
    if found.manifest.database == "postgresql":
        if data is None:
            raise RestoreRefused("This is the backup of a PostgreSQL server: name an empty folder for its data with "
                                 "--data, as the user that runs the server.")
        if data.exists() and any(data.iterdir()):
            raise RestoreRefused(f"{data} is not empty.")
    elif file is None or data is not None:
        raise RestoreRefused("This is the backup of a SQLite database: restore it with DATABASE_URL=sqlite:///…, then "
                             "`flask move-database`.")
    if not replace and (_holds_rows() or any(Path(settings().media_root).glob("*"))):
        raise RestoreRefused("This installation is not empty. With --replace, what is here is moved aside first.")


def _holds_rows() -> bool:
    """Whether the SQLite database that is here holds anything. A server's data go into a folder of their own."""
    file = copies.sqlite_file(settings().database_url)
    return file is not None and file.exists() and any(copies.count_sqlite(file, tables()).values())


def _verify(found: Found, bar: Bar) -> None:
    """Raises RestoreRefused unless every part is what the manifest says."""
    with bar("Verify", found.manifest.size) as advance:
        for name, part in found.manifest.parts.items():
            path = found.folder / name
            if not path.is_file() or hash_of(path, advance) != part:
                raise RestoreRefused(f"{name} is missing or is not what was backed up. Nothing was changed.")


def _lay_out_database(found: Found, base: _Staged, keys: list[Any], bar: Bar, store: Path | None) -> int:
    """The database beside its place; how many segments of the write-ahead log are with it."""
    said, path = found.manifest, found.folder / f"database{SUFFIX}"
    base.clear()
    base.target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with bar("Database", said.parts[path.name].bytes) as advance:
        if store is None:
            base.beside.touch(mode=0o600)
            with base.beside.open("wb") as file:
                unseal(path, cast(BinaryIO, file), keys, advance)
        else:
            _unpack(path, base.beside, keys, advance)
    if store is not None:
        return copies.replay(base.beside, base.target, found.folder.parent, said.wal_from, keys)
    copies.check_sqlite(base.beside)
    if copies.count_sqlite(base.beside, list(said.tables)) != said.tables:
        raise RestoreRefused("The database does not have the rows that the manifest counts. Nothing was changed.")
    return 0


def _lay_out_files(found: Found, media: _Staged, keys: list[Any], bar: Bar) -> int:
    media.clear()
    path = found.folder / f"files{SUFFIX}"
    with bar("Files", found.manifest.parts[path.name].bytes) as advance:
        count, size = _unpack(path, media.beside, keys, advance)
    if {"count": count, "bytes": size} != found.manifest.files:
        raise RestoreRefused("There are not the files that the manifest counts. Nothing was changed.")
    return count


def _unpack(path: Path, folder: Path, keys: list[Any], advance: Callable[[int], None] | None) -> tuple[int, int]:
    with piped(partial(_open_part, path, keys, advance)) as source:
        return copies.unpack(source, folder)


def _open_part(path: Path, keys: list[Any], advance: Callable[[int], None] | None, sink: BinaryIO) -> None:
    unseal(path, sink, keys, advance)


def _take_heads(found: Found, keys: list[Any], newer: Path | None) -> Iterator[str]:
    """Bring the newest heads there are into their folder; names of those that came from outside the backup."""
    staged = _Staged(Path(settings().log_heads_root))
    staged.clear()
    _unpack(found.folder / f"heads{SUFFIX}", staged.beside, keys, None)
    try:
        if newer is not None:
            yield from take_heads(newer)
        take_heads(staged.beside)
    finally:
        staged.clear()
