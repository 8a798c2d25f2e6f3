"""What operators watch, read from the database and the machine at the moment somebody asks."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from civicportal.core import leases
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.transactions import current
from civicportal.notifications import queries as outbox
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import RecordEntry
from civicportal.petitions.queries.record import NAME
from civicportal.retention.queries import last_finished
from civicportal.switches.functions import Function
from civicportal.switches.queries import all_off
from civicportal.voting.queries.attention import log_lateness, votes_behind

NEVER = float("inf")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Figure:
    """One number with its name (without the portal's prefix), what it means, and at most one label."""

    name: str
    meaning: str
    value: float
    label: tuple[str, str] = ("", "")


def stored_figures() -> Iterator[Figure]:
    """What the database knows. Raises SQLAlchemyError without an answer from it."""
    yield Figure("queue_age_seconds", "How long the oldest message that is due waits", _seconds(outbox.queue_age()))
    for state, count in outbox.counts().items():
        yield Figure("messages", "E-mails by state", count, ("state", state.value))
    yield Figure("mail_failures_last_hour", "E-mails given up in the last hour", _failed())
    yield Figure("mail_retrying", "E-mails that were tried in vain and are tried again", _retrying())
    yield Figure("beat_silence_seconds", "Since the beat was last heard", _since(leases.last_renewed("beat")))
    yield Figure("log_late_seconds", "How long entries of a vote's log wait for a head", _seconds(log_lateness()))
    yield Figure("votes_behind", "Votes whose time has come while nothing opened or closed them", votes_behind())
    yield Figure("record_late_seconds", "How long acts have waited to enter the public record", _record_lateness())
    yield Figure("retention_age_seconds", "Since a turn of retention came to its end", _since(last_finished()))
    off, at = all_off(), now()
    for function in Function:
        row, label = off.get(function), ("function", function.value)
        late = max(timedelta(0), at - row.expected_end) if row else timedelta(0)
        yield Figure("function_off", "Whether a function is switched off", 1 if row else 0, label)
        yield Figure("function_overdue_seconds", "How long a function is off past its expected end", _seconds(late),
                     label)


def disk_figures() -> Iterator[Figure]:
    """How full the disks are, by what lies there. Folders that this process does not use are left out."""
    limits = settings()
    folders = {"media": limits.media_root, "instance": limits.instance_path, "copies": limits.last_good_root,
               "heads": limits.log_heads_root, "erasures": limits.erasures_root}
    for name, folder in folders.items():
        if folder and Path(folder).is_dir():
            disk = shutil.disk_usage(folder)
            yield Figure("disk_free_ratio", "Free part of the disk", disk.free / disk.total, ("folder", name))


def _failed() -> int:
    """A try follows the instant it was due at, so that says when a message was given up."""
    return current().scalar(select(func.count()).select_from(OutboxMessage).where(
        OutboxMessage.state == DeliveryState.FAILED, OutboxMessage.next_try_at > now() - HOUR)) or 0


def _retrying() -> int:
    return current().scalar(select(func.count()).select_from(OutboxMessage).where(
        OutboxMessage.state == DeliveryState.WAITING, OutboxMessage.tries > 0)) or 0


def _record_lateness() -> float:
    oldest = current().scalar(select(func.min(RecordEntry.at)).where(RecordEntry.index.is_(None)))
    return max(_seconds(now() - oldest) if oldest else 0.0, _seconds(log_lateness(NAME)))


def _since(at: datetime | None) -> float:
    return _seconds(now() - at) if at else NEVER


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())
