"""`python -m civicportal.petitions.limited MEMORY SECONDS SIZE PROGRAM …`: becomes PROGRAM, under limits.

A program that reads what strangers sent can then take no more memory (bytes of address space), processor time or disk
(bytes of one file) than it is given.
"""

import os
import resource
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Set the limits, then become the program. Does not return."""
    memory, seconds, size, *command = arguments
    for kind, most in ((resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds)),
                       (resource.RLIMIT_FSIZE, int(size)), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (most, most))
    os.execvp(command[0], command)  # noqa: S606 - our own command, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
