"""A real browser in front of the real portal: supervisor, web, worker, beat and broker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, sync_playwright

from tests import needs
from tests.e2e.live import Live, live_portal
from tests.processes import Portal, running_portal

TIMEOUT_MS = 8_000
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = needs.chromium()
    needs.need(path, "Chromium")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def demo_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal as `make run` starts it: SQLite, embedded broker, demo content."""
    needs.need(needs.chromium(), "Chromium")
    with running_portal(tmp_path_factory.mktemp("demo")) as portal:
        yield portal


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One portal in this process for all walks; each makes the matters it changes."""
    with live_portal(tmp_path_factory.mktemp("live")) as portal:
        yield portal


def context(
    browser: Browser, portal: Portal | Live, *, locale: str = "ko", phone: bool = True, script: bool = True,
    **options: Any,
) -> BrowserContext:
    """A new visitor: no cookies, a phone or a desk, with or without JavaScript. `options`: Playwright's own."""
    visitor = browser.new_context(
        base_url=portal.url, viewport=PHONE if phone else DESKTOP, has_touch=phone, java_script_enabled=script,
        locale="ko-KR" if locale == "ko" else "en-GB", timezone_id="Asia/Seoul", **options,
    )
    visitor.set_default_timeout(TIMEOUT_MS)
    return visitor


def main_button(page: Page) -> Locator:
    """The button that sends the page's form: the first that is neither secondary nor a warning."""
    return page.locator(
        "main form button.govuk-button:not(.govuk-button--secondary):not(.govuk-button--warning)").first


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where PICTURES says."""
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
