"""CPU time of a process and everything it started, from /proc (Linux)."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """User and system seconds of the process, its children that run, and those that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(number) for number in fields[11:15]) / TICKS
    return own + sum(seconds(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """Ids of the processes it has started and that still run."""
    return [int(number) for file in Path(f"/proc/{pid}/task").glob("*/children") for number in file.read_text().split()]
