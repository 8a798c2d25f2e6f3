"""The journey of `vote_journey` on SQLite with the embedded broker."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import needs
from tests.e2e.vote_journey import Site, travel


@pytest.mark.browser
@pytest.mark.processes
def test_from_an_idea_to_a_decision_that_everybody_can_check(chromium: Browser, tmp_path: Path) -> None:
    needs.need(needs.chromium(), "Chromium")
    travel(Site(tmp_path, None, None), chromium, tmp_path)
