"""A process that may sign, and what subscribers of votes hear."""

import dataclasses

import pytest

from civicportal.core import events
from civicportal.core.i18n import speaking
from civicportal.voting import news
from tests.factories.voting import as_worker


@pytest.fixture
def worker(app, tmp_path):
    """The test is a worker, with batches of three first ballots, made as soon as they are there."""
    with as_worker(app, tmp_path):
        app.config["SETTINGS"] = dataclasses.replace(
            app.config["SETTINGS"], ballot_batch_min=3, ballot_batch_minutes=0)
        yield app


@pytest.fixture
def heard(monkeypatch):
    """The news of votes in the order it was published; it is taken back with the transaction that published it."""
    told = []
    for kind in (news.BoxClosed, news.ThresholdCrossed, news.ThresholdMissed):
        monkeypatch.setitem(events._handlers, kind, [told.append])
    return told


@pytest.fixture
def english(app):
    """The application, speaking English outside of pages."""
    with speaking("en"):
        yield
