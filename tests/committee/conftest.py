"""Sentences are compared in English, whatever the portal's first language."""

import pytest

from civicportal.core.i18n import speaking


@pytest.fixture
def english(app):
    """The application, speaking English outside of pages."""
    with speaking("en"):
        yield app
