"""A sign-in that is about to end says so in time; unsaved text is not left by accident."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy import select, update

from civicportal.accounts.models import AccountSession
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from tests.e2e.checks import axe_findings
from tests.e2e.conftest import context, picture
from tests.e2e.keyboard import Keyboard
from tests.e2e.live import Live
from tests.e2e.visits import CITIZEN, JONGNO, OFFICER

IDLE_MINUTES = 10
ANSWER = "The answer that is being written"
SESSION = "dialog[data-session-dialog]"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def matter(live: Live, chromium: Browser) -> str:
    """Address of the answer to a matter that the officer has taken."""
    number = live.matter(CITIZEN, JONGNO, "Session warning")
    visitor = context(chromium, live, locale="en")
    live.sign_in(visitor, OFFICER)
    page = visitor.new_page()
    page.goto(f"/en/desk/matters/{number}")
    page.locator("form[action$='/take'] button").click()
    expect(page.locator(f"a[href$='{number}/answer']")).to_be_visible()
    return f"/en/desk/matters/{number}/answer"


@pytest.fixture
def page(live: Live, chromium: Browser, matter: str) -> Page:
    """The answer page of an officer, with a clock that the test moves, and text that is not saved."""
    visitor = context(chromium, live, locale="en", phone=False)
    live.sign_in(visitor, OFFICER)
    page = visitor.new_page()
    page.clock.install()
    with live.settings(session_idle_minutes=IDLE_MINUTES):
        page.goto(matter)
        page.focus("[name=text]")
        page.keyboard.type(ANSWER)
        yield page


def test_the_warning_comes_three_minutes_before_the_end(page: Page) -> None:
    page.clock.fast_forward("06:50")
    expect(page.locator(SESSION)).to_be_hidden()
    page.clock.fast_forward("00:20")
    expect(page.locator(SESSION)).to_be_visible()
    assert axe_findings(page) == []
    picture(page, "session-warning")
    page.clock.fast_forward("03:00")
    expect(page.locator(f"{SESSION} [role=status]")).to_contain_text("Your sign-in has ended")


def test_the_keyboard_keeps_the_sign_in_and_the_text(live: Live, page: Page) -> None:
    asked = last_seen(live)
    page.clock.fast_forward("07:10")
    dialog = page.get_by_role("dialog", name="You will be signed out soon")
    expect(dialog).to_be_visible()
    assert page.evaluate(f"document.querySelector('{SESSION}').contains(document.activeElement)")
    keys = Keyboard(page)
    keys.to(dialog.get_by_role("button", name="Close this message"))
    keys.to(dialog.get_by_role("button", name="Stay signed in"), back=True)
    with page.expect_response("**/session/extend") as answer:
        keys.press("Enter")
    assert answer.value.json()["seconds"] > (IDLE_MINUTES - 1) * 60
    expect(dialog).to_be_hidden()
    expect(page.locator("[name=text]")).to_have_value(ANSWER)
    expect(page.locator("[name=text]")).to_be_focused()
    assert last_seen(live) > asked
    assert keys.faults == []
    page.clock.fast_forward("06:50")
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("00:20")
    expect(dialog).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_next_warning_follows_what_the_server_says(live: Live, page: Page) -> None:
    with live.app.app_context(), atomic() as session:
        session.execute(update(AccountSession).values(expires_at=now() + timedelta(minutes=8)))
    page.clock.fast_forward("07:10")
    with page.expect_response("**/session/extend") as answer:
        page.locator("[data-session-extend]").click()
    expect(page.locator(SESSION)).to_be_hidden()
    assert answer.value.json()["seconds"] <= 8 * 60
    page.clock.fast_forward("04:50")
    expect(page.locator(SESSION)).to_be_hidden()
    page.clock.fast_forward("00:20")
    expect(page.locator(SESSION)).to_be_visible()


def test_a_sign_in_that_is_over_cannot_be_kept(live: Live, page: Page) -> None:
    with live.app.app_context(), atomic() as session:
        session.execute(update(AccountSession).values(revoked_at=now()))
    page.clock.fast_forward("07:10")
    page.locator("[data-session-extend]").click()
    expect(page.locator(f"{SESSION} [role=status]")).to_contain_text("copy your text before you leave")
    expect(page.locator(SESSION)).to_be_visible()


def test_unsaved_text_is_not_left_by_accident(page: Page) -> None:
    asked = ask_before_leaving(page)
    with page.expect_event("dialog"):
        page.locator(".govuk-back-link").click(no_wait_after=True)
    assert asked == ["beforeunload"]
    expect(page.locator("[name=text]")).to_have_value(ANSWER)
    page.locator("button[value=preview]").click()
    expect(page.locator("#preview")).to_be_visible()
    with page.expect_event("dialog"):
        page.locator(".govuk-back-link").click(no_wait_after=True)
    assert asked == ["beforeunload"] * 2, "a preview is not saved"
    page.locator("button[value=save]").click()
    expect(page.locator(".govuk-notification-banner--success")).to_be_visible()
    page.locator(".govuk-back-link").click()
    page.wait_for_url(lambda url: not url.endswith("/answer"))
    assert asked == ["beforeunload"] * 2


def ask_before_leaving(page: Page) -> list[str]:
    """The kinds of questions the browser asks; each is answered with staying."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def last_seen(live: Live) -> object:
    """When the newest sign-in was last seen."""
    return live.one(select(AccountSession.last_seen_at).order_by(AccountSession.id.desc()))
