"""A whole copy of the database as a stream, and back: SQLite's online backup, PostgreSQL's base backup.

Beside `core.dialect`, the one other place that asks which database it is: nothing else copies one as a whole.
"""

import os
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import URL, make_url

from civicportal.recovery.sealed import SUFFIX, unseal

PAGES = 5000
WAL = "restored-wal"


class CopyFailed(ValueError):
    """A copy could not be made or put back; the text says why, for the person at the terminal."""


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for another database. Raises CopyFailed for one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise CopyFailed("a database in memory cannot be kept")
    return Path(parsed.database)


def copy_sqlite(source: Path, target: Path, advance: Callable[[int], None]) -> None:
    """Copy a SQLite database while others write to it: all of it as of one moment. `advance`: pages copied since."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source, isolation_level=None)) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("PRAGMA busy_timeout=10000")
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on, what others write is not seen
        done = 0

        def tell(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            advance(total - remaining - done)
            done = total - remaining

        live.backup(copy, pages=PAGES, progress=tell)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def check_sqlite(path: Path) -> None:
    """Raises CopyFailed unless the file is a whole and sound SQLite database."""
    try:
        with closing(sqlite3.connect(path)) as found:
            sound = found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise CopyFailed("the copy of the database is damaged")


def count_sqlite(path: Path, tables: list[str]) -> dict[str, int]:
    """Rows by table, of those that are there."""
    with closing(sqlite3.connect(path)) as found:
        there = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {table: found.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - names of ours
                for table in tables if table in there}


@contextmanager
def base_backup(url: str) -> Iterator[BinaryIO]:
    """A base backup of a PostgreSQL server as a tar stream, with the write-ahead log that makes it whole.

    Needs `pg_basebackup` on this machine and a role that may replicate. Raises CopyFailed with what the program said.
    """
    parsed = make_url(url)
    command = ["pg_basebackup", f"--dbname={_conninfo(parsed)}", "--pgdata=-", "--format=tar", "--wal-method=fetch",
               "--checkpoint=fast", "--no-password", "--label=civicportal"]
    try:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,  # noqa: S603 - our command
                                   env={**os.environ, "PGPASSWORD": parsed.password or ""})
    except FileNotFoundError:
        raise CopyFailed("pg_basebackup is not installed here: install PostgreSQL's client programs") from None
    try:
        yield cast(BinaryIO, running.stdout)
        _out, said = running.communicate()
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()
    if running.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise CopyFailed(f"no base backup was made: {lines[-1]}")


def _conninfo(parsed: URL) -> str:
    """Where the server is, without the password, which other users of the machine could read."""
    return parsed.set(drivername="postgresql", password=None).render_as_string()


def unpack(source: BinaryIO, folder: Path) -> tuple[int, int]:
    """Unpack a tar stream into an empty folder; files and their bytes. Nothing in it may lead out of the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = size = 0
    try:
        with tarfile.open(fileobj=source, mode="r|") as archive:
            for entry in archive:
                archive.extract(entry, folder, filter="data")
                count += entry.isfile()
                size += entry.size if entry.isfile() else 0
    except tarfile.TarError as error:
        raise CopyFailed(f"an archive of the backup cannot be unpacked: {error}") from None
    folder.chmod(0o700)
    return count, size


def pack(folder: Path, sink: BinaryIO, suffix: str = "", told: Callable[[int, int], None] | None = None) -> None:
    """Write the plain files below a folder as a tar stream; `told`: of each file, one and its size.

    A file that is deleted meanwhile is left out.
    """
    with tarfile.open(fileobj=sink, mode="w|") as archive:
        for path in sorted(folder.rglob(f"*{suffix}")):
            if path.is_symlink() or not path.is_file() or path.suffix == ".part":
                continue
            try:
                with path.open("rb") as file:
                    entry = archive.gettarinfo(arcname=str(path.relative_to(folder)), fileobj=file)
                    archive.addfile(entry, file)
            except FileNotFoundError:
                continue
            if told:
                told(1, entry.size)


def replay(data: Path, place: Path, store: Path, wal_from: str | None, keys: list[Any]) -> int:
    """Lay the segments of the write-ahead log beside the data of a base backup, and ask the server to go through them.

    `place`: where the data will lie when the server is started. Returns how many segments there are. The server goes
    through them when it is started, and goes on by itself after the last.
    """
    folder = data / WAL
    folder.mkdir(mode=0o700)
    sealed = [path for path in sorted((store / "wal").glob(f"*{SUFFIX}"))
              if wal_from is None or path.name >= wal_from or path.name.endswith(f".history{SUFFIX}")]
    for path in sealed:
        with (folder / path.name.removesuffix(SUFFIX)).open("wb") as file:
            unseal(path, cast(BinaryIO, file), keys)
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"restore_command = 'cp \"{place / WAL}/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n")
    (data / "recovery.signal").touch()
    return len(sealed)
