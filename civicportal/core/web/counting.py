"""How many requests ended how, over all web processes: each writes a file of its own in METRICS_ROOT.

The library reads the folder from the environment, so it is put there; the counter is made by the application, because
one that is made at import would not know the folder yet.
"""

import os
from pathlib import Path

from flask import Flask, Response, g
from prometheus_client import CollectorRegistry, Counter, values
from prometheus_client.multiprocess import MultiProcessCollector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def init_counting(app: Flask) -> None:
    """Count what this application answers, where METRICS_ROOT is set."""
    root = app.config["SETTINGS"].metrics_root
    if not root:
        return
    Path(root).mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[_FOLDER] = root
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    answered = Counter("civicportal_requests", "Requests by class of their status", ["status"], registry=None)
    refusals = Counter("civicportal_refusals", "Requests that were refused, by cause", ["cause"], registry=None)

    @app.after_request
    def count(response: Response) -> Response:
        answered.labels(f"{response.status_code // 100}xx").inc()
        if cause := g.get("refused"):
            refusals.labels(cause.value).inc()
        return response


def add_counts(registry: CollectorRegistry, root: str) -> None:
    """Add what all processes counted in the folder `root` to a scrape."""
    MultiProcessCollector(registry, path=root)  # type: ignore[no-untyped-call]
