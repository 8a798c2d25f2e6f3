"""Background tasks of retention."""

from civicportal.core.tasks import task
from civicportal.retention.services import erasures, removals, running


@task("retention.run")
def run() -> None:
    """Let go what was kept long enough. Every night."""
    running.run()


@task("retention.list_erasures")
def list_erasures() -> None:
    """Enter erased accounts, and what stopped being public, into the lists outside the database."""
    erasures.list_erasures()
    removals.list_removals()
