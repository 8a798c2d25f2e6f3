"""What a visit to a page is, the demo's people who make them, and what most of them do there."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

JONGNO = "seoul-jongno"
CITIZEN, NEIGHBOUR, OFFICER, MANAGER, OPERATOR = (
    "haneul.kim@example.com", "gaon@example.org", "sola.yoon@example.com", "mir.jeong@example.com",
    "operator@example.com")
PASSWORD = "calm-harbour-seven-lanterns"
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Visit:
    """One look: `path` without the language; `act` is done on the page before it is judged; `desk`: at 1280 px too."""

    name: str
    path: str
    who: str | None = None
    act: Act | None = None
    desk: bool = False


def press(page: Page) -> None:
    """Send the main form as it stands."""
    page.locator("main form[method=post] button[type=submit].govuk-button").first.click()
    page.wait_for_load_state()


def say_mine(page: Page) -> None:
    """Answer the question of a mailed link with yes."""
    page.check("[name=mine][value=yes]")
    press(page)


def say_not_mine(page: Page) -> None:
    """Answer it with no."""
    page.check("[name=mine][value=no]")
    press(page)


def send_empty(page: Page) -> None:
    """Send the main form with nothing typed."""
    for box in page.locator("main form[method=post] :is(input.govuk-input, textarea)").all():
        box.fill("")
    press(page)
