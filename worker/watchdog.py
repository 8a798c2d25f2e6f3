"""Leaves no orphans: `python -m worker.watchdog` ends the supervisor's process groups when the supervisor is gone.

The supervisor holds the other end of standard input and names each group there: `+123`, `-123`. However it dies, the
system closes that end; no platform needs more than this.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 4.0


def main() -> None:
    """Follow the list of groups until the supervisor is gone, then end those still on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    end_groups(groups)


def end_groups(groups: set[int]) -> None:
    """Ask all processes of these groups to stop, and after a moment kill what is left."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    ends = time.monotonic() + GRACE_SECONDS
    while any(signal_group(group, 0) for group in groups) and time.monotonic() < ends:
        time.sleep(0.05)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group. False when it has no process any more."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
