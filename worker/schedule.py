"""What beat does when, as data. Clock times are UTC; `expires` drops a tick that found no worker in time (seconds)."""

from datetime import timedelta
from typing import Any

SWEEP_SECONDS = 10

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep the outbox": {
        "task": "notifications.sweep", "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
}
