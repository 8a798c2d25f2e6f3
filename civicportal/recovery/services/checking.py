"""After a restore: whether the database that answers now is the one that was backed up, and what it lacks."""

from dataclasses import dataclass
from pathlib import Path

from civicportal.extensions import db
from civicportal.recovery.manifest import chosen
from civicportal.recovery.queries import last_known, rows_by_table
from civicportal.recovery.services.backing_up import manifest_key
from civicportal.voting.services.restored import Behind, note_restoration

GROWING = frozenset({"log_leaves", "log_heads", "record_entries"})  # nothing is deleted from these


@dataclass(frozen=True)
class Check:
    """What was found. `wrong`: tables without the rows they must have. `behind`: logs that lack published heads."""

    wrong: tuple[str, ...]
    behind: tuple[Behind, ...]


def check(source: Path) -> Check:
    """Compare the database with the manifest of the backup it came from, then let votes know that it was restored.

    Of a base backup, whose server went on through its write-ahead log, tables that only grow have at least the rows
    of the manifest. Raises NoBackup.
    """
    said = chosen(source, manifest_key()).manifest
    with db.engine.connect() as connection:
        rows = rows_by_table(connection)
    wrong = tuple(f"{table}: {expected} rows expected, {rows.get(table, 0)} found"
                  for table, expected in said.tables.items()
                  if (said.exact or table in GROWING)
                  and (rows.get(table, 0) != expected if said.exact else rows.get(table, 0) < expected))
    return Check(wrong, note_restoration(said.at, last_known(said.at)))
