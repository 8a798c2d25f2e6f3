"""What beat does when, as data. Clock times are UTC; `expires` drops a tick that found no worker in time (seconds)."""

from datetime import timedelta
from typing import Any

from civicportal.core.tasks import crontab


def _every(task: str, seconds: int) -> dict[str, Any]:
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    # what was forgotten because a broker message was lost, or is to be tried again
    "sweep the outbox": _every("notifications.sweep", 10),
    "answer requests for mail": _every("accounts.answer_requests", 30),
    "make missing copies of files": _every("petitions.derive_missing", 60),
    # what has run out
    "remind of unconfirmed petitions": {"task": "petitions.remind_unconfirmed", "schedule": crontab(minute="5")},
    "delete unconfirmed petitions": {"task": "petitions.purge_unconfirmed", "schedule": crontab(minute="15")},
    "delete expired sign-ins and links": {"task": "accounts.purge", "schedule": crontab(minute="25")},
    "delete drafts left alone": {"task": "petitions.purge_drafts", "schedule": crontab(hour="18", minute="35")},
}
