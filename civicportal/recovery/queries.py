"""What the database that is running holds, and whether anything runs on it."""

import fcntl
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from civicportal.core import leases
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.extensions import Base
from civicportal.recovery.copies import sqlite_file

LAST = "last-backup"  # the lease whose renewals say when a backup was taken


def tables() -> list[str]:
    """Names of all tables of the portal, parents first."""
    return [table.name for table in Base.metadata.sorted_tables]


def rows_by_table(connection: Connection) -> dict[str, int]:
    """How many rows each table has, in one snapshot if the connection's transaction is one."""
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables}


def revision(connection: Connection) -> str:
    """The migration that the database stands at."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def is_running() -> bool:
    """Whether a portal runs here: `make run` holds the instance folder, or a beat its lease in the database."""
    return _supervised() or _beats()


def _supervised() -> bool:
    lock = Path(settings().instance_path) / "supervisor.lock"
    if not lock.exists():
        return False
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _beats() -> bool:
    """Asked before there is a database, too."""
    file = sqlite_file(settings().database_url)
    if file is not None and not file.exists():
        return False
    try:
        lease = current().get(leases.Lease, "beat", populate_existing=True)
        return lease is not None and lease.expires_at > now()
    except SQLAlchemyError:
        return False
    finally:
        current().rollback()


def last_known(at: datetime) -> datetime:
    """The last instant that the database knows of: that of its backup, or when a beat last renewed its lease."""
    beat = leases.last_renewed("beat")
    return max(at, beat) if beat else at


def last_backup() -> datetime | None:
    """When the last whole backup was taken."""
    return leases.last_renewed(LAST)


def backup_is_late() -> bool:
    """Whether the last backup is older than BACKUP_MAX_HOURS; never where that is not set."""
    hours = settings().backup_max_hours
    at = last_backup() if hours else None
    return bool(hours) and (at is None or at < now() - timedelta(hours=hours))
