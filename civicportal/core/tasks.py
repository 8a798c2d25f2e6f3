"""Background tasks. The only importer of celery.

A task is named `<package>.<verb>`, takes JSON ids, and calls one service. `enqueue` waits for the commit and never
fails a request: the database row is the truth, the message only saves waiting, and a beat sweeper finds leftovers.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from flask import Flask
from kombu.exceptions import OperationalError

from civicportal.core.failures import PlacesOnly
from civicportal.core.transactions import after_commit

__all__ = ["broker_answers", "celery", "crontab", "enqueue", "init_tasks", "task"]

VISIBILITY_TIMEOUT_SECONDS = 600
# Kombu would sleep and try again for six seconds on each publish while the broker is away; a request must not.
NO_WAITING = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
log = logging.getLogger(__name__)


class PortalTask(Task):
    """Runs in an application context of its own, and is acknowledged only when it has ended."""

    abstract = True
    acks_late = True
    reject_on_worker_lost = True
    ignore_result = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with celery.flask_app.app_context():
            return super().__call__(*args, **kwargs)


celery = Celery("civicportal", task_cls=PortalTask)
logging.getLogger("celery.app.trace").addFilter(PlacesOnly())


def init_tasks(app: Flask) -> None:
    """Bind the Celery application to the settings of this portal."""
    settings = app.config["SETTINGS"]
    celery.flask_app = app
    celery.conf.update(
        broker_url=settings.broker_url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS, "socket_connect_timeout": 2,
            "socket_keepalive": True, "global_keyprefix": settings.redis_prefix, **NO_WAITING,
        },
        task_default_queue="default",
        task_serializer="json", accept_content=["json"],
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        timezone="UTC",
    )


def task(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: register a function as the task `name` (`<package>.<verb>`)."""
    return celery.task(name=name)


def enqueue(name: str, *args: int | str) -> None:
    """After the present transaction commits, ask a worker to run the task `name` with these ids.

    A broker that is away is logged and otherwise ignored. Raises KeyError for a name nobody registered.
    """
    registered = celery.tasks[name]
    after_commit(lambda: _publish(registered, args))


def broker_answers() -> bool:
    """Whether the broker takes a connection now."""
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(**NO_WAITING)
    except (OperationalError, OSError):
        return False
    return True


def _publish(registered: Task, args: tuple[int | str, ...]) -> None:
    try:
        registered.apply_async(args=args)
    except (OperationalError, OSError) as error:
        log.warning("broker away, %s waits for the sweeper (%s)", registered.name, type(error).__name__)
