"""Letters of the tests' own beside those of the portal, and settings that a test may change."""

from dataclasses import replace

import pytest
from jinja2 import ChoiceLoader, DictLoader

from civicportal.notifications import mailbox
from tests.factories.notifications import LETTERS


@pytest.fixture(autouse=True)
def letters(app):
    """The templates in tests/factories/notifications.py."""
    loader = app.jinja_loader
    app.jinja_loader = ChoiceLoader([DictLoader(LETTERS), loader])
    yield
    app.jinja_loader = loader


@pytest.fixture
def configure(app, tmp_path):
    """Call it with settings to change; mails go to files in the test's own folder until then."""
    before = app.config["SETTINGS"]

    def change(**values):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **values)
        return app.config["SETTINGS"]

    change(instance_path=str(tmp_path))
    yield change
    app.config["SETTINGS"] = before


@pytest.fixture
def mails(configure, tmp_path):
    """The mails written so far, the newest first, as a function."""
    return lambda to="": mailbox.mails(tmp_path / "mail", to)
