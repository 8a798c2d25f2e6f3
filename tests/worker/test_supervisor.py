"""The portal of `make run` as a whole: starts, heals, stops, and leaves nothing behind however it ends."""

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import Portal, processes_of, running_portal, start_portal, wait
from worker.watchdog import GRACE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
SEED = base64.b64encode(b"k" * 32).decode()
pytestmark = pytest.mark.processes


def pids(portal: Portal, *words: str) -> list[int]:
    """Processes of this portal whose command line holds all the words."""
    found = []
    for pid in processes_of(str(portal.instance)):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if all(word in line for word in words):
            found.append(pid)
    return found


def has_signing_key(pid: int) -> bool:
    """Whether the process was given LOG_SIGNING_KEY."""
    return b"LOG_SIGNING_KEY=" in Path(f"/proc/{pid}/environ").read_bytes()


def kill_and_wait(portal: Portal, *words: str) -> None:
    """kill -9 one kind of process and wait until another does its work."""
    victim = min(pids(portal, *words))
    os.kill(victim, signal.SIGKILL)
    wait(lambda: pids(portal, *words) and victim not in pids(portal, *words), 30, f"new {words}")
    wait(lambda: portal.health().get("status") == "ok", 30, f"health after the end of {words}")


def test_a_portal_starts_heals_and_stops(tmp_path):
    with running_portal(tmp_path, demo=False, LOG_SIGNING_KEY=f"a:{SEED}") as portal:
        well = dict.fromkeys(["broker", "database", "queue", "beat"], True)
        assert portal.health() == {"status": "ok", "checks": well}
        assert not any(has_signing_key(pid) for pid in pids(portal, "granian"))
        assert all(has_signing_key(pid) for pid in pids(portal, "celery", "worker"))
        for words in (("valkey",), ("granian",), ("celery", "worker"), ("celery", "beat")):
            kill_and_wait(portal, *words)
        assert portal.stop() == 0
        assert "Stopping" in portal.log.read_text()
        assert processes_of(str(portal.instance)) == []


def test_a_second_run_keeps_the_data_and_is_quick(tmp_path):
    with running_portal(tmp_path, demo=False) as portal:
        inode = (portal.instance / "portal.sqlite").stat().st_ino
    portal = start_portal(tmp_path)
    try:
        took = wait(lambda: portal.health().get("status") == "ok", 60, "second start")
        assert (portal.instance / "portal.sqlite").stat().st_ino == inode
        assert "demo content" not in portal.log.read_text()
        assert took < 10 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    finally:
        portal.stop()


@pytest.mark.parametrize("also_watchdog", [False, True], ids=["supervisor", "supervisor-and-watchdog"])
def test_a_killed_supervisor_leaves_no_orphan(tmp_path, also_watchdog):
    """With its watchdog gone as well, the kernel's parent-death signal remains, on Linux."""
    portal = start_portal(tmp_path, demo=False)
    try:
        portal.wait_ready()
        for pid in pids(portal, "worker.watchdog") if also_watchdog else []:
            portal.process.send_signal(signal.SIGSTOP)
            os.kill(pid, signal.SIGKILL)
        portal.process.kill()
        portal.process.wait()
        wait(lambda: not processes_of(str(portal.instance)), GRACE_SECONDS + 10, "end of all processes")
    finally:
        for pid in processes_of(str(portal.instance)):
            os.kill(pid, signal.SIGKILL)


def test_the_watchdog_alone_ends_whole_groups(tmp_path):
    """What platforms without a parent-death signal rely on: children of children that ignore a polite request."""
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    family = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}, {str(tmp_path)!r}])"
    child = subprocess.Popen([sys.executable, "-c", family, str(tmp_path)], start_new_session=True)
    spared = subprocess.Popen(
        [sys.executable, "-c", "input()", str(tmp_path)], stdin=subprocess.PIPE, start_new_session=True)
    watchdog = subprocess.Popen([sys.executable, "-m", "worker.watchdog"], cwd=ROOT, stdin=subprocess.PIPE, text=True)
    wait(lambda: len(processes_of(str(tmp_path))) == 3, 10, "family")
    watchdog.stdin.write(f"+{child.pid}\n+{spared.pid}\n-{spared.pid}\n")
    watchdog.stdin.close()
    watchdog.wait(GRACE_SECONDS + 5)
    child.wait()
    assert processes_of(str(tmp_path)) == [spared.pid]
    spared.communicate(b"\n")
