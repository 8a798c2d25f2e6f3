"""Logs as JSON, one object a line, for machines that collect them. Of people they say no more than the others: nothing.

An error is told by its kinds and places (`core.failures`), a request by its endpoint and never by its address, which
may be a secret. What is to leave no trace is not logged at all.
"""

import json
import logging
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from civicportal.core.failures import places
from civicportal.core.web.access import traceless

_TOLD = ("endpoint", "method", "status", "milliseconds")
requests = logging.getLogger("civicportal.requests")


class JsonLines(logging.Formatter):
    """One record as one line of JSON; keys are always the same, those of requests only on their lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "process": record.process,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _TOLD if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            line["error"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def init_logs(app: Flask) -> None:
    """With LOG_FORMAT=json: write every log of this process as JSON to standard error, and a line for each request."""
    if app.config["SETTINGS"].log_format != "json":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    g.clock_began = time.monotonic()


def _tell(response: Response) -> Response:
    if not traceless():
        passed = int((time.monotonic() - g.get("clock_began", time.monotonic())) * 1000)
        requests.info("request", extra={
            "endpoint": request.endpoint or "", "method": request.method, "status": response.status_code,
            "milliseconds": passed})
    return response
