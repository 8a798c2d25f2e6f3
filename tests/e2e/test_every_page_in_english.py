"""Every page in English; a file of its own, so that the languages are walked side by side."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.every_page import look_at_every_page


@pytest.mark.browser
def test_every_page_in_english(chromium: Browser, tmp_path: Path) -> None:
    look_at_every_page(chromium, "en", tmp_path)
