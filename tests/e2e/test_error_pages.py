"""Error pages that the other walks cannot reach, each provoked and looked at in both languages."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import needs
from tests.e2e.checks import axe_findings, html_findings, too_wide
from tests.e2e.conftest import context, main_button, picture
from tests.e2e.live import Live
from tests.e2e.visits import OFFICER

STRANGER = "nobody@example.org"
Look = Callable[[int, Locator], None]


def too_large_form(live: Live, page: Page, locale: str, look: Look) -> None:
    """More than a form may hold."""
    page.goto(f"/{locale}/sign-in")
    page.fill("[name=address]", "a" * 2000)
    with patch.dict(live.app.config, {"MAX_CONTENT_LENGTH": 1000}):
        look(413, main_button(page))
    expect(page.locator(f"main a[href='/{locale}/']")).to_be_visible()


def too_large_files(live: Live, page: Page, locale: str, look: Look) -> None:
    """More than the files of a petition may hold; what was written is still there."""
    page.goto(f"/{locale}/file?type=petition")
    with page.expect_navigation():
        main_button(page).click()
    with live.settings(upload_max_bytes=1):  # the page knows it and leaves such a file to the form
        page.goto(page.url.replace("/text", "/files"))
        page.set_input_files("input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a" * 400_000})
        look(413, main_button(page))
    page.locator("main a[href$='/files']").click()
    expect(page.locator("input[type=file]")).to_be_visible()


def too_many_tries(live: Live, page: Page, locale: str, look: Look) -> None:
    """Over a limit; the page says when to try again, and sends what was typed then."""
    with live.settings(limit_address="1 per 7 minutes"):
        for _try in range(2):
            page.goto(f"/{locale}/sign-in/code")
            page.fill("[name=address]", STRANGER)
            if _try:
                look(429, main_button(page))
                expect(page.locator("main")).to_contain_text("7")
            else:
                with page.expect_navigation():
                    main_button(page).click()
    expect(page.locator("main input[name=address]")).to_have_value(STRANGER)
    main_button(page).click()
    expect(page.locator("[name=code]")).to_be_visible()


def a_fault_of_ours(live: Live, page: Page, locale: str, look: Look) -> None:
    """A view that fails: nothing of the fault is shown."""
    def broken() -> str:
        raise RuntimeError("a fault made by a test")

    page.goto(f"/{locale}/")
    with patch.dict(live.app.view_functions, {"pages.help": broken}):
        look(500, page.locator(f".cp-footer a[href='/{locale}/help']"))
    assert "a fault made by a test" not in page.content()


def lost_session(live: Live, page: Page, locale: str, look: Look) -> None:
    """A form whose session has ended: what was typed is kept, but no secret."""
    page.goto(f"/{locale}/sign-in")
    page.fill("[name=address]", OFFICER)
    page.fill("[name=password]", "a secret")
    page.context.clear_cookies()
    look(400, main_button(page))
    assert page.locator("main input[name=address]").input_value() == OFFICER
    assert "a secret" not in page.content()


def lost_session_of_a_button(live: Live, page: Page, locale: str, look: Look) -> None:
    """The same with nothing to keep: the page leads back to where the button stood."""
    live.sign_in(page.context, OFFICER)
    page.goto(f"/{locale}/account/sessions")
    live.sign_in(page.context, OFFICER)
    look(400, page.locator("form[action$='/sign-out'] button"))
    page.locator("main a").click()
    page.wait_for_url(f"**/{locale}/account/sessions")


PROVOKED = (too_large_form, too_large_files, too_many_tries, a_fault_of_ours, lost_session, lost_session_of_a_button)


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["ko", "en"])
def test_error_pages(live: Live, chromium: Browser, locale: str, tmp_path: Path) -> None:
    needs.need(needs.HTML_VALIDATE.exists(), "html-validate (npm install)")
    found: list[str] = []
    sources: dict[str, str] = {}
    visitor = context(chromium, live, locale=locale)
    page = visitor.new_page()
    for provoke in PROVOKED:
        visitor.clear_cookies()
        name = provoke.__name__.replace("_", "-")

        def look(status: int, target: Locator, name: str = name) -> None:
            with page.expect_response(lambda response: response.request.is_navigation_request()) as answer:
                target.click()
            page.wait_for_load_state()
            assert answer.value.status == status
            assert page.locator("main a, main button").count(), "a way out"
            found.extend(f"{name}: {line}" for line in [*axe_findings(page), *too_wide(page)])
            sources[name] = answer.value.text()
            picture(page, f"error-{name}-{locale}")

        provoke(live, page, locale, look)
    found += html_findings(sources, tmp_path)
    assert not found, "\n".join(found)
