"""A portal on services of its own, which go with it: SQLite and the embedded broker, or PostgreSQL and Redis."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from civicportal.recovery.sealed import new_identity
from tests import needs
from tests.cluster import Cluster, archiving, empty_cluster
from tests.processes import ROOT, Stack, forget_keys, prefix, running_stack, wait
from worker import commands

NOBODY = "smtp://127.0.0.1:9"  # mails of a rehearsal go nowhere
ARCHIVE_SECONDS = 5
READY_SECONDS = 300


@dataclass
class Outside:
    """What is kept away from the portal's machine: backups, their key, newest heads, and what people have at home."""

    folder: Path
    store: Path

    @property
    def custodian(self) -> Path:
        return self.folder / "custodian.txt"

    @property
    def heads(self) -> Path:
        return self.folder / "heads"

    @property
    def published(self) -> Path:
        """What somebody downloaded of the vote."""
        return self.folder / "published"

    @property
    def drawer(self) -> Path:
        return self.folder / "drawer"


@dataclass
class Site:
    """A portal: its processes, and the database server that is its own, if it has one."""

    stack: Stack
    outside: Outside
    cluster: Cluster | None

    def flask(self, *arguments: object, done: bool = True) -> str:
        """What a command prints."""
        result = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *map(str, arguments)], cwd=ROOT, capture_output=True,
            text=True, check=False, env=commands.environment(self.stack.env, "cli"))
        assert not done or result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def answers(self, path: str) -> int:
        """Status of a page, 0 while nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.stack.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (HTTPException, OSError):
            return 0
        finally:
            connection.close()

    def start_web(self) -> None:
        """Start the web process, and wait until the whole portal is ready."""
        self.stack.start("web")
        wait(lambda: self.answers("/health/ready") == 200, READY_SECONDS, "ready portal")

    def destroy(self) -> None:
        """kill -9 for everything at once, and no file of it is left."""
        self.stack.kill(*list(self.stack.running))
        if self.cluster is not None:
            self.cluster.kill()
            shutil.rmtree(self.cluster.folder / "data")
        shutil.rmtree(self.stack.folder)


@contextmanager
def drill_site(folder: Path, service: str) -> Iterator[Site]:
    """A running portal. `service`: `sqlite` or `postgresql`."""
    (folder / "site").mkdir()
    (folder / "outside").mkdir()
    with ExitStack() as stack:
        public = new_identity(folder / "outside" / "custodian.txt")
        outside = Outside(folder / "outside", folder / "outside" / "store")
        cluster = None
        if service == "postgresql":
            cluster = stack.enter_context(empty_cluster())
            server_store = stack.enter_context(empty_cluster()).folder  # where the server's account may write
            outside.store = server_store / "store"
            cluster.initialize()
            cluster.settings = archiving(cluster, outside.store, public, seconds=ARCHIVE_SECONDS)
            cluster.own(server_store)
            cluster.start()
        yield Site(stack.enter_context(running_stack(
            folder / "site", cluster.url if cluster else f"sqlite:///{folder / 'site' / 'portal.sqlite'}",
            needs.REDIS if cluster and needs.redis() else None, NOBODY, **settings_of(outside, public))),
            outside, cluster)


def settings_of(outside: Outside, public: str) -> dict[str, str]:
    """Settings that the portal has before and after."""
    return {"LOG_HEADS_ROOT": str(outside.heads), "BACKUP_RECIPIENTS": public, "BALLOT_BATCH_MINUTES": "0"}


@contextmanager
def restored_site(folder: Path, old: Site) -> Iterator[Site]:
    """The same portal on another folder, and another server, from what lies outside. Not started yet."""
    home = folder / "elsewhere"
    (home / "instance").mkdir(parents=True)
    with ExitStack() as ends:
        cluster = ends.enter_context(empty_cluster()) if old.cluster else None
        stack = Stack(home, cluster.url if cluster else f"sqlite:///{home / 'portal.sqlite'}",
                      old.stack.redis_url, NOBODY, old.stack.settings)
        if stack.redis_url:
            ends.callback(forget_keys, stack.redis_url, prefix(home))
        site = Site(stack, old.outside, cluster)
        ends.callback(lambda: stack.kill(*list(stack.running)))
        restore(site)
        yield site


def restore(site: Site) -> None:
    """From the backup to a portal whose worker and beat run."""
    given = ["restore", "--from", site.outside.store, "--identity", site.outside.custodian]
    if site.cluster is None:
        site.flask(*given)
    else:
        data = site.cluster.folder / "data"
        site.flask(*given, "--data", data)
        site.cluster.own(site.cluster.folder)
        site.cluster.start()
        wait(lambda: site.cluster and site.cluster.is_primary(), 600, "end of recovery")
    site.flask("db", "upgrade")
    site.flask("check-restored", "--from", site.outside.store)
    site.stack.start(*([] if site.stack.redis_url else ["broker"]), "worker", "beat")
