"""What beat does when, as data. Clock times are UTC; `expires` drops a tick that found no worker in time (seconds)."""

from datetime import timedelta
from typing import Any

SWEEP_SECONDS = 10

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep the outbox": {
        "task": "notifications.sweep", "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "answer requests for mail": {
        "task": "accounts.answer_requests", "schedule": timedelta(seconds=30), "options": {"expires": 30},
    },
    "delete what has run out": {"task": "accounts.purge", "schedule": timedelta(hours=1)},
    "remind guests to confirm": {"task": "petitions.remind_unconfirmed", "schedule": timedelta(hours=1)},
    "delete what was not confirmed": {"task": "petitions.purge_unconfirmed", "schedule": timedelta(hours=1)},
    "delete old drafts": {"task": "petitions.purge_drafts", "schedule": timedelta(hours=6)},
    "make missing copies of files": {"task": "petitions.derive_missing", "schedule": timedelta(minutes=10)},
}
