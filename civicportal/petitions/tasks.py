"""Background work on petitions. Each task calls one service."""

from civicportal.core.tasks import task
from civicportal.petitions.services import drafts, files, orphans, record, representatives, unconfirmed


@task("petitions.remind_unconfirmed")
def remind_unconfirmed() -> None:
    """Send the one reminder to guests who have not confirmed their address."""
    unconfirmed.remind_unconfirmed()


@task("petitions.purge_unconfirmed")
def purge_unconfirmed() -> None:
    """Delete what was never confirmed."""
    unconfirmed.purge_unconfirmed()


@task("petitions.purge_drafts")
def purge_drafts() -> None:
    """Delete drafts that were left alone."""
    drafts.purge_drafts()


@task("petitions.derive_file")
def derive_file(file_id: int) -> None:
    """Make the copy of a file that may be shown."""
    files.derive_file(file_id)


@task("petitions.derive_missing")
def derive_missing() -> None:
    """Ask again for copies whose task was lost."""
    files.derive_missing()


@task("petitions.lapse_invitations")
def lapse_invitations() -> None:
    """End invitations that nobody accepted."""
    representatives.lapse_invitations()


@task("petitions.scan_missing")
def scan_missing() -> None:
    """Scan files for viruses that were not when they were sent."""
    files.scan_missing()


@task("petitions.sweep_orphans")
def sweep_orphans() -> None:
    """Delete files that no row names."""
    orphans.sweep_orphans()


@task("petitions.keep_record")
def keep_record() -> None:
    """Bring new entries into the public record, and sign the day's head."""
    record.keep_record()
