"""How long `verify.py` takes, and how much memory, for a vote of a million: `python -m bench.verify`.

Writes the export of an invented closed vote into a temporary folder, one ballot in twenty a changed one, and checks it
in a process of its own. At most 120 s and 1 GB are wanted for 1,000,000 leaves under 1,000 heads.
"""

import os
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from tests.voting.honest_export import VERIFY, Vote, key_of, signer

LEAVES, HEADS = 1_000_000, 1_000
CHANGED = 20  # one leaf in so many replaces another
SECONDS, MEGABYTES = 120, 1000


def write(folder: Path, leaves: int, heads: int) -> None:
    """Write an export of so many leaves under so many heads, the first of which is empty."""
    vote = Vote(keys=map(key_of, range(leaves)))
    for head in range(heads - 1):
        batch, first = leaves * (head + 1) // (heads - 1) - len(vote.leaves), len(vote.voted)
        changed = batch // CHANGED
        vote.cast(*islice(cycle(("yes", "no", "yes", "abstain")), batch - changed))
        for old in range(first, first + changed):
            vote.change(old, "no", leaves + len(vote.leaves))
        if head < heads - 2:
            vote.head()
    vote.close()
    vote.write(folder)


def main(leaves: int = LEAVES, heads: int = HEADS) -> None:
    """Write, check, and print the figures of the checking process."""
    with tempfile.TemporaryDirectory() as name:
        started = perf_counter()
        writer = get_context("spawn").Process(target=write, args=(Path(name), leaves, heads))
        writer.start()  # in a process of its own: what a parent once needed is counted as its child's
        writer.join()
        print(f"{leaves:,} leaves under {heads:,} heads, written in {perf_counter() - started:.0f} s")
        started = perf_counter()
        child = subprocess.Popen([sys.executable, "-I", str(VERIFY), name, "--key", signer().vkey])
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        print(f"exit {child.returncode}: {perf_counter() - started:.1f} s of {SECONDS}, {used.ru_utime:.1f} s of them "
              f"computing, peak {used.ru_maxrss / 1024:.0f} MB of {MEGABYTES}")


if __name__ == "__main__":
    main()
