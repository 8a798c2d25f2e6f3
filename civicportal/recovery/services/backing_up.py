"""Taking a backup: database, files, newest heads of the logs, and keys for another custodian, each sealed."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from civicportal.core import leases
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.i18n import lazy
from civicportal.core.signing import keyed_digest
from civicportal.extensions import db
from civicportal.recovery import copies, manifest
from civicportal.recovery.queries import LAST, revision, rows_by_table, tables
from civicportal.recovery.sealed import SUFFIX, Part, piped, recipients, seal
from civicportal.voting.services.keys import portal_host

KEYS = ("SECRET_KEY", "IDENTITY_KEY", "RECEIPT_SIGNING_KEYS", "RECEIPT_VERIFY_KEYS", "LOG_SIGNING_KEY")
LEFT_OUT = "left out: BACKUP_KEYS_RECIPIENT names nobody. Keep portal.env and worker.env yourself."
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
_NOBODY = lazy("BACKUP_RECIPIENTS is not set. Make a key with `flask backup-key FILE`, and set its public part.")
_BUSY = lazy("Another backup is being written there.")


def manifest_key() -> bytes:
    """What manifests are sealed with: only this portal has it."""
    return keyed_digest(settings().identity_key, "backup-manifest")


@dataclass
class _Writing:
    """A backup that is not whole yet. `keys`: whom it is sealed for."""

    folder: Path
    keys: list[Any]
    bar: Bar
    parts: dict[str, Part] = field(default_factory=dict)

    def add(self, name: str, source: Any, advance: Callable[[int], None] | None = None, keys: Any = None) -> None:
        """Seal a stream as a part."""
        path = self.folder / f"{name}{SUFFIX}"
        self.parts[path.name] = seal(source, path, keys or self.keys, advance)


def back_up(store: Path, *, keep: int, bar: Bar) -> tuple[manifest.Found, list[str]]:
    """Write a backup into a new folder of `store`, then delete whole ones beyond the newest `keep` (0: none).

    Returns it, and the names of those deleted. The portal goes on meanwhile. The database is read before the files: a
    file without a row is harmless. Raises Invalid without recipients, Conflict while another one writes there,
    CopyFailed when the database cannot be copied; then nothing is left that looks like a backup.
    """
    keys = recipients(settings().backup_recipients)
    if not keys:
        raise Invalid(_NOBODY)
    with _alone(store):
        for left in store.glob("*.partial"):
            shutil.rmtree(left)
        at = now()
        folder = store / manifest.folder_name(at)
        writing = _Writing(folder.with_name(f"{folder.name}.partial"), keys, bar)
        writing.folder.mkdir(mode=0o700)
        try:
            known = _database(writing)
            files = _files(writing)
            said = manifest.Manifest(at=at, host=portal_host(), parts=writing.parts, files=files, keys=_keys(writing),
                                     **known)
            manifest.write(writing.folder, said, manifest_key())
            writing.folder.rename(folder)
        except BaseException:
            shutil.rmtree(writing.folder, ignore_errors=True)
            raise
        leases.acquire(LAST, folder.name, 0)
        return manifest.Found(folder, said), _rotate(store, keep)


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (store / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(_BUSY) from None
        yield


def _database(writing: _Writing) -> dict[str, Any]:
    """Seal the database; what the manifest says of it."""
    file = copies.sqlite_file(settings().database_url)
    with db.engine.connect() as connection:
        at_revision = revision(connection)
    if file is not None:
        rows = _sqlite(writing, file)
        return {"database": "sqlite", "revision": at_revision, "tables": rows, "exact": True}
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        rows = rows_by_table(connection)
        segment = connection.execute(select(func.pg_walfile_name(func.pg_current_wal_lsn()))).scalar_one()
        size = connection.execute(select(func.sum(func.pg_database_size(db.text("oid"))))
                                  .select_from(db.text("pg_database"))).scalar_one()
    with writing.bar("Database", int(size)) as advance, copies.base_backup(settings().database_url) as source:
        writing.add("database", source, advance)
    return {"database": "postgresql", "revision": at_revision, "tables": rows, "exact": False, "wal_from": segment}


def _sqlite(writing: _Writing, file: Path) -> dict[str, int]:
    """Through a copy beside the database, as secret as it is, which is gone afterwards."""
    copy = file.with_name(f"{file.name}.copy")
    copy.unlink(missing_ok=True)
    try:
        with writing.bar("Copy", _pages(file)) as advance:
            copies.copy_sqlite(file, copy, advance)
        copies.check_sqlite(copy)
        with writing.bar("Database", copy.stat().st_size) as advance, copy.open("rb") as source:
            writing.add("database", source, advance)
        return copies.count_sqlite(copy, tables())
    finally:
        copy.unlink(missing_ok=True)


def _pages(file: Path) -> int:
    return max(1, file.stat().st_size // 4096)


def _files(writing: _Writing) -> dict[str, int]:
    """Seal the uploaded files and the newest heads; how many uploads there were, and their bytes."""
    count = {"count": 0, "bytes": 0}

    def told(files: int, size: int) -> None:
        count["count"] += files
        count["bytes"] += size

    media, heads = Path(settings().media_root), Path(settings().log_heads_root)
    length = sum(path.stat().st_size for path in media.rglob("*") if path.is_file())
    with writing.bar("Files", length) as advance, piped(partial(copies.pack, media, told=told)) as source:
        writing.add("files", source, advance)
    with piped(partial(copies.pack, heads, suffix=".txt")) as source:
        writing.add("heads", source)
    return count


def _keys(writing: _Writing) -> str:
    """Seal the keys that this process holds, for their custodian alone; how they are kept, in words."""
    keeper = settings().backup_keys_recipient
    if not keeper:
        return LEFT_OUT
    held = {name: getattr(settings(), name.lower()) for name in KEYS}
    text = "".join(f"{name}={value}\n" for name, value in held.items() if value)
    writing.add("keys", BytesIO(text.encode()), keys=recipients(keeper))
    without = "" if held["LOG_SIGNING_KEY"] else ", without LOG_SIGNING_KEY, which only workers have"
    return f"keys{SUFFIX}, for {keeper} alone{without}"


def _rotate(store: Path, keep: int) -> list[str]:
    """Delete backups beyond the newest `keep`, and segments of the write-ahead log that none of the kept needs."""
    there = list(manifest.all_in(store))
    old = there[:-keep] if keep else []
    for found in old:
        shutil.rmtree(found.folder)
    first = min((found.manifest.wal_from for found in there[len(old):] if found.manifest.wal_from), default=None)
    for path in sorted((store / "wal").glob(f"*{SUFFIX}")):
        if first and path.name < first and not path.name.endswith(f".history{SUFFIX}"):
            path.unlink()
    return [found.folder.name for found in old]
