"""One process under the supervisor, with the group of processes it starts itself."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from worker.watchdog import signal_group

FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.5, 30.0, 60.0
PR_SET_PDEATHSIG = 1
CHUNK = 65536
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """A command, run in a process group of its own. Crashed ones are started again after growing pauses."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, folder: Path, patience: float = 2.0
    ) -> None:
        """`patience`: seconds it may take to stop by itself."""
        self.name = name
        self.command = list(command)
        self.env = dict(env)
        self.folder = folder
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.group = 0
        self.started_at = 0.0
        self.pause = FIRST_PAUSE
        self._rest = b""

    def start(self) -> None:
        """Run the command; its output is to be read with `lines`."""
        parent = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0, start_new_session=True,
            preexec_fn=lambda: _follow(parent),  # noqa: PLW1509 - the supervisor has one thread
        )
        self.group = self.process.pid
        self.started_at = time.monotonic()
        if self.process.stdout:
            os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def status(self) -> int | None:
        """Exit status of the process; None while it runs."""
        return self.process.poll() if self.process else 0

    def lines(self) -> list[str]:
        """Whole lines that it wrote since the last call."""
        stream = self.process.stdout if self.process else None
        if stream is None or stream.closed:
            return []
        while chunk := stream.read(CHUNK):
            self._rest += chunk
        *whole, self._rest = self._rest.split(b"\n")
        if self.status is not None and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode("utf-8", "replace").rstrip() for line in whole]

    def end(self) -> None:
        """Kill what is left of its group and close its output."""
        signal_group(self.group, signal.SIGKILL)
        if self.process:
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()

    def ask_to_stop(self) -> None:
        """Let the process wind up; it takes its own children along."""
        if self.process and self.status is None:
            self.process.terminate()

    def next_pause(self) -> float:
        """Seconds to wait before the next start after a crash: doubled each time, short again after a steady run."""
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


def _follow(parent: int) -> None:
    """In the new process, on Linux: be ended with the supervisor even if its watchdog is gone too."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
