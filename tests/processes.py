"""The real processes of a portal on a temporary instance: all of them under the supervisor, or one by one."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from redis import Redis

from civicportal.notifications import mailbox
from tests.mailserver import free_port
from worker import commands
from worker.watchdog import signal_group

ROOT = Path(__file__).resolve().parents[1]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
START_SECONDS, STOP_SECONDS = 180, 15


@dataclass
class Portal:
    """A portal under its supervisor. `log`: what the supervisor printed."""

    url: str
    instance: Path
    log: Path
    process: subprocess.Popen[bytes]

    def mailbox(self, to: str = "") -> list[mailbox.Mail]:
        """Mails sent so far, the newest first."""
        return mailbox.mails(self.instance / "mail", to)

    def health(self) -> dict:
        """What /health/ready says; empty while nobody answers."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return json.loads(connection.getresponse().read())
        except (HTTPException, OSError):
            return {}
        finally:
            connection.close()

    def wait_ready(self) -> None:
        """Until the supervisor says so."""
        ended_or_ready = lambda: self.process.poll() is not None or "is ready" in self.log.read_text()  # noqa: E731
        wait(ended_or_ready, START_SECONDS, "ready portal")
        assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> int:
        """Stop as Ctrl-C does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()


@contextmanager
def running_portal(
    tmp_path: Path, database_url: str | None = None, redis_url: str | None = None, *, demo: bool = True, **settings: str
) -> Iterator[Portal]:
    """The portal as `make run` starts it, ready, on a free port; stopped afterwards. `settings`: by their env names.

    A Redis server is shared with others: what is written there carries a prefix of this instance's own.
    """
    started = start_portal(tmp_path, database_url, redis_url, demo=demo, **settings)
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()
        if redis_url:
            forget_keys(redis_url, prefix(tmp_path))


def start_portal(
    tmp_path: Path, database_url: str | None = None, redis_url: str | None = None, *, demo: bool = True, **settings: str
) -> Portal:
    """Start the supervisor and return at once."""
    instance, port = tmp_path / "instance", settings.pop("PORT", str(free_port()))
    instance.mkdir(exist_ok=True)
    env = environment(tmp_path, database_url, redis_url) | {"PORT": port} | settings
    if not demo:
        without_demo(instance, database_url)
    log = tmp_path / "supervisor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "worker.supervisor"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    return Portal(f"http://127.0.0.1:{port}", instance, log, process)


def environment(tmp_path: Path, database_url: str | None, redis_url: str | None) -> dict[str, str]:
    """Environment of a development portal on `tmp_path/instance`."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"INSTANCE_PATH": str(tmp_path / "instance"), "REDIS_PREFIX": prefix(tmp_path)}
    env |= {"DATABASE_URL": database_url} if database_url else {}
    return env | ({"REDIS_URL": redis_url} if redis_url else {})


def without_demo(instance: Path, database_url: str | None) -> None:
    """Make the supervisor believe that the demo content was loaded in an earlier run."""
    file = instance / "portal.sqlite"
    if not database_url:
        file.touch()
    digest = hashlib.sha256((database_url or f"sqlite:///{file}").encode()).hexdigest()[:12]
    (instance / f"demo-{digest}.loaded").touch()


def prefix(tmp_path: Path) -> str:
    """Keys of one test's portal on a shared Redis server begin with this."""
    return f"test-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}:"


def forget_keys(redis_url: str, mark: str) -> None:
    """Delete the keys that hold `mark`: queues begin with it, limits have it inside."""
    with Redis.from_url(redis_url) as client:
        for key in client.scan_iter(match=f"*{mark}*"):
            client.delete(key)


@dataclass
class Stack:
    """Broker, web, worker and beat of one instance, each to be started and killed by name.

    A second one of a kind is called `beat-2`. `skew`: by how many seconds the clock of a process goes wrong.
    """

    folder: Path
    database_url: str
    redis_url: str | None
    smtp_url: str
    settings: dict[str, str] = field(default_factory=dict)
    skew: dict[str, int] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        url = self.redis_url or f"unix://{self.folder / 'b.sock'}"
        return environment(self.folder, self.database_url, url) | {"SMTP_URL": self.smtp_url} | self.settings

    def command(self, name: str) -> list[str]:
        kind = name.partition("-")[0]
        if kind == "broker":
            (self.folder / "broker").mkdir(exist_ok=True)
            return commands.broker(self.folder / "b.sock", self.folder / "broker")
        if kind == "web":
            return commands.web("127.0.0.1", self.port)
        return {"worker": commands.worker, "beat": commands.beat}[kind]()

    def environment(self, name: str) -> dict[str, str]:
        env = commands.environment(self.env, "web" if name.startswith("web") else "worker")
        if name in self.skew:
            env |= {"PYTHONPATH": f"{ROOT / 'tests' / 'skew'}:{ROOT}", "CLOCK_SKEW_SECONDS": str(self.skew[name])}
        return env

    def start(self, *names: str) -> None:
        """Start processes; their output goes to `<name>.log`."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as output:
                self.running[name] = subprocess.Popen(
                    self.command(name), cwd=ROOT, env=self.environment(name), stdout=output,
                    stderr=subprocess.STDOUT, start_new_session=True)

    def kill(self, *names: str) -> None:
        """kill -9 for processes and all they started."""
        for name in names:
            signal_group(self.running[name].pid, signal.SIGKILL)
            self.running.pop(name).wait()

    def run(self, *command: str) -> None:
        """Run a Python module to its end in the environment of a command."""
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, capture_output=True,
                       env=commands.environment(self.env, "cli"))


@contextmanager
def running_stack(
    folder: Path, database_url: str, redis_url: str | None, smtp_url: str, **settings: str
) -> Iterator[Stack]:
    """A migrated instance with broker (unless `redis_url` names one), worker and beat."""
    (folder / "instance").mkdir()
    stack = Stack(folder, database_url, redis_url, smtp_url, settings)
    try:
        stack.run("flask", "--app", "wsgi", "db", "upgrade")
        stack.start(*(["broker"] if not redis_url else []), "worker", "beat")
        yield stack
    finally:
        stack.kill(*stack.running)
        if redis_url:
            forget_keys(redis_url, prefix(folder))


def wait(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until the condition holds; the seconds it took. Fails the test when it does not."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"no {what} within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - started


def processes_of(marker: str) -> list[int]:
    """Ids of live processes whose environment or command line holds `marker` (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if marker.encode() in text and state != "Z" and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found
