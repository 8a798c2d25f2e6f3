"""The second factor in a real browser: an app's code, and a passkey with Chromium's virtual authenticator."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pyotp import TOTP
from sqlalchemy import delete, func, select

from civicportal.accounts.models import Passkey, RecoveryCode, SecondFactor
from civicportal.core.clock import now
from civicportal.core.transactions import atomic, current
from tests.e2e.checks import axe_findings, too_wide
from tests.e2e.conftest import context, main_button, picture
from tests.e2e.live import Live
from tests.e2e.visit import JONGNO, MANAGER

DEMO_PASSWORD = "try-the-portal"
pytestmark = pytest.mark.browser


@pytest.fixture
def portal(live: Live) -> Iterator[Live]:
    """The portal under a name, as passkeys need one; nobody has a second factor before or after."""
    name = live.url.replace("127.0.0.1", "localhost")
    with live.settings(portal_url=name):
        yield Live(live.app, name, live.rendered)
    with live.app.app_context(), atomic() as session:
        for table in (SecondFactor, Passkey, RecoveryCode):
            session.execute(delete(table))


def enter_password(page: Page) -> None:
    page.goto(f"/ko/sign-in?next=/ko/desk/{JONGNO}")
    page.fill("[name=address]", MANAGER)
    page.fill("[name=password]", DEMO_PASSWORD)
    main_button(page).click()
    page.wait_for_load_state()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def looks_well(page: Page, name: str) -> None:
    picture(page, name)
    assert axe_findings(page) == []
    assert not too_wide(page)


@pytest.mark.parametrize(("locale", "script"), [("ko", True), ("en", False)])
def test_an_app_is_set_up_and_asked_for(portal: Live, chromium: Browser, locale: str, script: bool) -> None:
    page = context(chromium, portal, locale=locale, script=script).new_page()
    enter_password(page)
    page.goto(f"/{locale}/second-factor?next=/ko/desk/{JONGNO}")
    if script:
        looks_well(page, f"second-factor-set-up-{locale}")
    secret = page.locator(".cp-receipt__key").first.inner_text().replace(" ", "")
    page.fill("[name=code]", TOTP(secret).at(now()))
    main_button(page).click()
    page.wait_for_load_state()
    codes = page.locator("li.cp-receipt__key").all_inner_texts()
    assert len(codes) == 10
    if script:
        looks_well(page, f"recovery-codes-{locale}")
    page.locator("main a.govuk-button").click()
    assert page.url.endswith(f"/desk/{JONGNO}")
    sign_out(page)
    enter_password(page)
    page.fill("[name=code]", codes[0])
    main_button(page).click()
    assert page.url.endswith(f"/desk/{JONGNO}")
    page.context.close()


def test_a_passkey_is_made_and_used(portal: Live, chromium: Browser) -> None:
    page = context(chromium, portal).new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})
    enter_password(page)
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_selector("li.cp-receipt__key")
    page.locator("main a.govuk-button").click()
    assert page.url.endswith(f"/desk/{JONGNO}")
    page.goto("/ko/account/second-factor")
    looks_well(page, "my-second-factor-ko")
    sign_out(page)
    enter_password(page)
    looks_well(page, "second-factor-ko")
    page.locator("form[data-passkey=get] button").click()
    page.wait_for_url(f"**/desk/{JONGNO}")
    assert page.locator("h1").inner_text()
    with portal.app.app_context():
        assert current().scalar(select(func.count()).select_from(Passkey)) == 1
        assert current().scalar(select(Passkey.sign_count)) > 0
    page.context.close()


def test_a_passkey_of_nobody_opens_nothing(portal: Live, chromium: Browser) -> None:
    page = context(chromium, portal).new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})
    enter_password(page)
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_selector("li.cp-receipt__key")
    sign_out(page)
    devices.send("WebAuthn.clearCredentials", {"authenticatorId": made["authenticatorId"]})
    enter_password(page)
    page.locator("form[data-passkey=get] button").click()
    expect(page.locator("form[data-passkey=get] [data-passkey-status]")).not_to_be_empty()
    assert page.goto(f"/ko/desk/{JONGNO}").status == 401
    page.context.close()
