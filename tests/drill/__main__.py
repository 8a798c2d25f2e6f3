"""`python -m tests.drill [--filings 10000] [--service sqlite|postgresql]`, behind `make drill`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.cluster import programs
from tests.drill.rehearsal import rehearse, say

SERVICES = ("sqlite", "postgresql")


def main() -> int:
    """Rehearse on each service, then print what was measured. 1 when not everything came back."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--filings", type=int, default=10_000)
    parser.add_argument("--service", choices=SERVICES)
    given = parser.parse_args()
    reports = []
    for service in [given.service] if given.service else SERVICES:
        if service == "postgresql" and not programs():
            say("postgresql: no server is installed here, left out")
            continue
        with tempfile.TemporaryDirectory(prefix="drill-") as name:
            reports.append(rehearse(Path(name), service, given.filings))
    for report in reports:
        say("\n".join(report.lines()))
    return 0 if all(report.back == report.lost for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
