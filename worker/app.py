"""Entry point of worker and beat: `celery -A worker.app worker`, `celery -A worker.app beat`."""

from typing import Any

from celery.signals import worker_process_init

from civicportal.app import create_app
from civicportal.core.tasks import celery
from civicportal.extensions import db
from config import from_env
from worker.schedule import SCHEDULE

flask_app = create_app(from_env(process="worker"))
app = celery
app.conf.update(beat_schedule=SCHEDULE, beat_scheduler="worker.scheduler:LeaseScheduler")


@worker_process_init.connect
def forget_connections(**_signal: Any) -> None:
    """A forked process must not talk over its parent's database connections."""
    with flask_app.app_context():
        db.engine.dispose(close=False)
