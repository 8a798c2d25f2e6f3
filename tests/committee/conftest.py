"""What most tests of committees begin with. Sentences are compared in English, whatever the portal's first language."""

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Role
from tests.factories.accounts import staff
from tests.factories.committee import filled_body, queued


@pytest.fixture
def english(app):
    """The application, speaking English outside of pages."""
    with speaking("en"):
        yield app


@pytest.fixture
def body(app):
    """A chair, four members and an alternate: more than half and at least three must vote."""
    return filled_body()


@pytest.fixture
def item(body):
    return queued(body)


@pytest.fixture
def support(app):
    return actor_for(staff(Role.SUPPORT, name="Park Support"))
