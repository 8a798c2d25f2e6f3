"""Figures for machines that watch the portal (Prometheus' text form). For everybody else there is no such page."""

import ipaddress
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.signing import same
from civicportal.core.tasks import broker_answers
from civicportal.core.web.access import public
from civicportal.core.web.counting import add_counts
from civicportal.core.web.proxies import parse_address, parse_networks
from civicportal.pages.figures import Figure, disk_figures, stored_figures

blueprint = Blueprint("metrics", __name__)
PREFIX = "civicportal_"


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """All figures as of now, for who has METRICS_TOKEN or comes from METRICS_NETWORKS. Raises NotFound for others."""
    if not _may_scrape():
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Figures(list(_figures())))
    if settings().metrics_root:
        add_counts(registry, settings().metrics_root)
    response = Response(generate_latest(registry), mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_scrape() -> bool:
    limits = settings()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if limits.metrics_token and same(token, limits.metrics_token):
        return True
    try:
        address = parse_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in parse_networks(limits.metrics_networks))


def _figures() -> Iterator[Figure]:
    yield Figure("broker_up", "Whether the broker answers", broker_answers())
    yield from disk_figures()
    try:
        stored = list(stored_figures())
    except SQLAlchemyError:
        yield Figure("database_up", "Whether the database answers", 0)
        return
    yield Figure("database_up", "Whether the database answers", 1)
    yield from stored


class _Figures(Collector):
    """Gives the library what was read."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each name."""
        families: dict[str, GaugeMetricFamily] = {}
        for one in self.figures:
            key, value = one.label
            family = families.setdefault(one.name, GaugeMetricFamily(
                PREFIX + one.name, one.meaning, labels=[key] if key else None))
            family.add_metric([value] if key else [], float(one.value))
        return iter(families.values())
