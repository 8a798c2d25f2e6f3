"""Filing and answering with the keyboard alone: every stop seen, named and in reading order."""

import re

import pytest
from playwright.sync_api import Browser, FileChooser, Locator, Page, expect

from tests.e2e.conftest import context, main_button
from tests.e2e.keyboard import Keyboard
from tests.e2e.live import Live
from tests.e2e.visits import CITIZEN, JONGNO, OFFICER

DEMO_PASSWORD = "try-the-portal"
NUMBER = re.compile(r"\d{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.mark.browser
def test_a_guest_files_with_the_keyboard(live: Live, chromium: Browser) -> None:
    page = context(chromium, live, locale="en").new_page()
    keys = Keyboard(page)
    page.goto("/en/")
    keys.through()
    keys.follow(page.locator(".cp-door__link").nth(1))
    expect(page.locator("input[name=type][value=proposal]")).to_be_checked()
    keys.follow(page.locator(".cp-nav__link").first)
    _say_what(page, keys)
    _write(page, keys)
    _choose_place(page, keys)
    _add_a_file(page, keys)
    keys.through()
    keys.to(page.locator("input[name=readers][value=private]"))
    keys.press("ArrowDown", "ArrowUp")
    expect(page.locator("input[name=readers][value=private]")).to_be_checked()
    keys.follow(main_button(page))
    _check(page, keys)
    expect(page.locator("main")).to_contain_text(NUMBER)
    keys.through()
    assert keys.faults == []


def _say_what(page: Page, keys: Keyboard) -> None:
    keys.through()
    keys.follow(main_button(page), back=True)
    _follow_first_error(page, keys, page.locator("input[name=type]").first)
    keys.press("Space")
    keys.follow(main_button(page))


def _write(page: Page, keys: Keyboard) -> None:
    keys.through()
    keys.follow(main_button(page), back=True)
    _follow_first_error(page, keys, page.locator("[name=title]"))
    page.keyboard.type("Street lights are out")
    keys.write(page.locator("[name=text]"), "Two lights at the crossing are out.")
    keys.press("Enter")
    page.keyboard.type("Please repair them.")
    keys.follow(main_button(page))


def _choose_place(page: Page, keys: Keyboard) -> None:
    keys.through()
    keys.to(page.locator("[name=region_code]"))
    page.keyboard.type("Jongno")
    expect(page.locator("[name=region_code]")).to_have_value("11110")
    keys.follow(main_button(page))


def _open_chooser(page: Page, keys: Keyboard) -> FileChooser:
    """Press Space on the field until the browser asks for a file: a busy one drops a key now and then."""
    chosen: list[FileChooser] = []
    page.on("filechooser", lambda chooser: chosen.append(chooser))  # noqa: PLW0108 - it asks for a function of ours
    for _try in range(3):
        keys.press("Space")
        for _moment in range(50):
            if chosen:
                return chosen[0]
            page.wait_for_timeout(100)
    raise AssertionError("Space on the field opens no chooser")


def _add_a_file(page: Page, keys: Keyboard) -> None:
    keys.through()
    keys.to(page.locator("input[type=file]"))
    _open_chooser(page, keys).set_files({"name": "lights.txt", "mimeType": "text/plain", "buffer": b"two lights"})
    expect(page.locator("button[name=remove]")).to_have_count(1)
    expect(page.locator(".cp-files__file")).to_contain_text("lights.txt")
    keys.through()
    keys.follow(page.locator("button[name=remove]"), "Space")
    expect(page.locator("button[name=remove]")).to_have_count(0)
    keys.follow(main_button(page))


def _check(page: Page, keys: Keyboard) -> None:
    keys.through()
    keys.follow(main_button(page), back=True)
    _follow_first_error(page, keys, page.locator("input[name=institution]").first)
    keys.press("Space")
    keys.write(page.locator("[name=name]"), "Bada Lee")
    keys.write(page.locator("[name=address]"), "keys.bada@example.org")
    keys.follow(main_button(page))


def _follow_first_error(page: Page, keys: Keyboard, field: Locator) -> None:
    """The summary has the focus, says that something is wrong, and its link leads to the field."""
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("alert")).to_contain_text("There is a problem")
    keys.to(summary.locator("a").first)
    keys.press("Enter")
    expect(field).to_be_focused()
    assert page.locator("[aria-describedby*=error]").count(), "the error is not tied to the field"


@pytest.mark.browser
def test_an_officer_answers_with_the_keyboard(live: Live, chromium: Browser) -> None:
    number = live.matter(CITIZEN, JONGNO, "Keyboard walk", "A line of a long petition.\n" * 100)
    page = context(chromium, live, locale="en", phone=False).new_page()
    keys = Keyboard(page)
    page.goto("/en/sign-in")
    keys.through()
    keys.write(page.locator("[name=address]"), OFFICER)
    keys.write(page.locator("[name=password]"), "wrong")
    keys.follow(main_button(page))
    _follow_first_error(page, keys, page.locator("[name=password]"))
    page.keyboard.type(DEMO_PASSWORD)
    code = live.code(OFFICER)
    keys.follow(main_button(page))
    keys.write(page.locator("[name=code]"), code)
    keys.follow(main_button(page))
    keys.follow(page.locator(".cp-nav__link", has_text="Desk"))
    keys.through()
    keys.follow(page.locator("main").get_by_role("link", name="Keyboard walk"))
    keys.through()
    keys.follow(page.locator("form[action$='/take'] button"))
    keys.follow(page.locator(f"a.govuk-button[href$='{number}/answer']"))
    _answer(page, keys)
    keys.through()
    keys.follow(main_button(page))
    expect(page.locator("main")).to_contain_text("The lights were repaired.")
    keys.through()
    assert keys.faults == []


def _answer(page: Page, keys: Keyboard) -> None:
    keys.through()
    _scroll_the_petition(page, keys)
    keys.follow(page.locator("button[value=send]"), back=True)
    _follow_first_error(page, keys, page.locator("[name=text]"))
    page.keyboard.type("The lights **were** repaired.")
    keys.follow(page.locator("button[value=preview]"))
    keys.follow(page.locator("button[value=send]"))


def _scroll_the_petition(page: Page, keys: Keyboard) -> None:
    """The long text beside the answer scrolls by itself."""
    keys.to(page.locator(".cp-desk__text"))
    expect(page.locator("main h1")).to_be_in_viewport()
    keys.press("End")
    expect(page.locator("main h1")).not_to_be_in_viewport()


@pytest.mark.browser
def test_the_skip_link_comes_first_and_leads_past_the_menu(live: Live, chromium: Browser) -> None:
    page = context(chromium, live, locale="en").new_page()
    page.goto("/en/")
    keys = Keyboard(page)
    keys.to(page.locator(".govuk-skip-link"))
    keys.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()
    keys.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
