"""Health checks for load balancers and supervisors. They say which part ails, and nothing about its inside."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from civicportal.core import leases
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.tasks import broker_answers
from civicportal.core.web.access import public
from civicportal.notifications import queries
from civicportal.recovery.queries import backup_is_late
from civicportal.switches.functions import Function
from civicportal.switches.queries import why_off

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@public
def live() -> Response:
    """The process answers. Touches neither database nor broker."""
    return _answer({"process": True})


@blueprint.get("/health/ready")
@public
def ready() -> Response:
    """The portal can do its work: 200, or 503 naming the parts that cannot."""
    return _answer({"broker": broker_answers(), **_stored_checks()})


def _stored_checks() -> dict[str, bool]:
    """What the database knows; without an answer from it nothing of that counts as well."""
    limits = settings()
    try:
        age, beat, late = queries.queue_age(), leases.last_renewed("beat"), backup_is_late()
        paused = why_off(Function.MAIL) is not None
    except SQLAlchemyError:
        return {"database": False, "queue": False, "beat": False}
    silence = now() - beat if beat else timedelta.max
    return {
        "database": True,
        "queue": paused or age <= timedelta(seconds=limits.queue_age_max_seconds),
        "beat": silence <= timedelta(seconds=limits.beat_silence_max_seconds),
        **({"backup": not late} if limits.backup_max_hours else {}),
    }


def _answer(checks: dict[str, bool]) -> Response:
    response = jsonify(status="ok" if all(checks.values()) else "failing", checks=checks)
    response.status_code = 200 if all(checks.values()) else 503
    response.headers["Cache-Control"] = "no-store"
    return response
