"""Voting in a browser: by thumb, by keyboard and without script; what the script adds."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from civicportal.accounts.queries import confirmed_by_address
from civicportal.accounts.services import confirm_address, guest
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.voting.models import Box, PendingBallot
from civicportal.voting.services.opening import open_box, plan_box
from tests.e2e.conftest import context
from tests.e2e.live import Live

pytestmark = pytest.mark.browser
WHO = "ballot.voter@example.org"


@pytest.fixture
def slug(live: Live) -> str:
    """A vote of this test's own that closes in ninety minutes."""
    slug = f"ballot-{token_hex(4)}"
    with live.app.app_context():
        if confirmed_by_address(WHO) is None:
            confirm_address(guest("표하나", WHO, None, "ko"), SYSTEM)
        box = plan_box(SYSTEM, slug=slug, question="공원에 의자를 더 놓을까요?", language="ko", opens_at=now(),
                       closes_at=now() + timedelta(minutes=90, seconds=30))
        open_box(box)
    return slug


def voter(chromium: Browser, live: Live, **options: Any) -> Page:
    """A page of somebody who may vote."""
    visitor = context(chromium, live, **options)
    live.sign_in(visitor, WHO)
    return visitor.new_page()


def cast(live: Live, slug: str) -> list[str]:
    """What was cast in the vote."""
    with live.app.app_context():
        return list(current().scalars(
            select(PendingBallot.choice).join(Box, Box.id == PendingBallot.box_id).where(Box.slug == slug)))


@pytest.mark.parametrize("script", [True, False])
def test_three_taps_from_the_list_to_the_receipt(live: Live, chromium: Browser, slug: str, script: bool) -> None:
    page = voter(chromium, live, script=script)
    page.goto("/ko/votes?state=open")
    page.locator(f"a[href='/ko/votes/{slug}']").tap()
    page.locator("label[for=choice-2]").tap()
    page.locator("#ballot button").tap()
    expect(page.locator(".cp-tracker").first.locator("li")).to_have_count(8)
    assert cast(live, slug) == ["no"]
    page.goto(f"/ko/votes/{slug}")
    expect(page.locator("#ballot")).to_have_count(0)


def test_by_keyboard_alone(live: Live, chromium: Browser, slug: str) -> None:
    page = voter(chromium, live, phone=False)
    page.goto(f"/ko/votes/{slug}")
    page.locator("#ballot input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".cp-tracker").first).to_be_visible()
    assert cast(live, slug) == ["no"]


def test_the_browser_draws_the_nonce_itself(live: Live, chromium: Browser, slug: str) -> None:
    page = voter(chromium, live)
    sent: list[str] = []
    page.on("response", lambda answer: sent.append(answer.text()) if answer.url.endswith(slug) else None)
    page.goto(f"/ko/votes/{slug}")
    drawn = page.locator("[name=nonce]").input_value()
    assert len(drawn) == 32
    assert sent
    assert drawn not in sent[0]


def test_a_form_that_comes_back_keeps_its_nonce(live: Live, chromium: Browser, slug: str) -> None:
    """Else a second try could be another ballot than the first, which may have been taken."""
    page = voter(chromium, live)
    page.goto(f"/ko/votes/{slug}")
    drawn = page.locator("[name=nonce]").input_value()
    page.evaluate("document.querySelector('#ballot [name=csrf_token]').value = 'old'")
    page.locator("label[for=choice]").tap()
    page.locator("#ballot button").tap()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("#choice")).to_be_checked()
    assert page.locator("[name=nonce]").input_value() == drawn
    page.locator("#ballot button").tap()
    expect(page.locator(".cp-tracker").first).to_be_visible()


def test_the_countdown_goes_on_in_an_open_page(live: Live, chromium: Browser, slug: str) -> None:
    page = voter(chromium, live, locale="en")
    page.clock.install()
    page.goto(f"/en/votes/{slug}")
    left = page.locator("[data-countdown]")
    expect(left).to_have_text("1 hour left")
    page.clock.fast_forward("31:00")
    expect(left).to_have_text("59 minutes left")
    page.clock.fast_forward("59:00")
    expect(left).to_have_text("less than a minute left")
    page.clock.fast_forward("01:00")
    expect(left).to_have_text("time is up")
