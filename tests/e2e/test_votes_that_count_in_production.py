"""The journey of `vote_journey` on PostgreSQL with Redis."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import needs
from tests.databases import fresh_database
from tests.e2e.vote_journey import Site, travel
from tests.processes import forget_keys, prefix


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.postgresql
def test_from_an_idea_to_a_decision_that_everybody_can_check(chromium: Browser, tmp_path: Path) -> None:
    needs.need(needs.chromium(), "Chromium")
    needs.need(needs.postgresql(), "PostgreSQL")
    needs.need(needs.redis(), "Redis")
    with fresh_database(needs.POSTGRESQL, tmp_path) as url:
        travel(Site(tmp_path, url, needs.REDIS), chromium, tmp_path)
    forget_keys(needs.REDIS, prefix(tmp_path))
