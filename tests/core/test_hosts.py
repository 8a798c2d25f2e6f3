"""In production the portal answers under its own name alone."""

import pytest

from civicportal.app import create_app
from config import from_env
from tests.core.test_settings import GOOD


@pytest.fixture
def production(settings):
    yield create_app(from_env({**GOOD, "DATABASE_URL": "sqlite://"}, process="web")).test_client()
    create_app(settings)


@pytest.mark.parametrize(("host", "status"), [
    ("portal.example", 200), ("portal.example:8000", 200), ("evil.example", 400), ("127.0.0.1:8000", 400), ("a b", 400),
])
def test_only_the_portals_own_name_is_answered(production, host, status):
    response = production.get("/health/live", headers={"Host": host})
    assert response.status_code == status
    assert host.encode() not in response.data
    assert response.headers["X-Content-Type-Options"] == "nosniff"
