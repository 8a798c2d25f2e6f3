"""A PostgreSQL server of one's own: started, killed and started again without anybody else noticing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyrage
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from civicportal.recovery import sealed
from tests.mailserver import free_port

OWNER = "postgres"  # initdb refuses to run as root
SETTINGS = ("fsync=on", "synchronous_commit=on", "shared_buffers=256MB", "max_wal_size=2GB", "max_connections=60",
            "listen_addresses=127.0.0.1", "unix_socket_directories=")


@dataclass
class Cluster:
    """A server on a folder and port of its own. `server` is its first process."""

    folder: Path
    port: int
    programs: Path
    settings: tuple[str, ...] = ()
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of its database `postgres`."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/postgres"

    def initialize(self) -> None:
        """Make the empty data folder."""
        self._open("initdb", f"--username={OWNER}", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C").wait()

    def start(self) -> None:
        """Start and wait until it answers, after a crash too."""
        given = [f"-c{setting}" for setting in (f"port={self.port}", *SETTINGS, *self.settings)]
        self.server = self._open("postgres", *given)
        engine = create_engine(self.url, poolclass=NullPool)
        for _attempt in range(600):
            with suppress(OperationalError):
                engine.connect().close()
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def kill(self) -> None:
        """kill -9 for the server and every process of it: nothing is written any more."""
        assert self.server is not None
        doomed = children(self.server.pid)
        self.server.kill()
        self.server.wait()
        for process in doomed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(runs(process) for process in doomed):
            time.sleep(0.02)

    def is_primary(self) -> bool:
        """Whether it has ended its recovery and takes writes."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return not connection.scalar(text("SELECT pg_is_in_recovery()"))

    def own(self, path: Path) -> None:
        """Give a file or folder with all in it to the account that the server runs as."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", path], check=True)

    def _open(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        identity = {"user": OWNER, "group": OWNER} if os.geteuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self.programs / program, "-D", self.folder / "data", *arguments], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **identity)


def runs(pid: int) -> bool:
    """Whether a process is there and is no zombie (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Ids of the processes that a process has started and that still run (Linux)."""
    return [int(number) for file in Path(f"/proc/{pid}/task").glob("*/children") for number in file.read_text().split()]


def programs() -> Path | None:
    """Where the server's programs are; None where there is no server to start."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = folders[-1].parent if folders else Path(shutil.which("initdb") or "/none/initdb").parent
    return found if (found / "initdb").exists() and (found / "postgres").exists() else None


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A fresh server in a temporary folder, gone afterwards."""
    with empty_cluster() as cluster:
        cluster.initialize()
        cluster.start()
        yield cluster


@contextmanager
def empty_cluster() -> Iterator[Cluster]:
    """A temporary folder for a server that is still to be made or restored; ended and gone afterwards."""
    found = programs()
    assert found is not None, "no PostgreSQL server is installed"
    with tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as name:
        cluster = Cluster(Path(name), free_port(), found)
        cluster.own(cluster.folder)
        try:
            yield cluster
        finally:
            if cluster.server is not None and cluster.server.poll() is None:
                cluster.kill()


def _python_of(owner: str) -> Path:
    """A Python that this account can run: the one of the tests may lie in another account's home."""
    identity = {"user": owner, "group": owner} if os.geteuid() == 0 else {}
    for python in (Path(sys.executable).resolve(), Path("/usr/bin/python3")):
        with suppress(OSError):
            if subprocess.run([python, "-c", ""], cwd="/", check=False, **identity).returncode == 0:
                return python
    raise AssertionError(f"no Python that the account {owner} can run")


def archiving(cluster: Cluster, store: Path, recipient: str, *, seconds: int = 60) -> tuple[str, ...]:
    """Settings with which a server seals its write-ahead log into a store: run by its path, as operators set it up.

    What the command needs is copied to where the server's account can read it.
    """
    tools = cluster.folder / "tools"
    shutil.copytree(Path(pyrage.__file__).parent, tools / "pyrage")
    shutil.copy(sealed.__file__, tools)
    (store / "wal").mkdir(parents=True)
    cluster.own(cluster.folder)
    command = f"{_python_of(OWNER)} {tools / 'sealed.py'} seal %p {store}/wal/%f.age {recipient}"
    return "archive_mode=on", f"archive_command={command}", f"archive_timeout={seconds}", "wal_keep_size=64MB"
