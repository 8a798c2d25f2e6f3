"""What was refused: counted by cause for whoever watches the portal, and kept for people who are signed in.

A row names the person, the cause and the endpoint, never the object or what was typed. How many of one person are kept
a day is limited, so that nobody fills the table. Requests that leave no trace leave none here either.
"""

from enum import StrEnum

from flask import Flask, Response, current_app, g, request

from civicportal.core.audit import record_refusal
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.core.web.access import traceless


class Cause(StrEnum):
    """Why a request was refused. `link`: a mailed link that is unknown, used or over. `host`: another portal's name."""

    RIGHT = "right"
    LIMIT = "limit"
    TOKEN = "token"  # noqa: S105 - a word
    LINK = "link"
    HOST = "host"


CAUSE_OF_STATUS = {403: Cause.RIGHT, 410: Cause.LINK, 429: Cause.LIMIT}
KEPT = {Cause.RIGHT, Cause.LIMIT, Cause.TOKEN}


def refused(cause: Cause | None) -> None:
    """Note why this request is refused; None: it is not, in this sense."""
    g.refused = cause


def init_refusals(app: Flask) -> None:
    """Register the hook that keeps what was noted."""

    @app.after_request
    def keep(response: Response) -> Response:
        cause, actor = g.get("refused"), g.get("actor")
        if cause in KEPT and isinstance(actor, Actor) and not traceless():
            at_most = current_app.config["SETTINGS"].refusals_kept_per_day
            with atomic():
                record_refusal(actor, cause=cause.value, endpoint=request.endpoint or "", at_most=at_most)
        return response
