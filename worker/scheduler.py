"""Beat that may run on several machines: it ticks only while it holds the lease `beat`."""

import os
import secrets
import socket
from functools import cached_property
from typing import Any

from celery.beat import Scheduler
from celery.utils.log import get_logger
from sqlalchemy.exc import SQLAlchemyError

from civicportal.core import leases
from civicportal.core.tasks import celery

LEASE, LEASE_SECONDS = "beat", 15
RENEW_SECONDS = 4
log = get_logger(__name__)


class LeaseScheduler(Scheduler):
    """One of several beats dispatches; when it falls silent another takes over within `LEASE_SECONDS` + a tick.

    Each renewal is the heartbeat that `/health/ready` looks at. A pause between renewal and dispatch may let two
    beats send the same tick once: every scheduled task bears that.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.holding = False
        super().__init__(*args, **options)

    def setup_schedule(self) -> None:
        """Only what `worker.schedule` says; Celery's own clean-up has no results to clean."""
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *args: Any, **options: Any) -> float:
        """Dispatch what is due, if this beat holds the lease. Returns seconds until the next call."""
        if not self._hold():
            return float(RENEW_SECONDS)
        return float(min(super().tick(*args, **options), RENEW_SECONDS))

    def _hold(self) -> bool:
        try:
            with celery.flask_app.app_context():
                held = leases.acquire(LEASE, self.holder, LEASE_SECONDS)
        except SQLAlchemyError as error:
            log.warning("no lease: the database does not answer (%s)", type(error).__name__)
            held = False
        if held != self.holding:
            log.info("this beat %s", "dispatches now" if held else "waits for the lease of another")
        self.holding = held
        return held

    @cached_property
    def producer(self) -> Any:
        """Publishes without waiting for a broker that is away: waiting would let the lease run out unnoticed."""
        return self.Producer(self.connection, auto_declare=False)

    def close(self) -> None:
        """Hand the lease back at once on an orderly stop."""
        super().close()
        try:
            with celery.flask_app.app_context():
                leases.release(LEASE, self.holder)
        except SQLAlchemyError as error:
            log.warning("the lease runs out by itself (%s)", type(error).__name__)
