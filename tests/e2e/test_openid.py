"""Signing in through an OpenID provider in a real browser: there and back between two sites."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from civicportal.accounts.models import AccountSession, OpenIDLink
from civicportal.accounts.queries import confirmed_by_address
from civicportal.accounts.services.openid import _digest
from civicportal.core.transactions import atomic
from tests.accounts.openid_server import CLIENT, SECRET, OpenIDServer, running
from tests.e2e.conftest import context
from tests.e2e.live import Live
from tests.e2e.visit import JONGNO, MANAGER

pytestmark = pytest.mark.browser


@pytest.fixture
def portal(live: Live) -> Iterator[Live]:
    """The portal under a name, so that the provider is another site; a manager is linked to an account there."""
    name = live.url.replace("127.0.0.1", "localhost")
    provider = OpenIDServer(amr=["mfa"])
    with running(provider), live.settings(
            portal_url=name, oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET,
            oidc_title_en="City ID", oidc_second_factor_amr=("mfa",)):
        with live.app.app_context(), atomic() as session:
            session.add(OpenIDLink(person_id=confirmed_by_address(MANAGER).id, issuer=provider.url,
                                   subject=_digest(provider.url, provider.subject)))
        yield Live(live.app, name, live.rendered)
    with live.app.app_context(), atomic() as session:
        session.execute(delete(OpenIDLink))


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text).click()


@pytest.mark.parametrize("script", [True, False])
def test_there_and_back(chromium: Browser, portal: Live, script: bool):
    page = context(chromium, portal, locale="en", script=script).new_page()
    page.goto(f"/en/sign-in?next=/en/desk/{JONGNO}")
    press(page, "Sign in with City ID")
    page.wait_for_url(f"**/en/desk/{JONGNO}")
    expect(page.locator("h1")).to_be_visible()


def test_what_was_typed_is_sent_from_its_own_tab(chromium: Browser, portal: Live):
    visitor = context(chromium, portal, locale="en")
    portal.sign_in(visitor, MANAGER)
    page = visitor.new_page()
    page.goto("/en/account/edit")
    page.fill("[name=phone]", "010-2345-6789")
    with portal.app.app_context(), atomic() as session:
        session.execute(delete(AccountSession))
    page.locator("main form button[type=submit]").first.click()
    with visitor.expect_page() as opened:
        press(page, "Sign in with City ID")
    opened.value.wait_for_url("**/en/")
    opened.value.close()
    press(page, "I am signed in")
    while page.get_by_role("button", name="Send again").count():
        press(page, "Send again")
        page.wait_for_load_state()
    expect(page.get_by_text("Your details are saved.")).to_be_visible()
