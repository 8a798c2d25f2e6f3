"""The tests of services, queries and routes once more, on PostgreSQL: `python -m tests.on_postgresql`.

Browser, process and architecture tests are left out: the main journeys run on PostgreSQL in the first run already.
"""

import os
import subprocess
import sys

from tests import needs

PACKAGES = (
    "accounts", "committee", "core", "deadlines", "forum", "institutions", "migrations", "notifications", "pages",
    "petitions", "recovery", "referral", "retention", "switches", "voting",
)
OUT = "not browser and not processes and not faults"


def main() -> int:
    """Run them where a server is found; say so where none is, and fail where one must be there."""
    if not needs.postgresql():
        sys.stdout.write("PostgreSQL was not found (TEST_POSTGRESQL_URL names a server): tested on SQLite only\n")
        return 1 if os.environ.get("PORTAL_CI") else 0
    folders = [f"tests/{package}" for package in PACKAGES]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-m", OUT, *folders, *sys.argv[1:]], cwd=needs.ROOT, check=False,
        env={**os.environ, "DATABASE_URL": needs.POSTGRESQL},
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
