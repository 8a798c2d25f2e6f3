"""The whole portal under one process: `python -m worker.supervisor`, behind `make run`.

Checks first, then migrates, loads demo content on the first run, and keeps broker, worker, beat and web running until
it is told to stop. One thread, so that nothing is held while a process is forked.
"""

import hashlib
import os
import selectors
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from config import ROOT, Settings, SettingsError, from_env
from worker import commands, preflight
from worker.child import Child

HOST = "127.0.0.1"
TURN_SECONDS = 0.2
STOP_ORDER = ("web", "beat", "worker", "broker")


class Stopped(Exception):
    """Somebody asked for the end while things were still being prepared."""


class Supervisor:
    """Holds the processes of one instance."""

    def __init__(self, settings: Settings, env: dict[str, str], port: int, lock: IO[str]) -> None:
        self.settings = settings
        self.instance = Path(settings.instance_path)
        self.env = env
        self.port = port
        self.lock = lock
        self.stopping = False
        self.ready = False
        self.children: dict[str, Child] = {}
        self.due: dict[str, float] = {}
        self.selector = selectors.DefaultSelector()
        self.watchdog = self._start_watchdog()

    def run(self) -> int:
        """Start everything, keep it running, stop it in order. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._prepare()
            self._start_all()
            while not self.stopping:
                self._turn()
        except Stopped:
            pass
        except preflight.Refusal as refusal:
            say(str(refusal), sys.stderr)
            return 1
        finally:
            self._stop_all()
        return 0

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stopping = True

    # preparing

    def _prepare(self) -> None:
        marker = self._demo_marker()
        say("Bringing the database up to date…")
        if self._step("db", "upgrade"):
            raise preflight.Refusal("The database could not be brought up to date; the lines above say why.")
        if not self.settings.production and not marker.exists():
            say("Writing demo content (first run only)…")
            if self._step("demo", "load") == 0:
                marker.touch()
            else:
                say("The demo content could not be written; the portal starts without it.")

    def _demo_marker(self) -> Path:
        """A file that tells that the demo content was once written to this very database."""
        url = self.settings.database_url
        marker = self.instance / f"demo-{hashlib.sha256(url.encode()).hexdigest()[:12]}.loaded"
        if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
            marker.unlink(missing_ok=True)
        return marker

    def _step(self, *arguments: str) -> int:
        """Run one command of the application to its end. Returns its exit status. Raises Stopped."""
        step = Child("setup", commands.flask(*arguments), commands.environment(self.env, "cli"), folder=ROOT)
        self._start(step)
        while step.status is None:
            if self.stopping:
                self._end(step)
                raise Stopped
            self._relay()
        status = step.status
        self._end(step)
        return status

    # running

    def _start_all(self) -> None:
        env = {name: commands.environment(self.env, name) for name in ("web", "worker")}
        children = [
            Child("worker", commands.worker(), env["worker"], folder=ROOT, patience=4.0),
            Child("beat", commands.beat(), env["worker"], folder=ROOT, patience=1.5),
            Child("web", commands.web(HOST, self.port), env["web"], folder=ROOT, patience=2.5),
        ]
        if "REDIS_URL" not in os.environ:
            folder = self.instance / "broker"
            folder.mkdir(mode=0o700, exist_ok=True)
            socket = Path(self.env["REDIS_URL"].removeprefix("unix://"))
            children.insert(0, Child("broker", commands.broker(socket, folder), env["web"], folder=ROOT, patience=1.5))
        say("Starting the portal…")
        for child in children:
            self.children[child.name] = child
            self._start(child)

    def _turn(self) -> None:
        self._relay()
        self._revive()
        if self.watchdog.poll() is not None:
            self.watchdog = self._start_watchdog()
            for child in self.children.values():
                self._tell_watchdog("+", child.group)
        if not self.ready and self._answers():
            self.ready = True
            self._announce()

    def _revive(self) -> None:
        for name, child in self.children.items():
            if child.status is None or self.stopping:
                continue
            if name not in self.due:
                pause = child.next_pause()
                self.due[name] = time.monotonic() + pause
                say(f"{name} stopped (status {child.status}) and is started again in {pause:g} s")
                self._end(child)
            elif time.monotonic() >= self.due[name]:
                del self.due[name]
                self._start(child)

    def _answers(self) -> bool:
        connection = HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/health/ready", headers={"Host": urlsplit(self.settings.portal_url).netloc})
            return connection.getresponse().status == 200
        except (HTTPException, OSError):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        say(f"The portal is ready: http://{HOST}:{self.port}/")
        if not self.settings.production:
            say(f"Its mails are at:    http://{HOST}:{self.port}/dev/mailbox")
            self._step("demo", "accounts")
        say("Stop it with Ctrl-C.")

    # processes and their output

    def _start(self, child: Child) -> None:
        child.start()
        self._tell_watchdog("+", child.group)
        if child.process and child.process.stdout:
            self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _end(self, child: Child) -> None:
        self._show(child)
        if child.process and child.process.stdout and not child.process.stdout.closed:
            self.selector.unregister(child.process.stdout)
        child.end()
        self._tell_watchdog("-", child.group)

    def _relay(self) -> None:
        """Wait a moment for output and show it."""
        started = time.monotonic()
        for key, _mask in self.selector.select(TURN_SECONDS):
            self._show(key.data)
        time.sleep(max(0.0, 0.02 - (time.monotonic() - started)))  # a closed pipe is always ready to be read

    def _show(self, child: Child) -> None:
        for line in child.lines():
            say(f"{child.name:<7}| {line}" if child.name != "setup" else f"  {line}")

    def _start_watchdog(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "worker.watchdog"], cwd=ROOT, stdin=subprocess.PIPE, text=True,
            start_new_session=True, pass_fds=(self.lock.fileno(),),
        )

    def _tell_watchdog(self, sign: str, group: int) -> None:
        pipe: Any = self.watchdog.stdin
        try:
            pipe.write(f"{sign}{group}\n")
            pipe.flush()
        except BrokenPipeError:
            pass  # the next turn starts a new one and tells it everything

    # stopping

    def _stop_all(self) -> None:
        if self.children:
            say("Stopping…")
        for name in STOP_ORDER:
            child = self.children.get(name)
            if child is not None and name not in self.due:
                self._stop(child)
        if self.watchdog.stdin:
            self.watchdog.stdin.close()
        self.watchdog.wait()

    def _stop(self, child: Child) -> None:
        child.ask_to_stop()
        ends = time.monotonic() + child.patience
        while child.status is None and time.monotonic() < ends:
            self._relay()
        self._end(child)


def say(text: str, stream: IO[str] | None = None) -> None:
    """One line for the person at the terminal; a terminal that is gone is no reason to stop badly."""
    try:
        print(text, file=stream or sys.stdout, flush=True)
    except OSError:
        signal.raise_signal(signal.SIGTERM)


def main() -> int:
    """Check, then supervise. Returns the exit status."""
    try:
        port = preflight.port_number(os.environ.get("PORT") or "8000")
        instance = Path(os.environ.get("INSTANCE_PATH") or ROOT / "instance").resolve()
        env = {"PORTAL_URL": f"http://{HOST}:{port}", **os.environ, "INSTANCE_PATH": str(instance)}
        settings = from_env(env, process="worker")
        preflight.usable_folder(instance, "INSTANCE_PATH")
        if not settings.media_root.startswith("s3://"):
            preflight.usable_folder(Path(settings.media_root), "MEDIA_ROOT")
        lock = preflight.sole_use(instance)
        preflight.free_port(HOST, port)
        env = {"REDIS_URL": f"unix://{preflight.broker_socket(instance)}", **env}
    except (preflight.Refusal, SettingsError) as refusal:
        say(str(refusal), sys.stderr)
        return 1
    return Supervisor(settings, env, port, lock).run()


if __name__ == "__main__":
    sys.exit(main())
