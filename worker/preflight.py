"""What must hold before anything is started. Each failure is one line that says what to do."""

import errno
import fcntl
import hashlib
import os
import socket
import stat
import tempfile
import time
from pathlib import Path
from typing import TextIO

SOCKET_BYTES = 100  # the system allows about 107
CLEAN_UP_SECONDS = 10


class Refusal(Exception):
    """Why the portal cannot be started here."""


def usable_folder(path: Path, setting: str) -> None:
    """Make the folder that `setting` names if need be and write into it. Raises Refusal."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise Refusal(f"{path}: cannot be written to ({reason}). Choose another folder with {setting}.") from None


def port_number(text: str) -> int:
    """A port as typed. Raises Refusal."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Refusal(f"PORT: must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def free_port(host: str, port: int) -> None:
    """Check that nobody listens there. Raises Refusal."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            problem = "is taken by another program" if error.errno == errno.EADDRINUSE else "cannot be used"
            raise Refusal(f"Port {port} {problem}. Choose another, such as PORT={min(port + 1, 65535)}.") from None


def sole_use(instance: Path) -> TextIO:
    """Lock the instance folder; the lock is held as long as the file stays open. Raises Refusal.

    A supervisor that was killed leaves its watchdog, which keeps the lock until it has cleaned up: that is waited for.
    """
    file = (instance / "supervisor.lock").open("a+")
    ends = time.monotonic() + CLEAN_UP_SECONDS
    while not _locked(file):
        file.seek(0)
        holder = file.read().strip()
        if _alive(holder) or time.monotonic() > ends:
            file.close()
            raise Refusal(f"The portal is running already in {instance} (process {holder or 'unknown'}).")
        time.sleep(0.1)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def broker_socket(instance: Path) -> Path:
    """Where the embedded broker listens: in the instance folder, or where that path is too long for a socket, in a
    private folder of this user under the system's temporary one. Raises Refusal when that is not private."""
    inside = instance / "broker.sock"
    if len(os.fsencode(inside)) <= SOCKET_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(instance)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"civicportal-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
        raise Refusal(f"{folder}: belongs to somebody else or is open to others. Remove it, or set TMPDIR.")
    return folder / "broker.sock"
