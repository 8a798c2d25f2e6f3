"""Proposing and arguing without JavaScript, with a lost session and with the keyboard alone."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.core.permissions import Role
from civicportal.forum.models import Argument, Task
from civicportal.forum.services import propose, review
from civicportal.forum.states import Criterion, ReviewDecision, TaskState
from tests.e2e.conftest import context, main_button
from tests.e2e.forum_visits import REVIEWER, holder
from tests.e2e.keyboard import Keyboard
from tests.e2e.live import Live
from tests.e2e.visit import NEIGHBOUR

DEMO_PASSWORD = "try-the-portal"
PROBLEM = "자전거 도로가 갑자기 끊겨 차도로 내려가야 합니다.\n아이들에게 위험합니다."
IDEA = "끊긴 자전거 도로를 이어 주세요."

pytestmark = pytest.mark.browser


@pytest.fixture
def page(live: Live, chromium: Browser) -> Page:
    """A phone with JavaScript switched off."""
    return context(chromium, live, script=False).new_page()


def press(page: Page, button: Locator) -> None:
    """Press a button and wait for the page it leads to."""
    with page.expect_navigation():
        button.click()


def sign_in(page: Page) -> None:
    """Fill in the sign-in form that stands on the page."""
    page.fill("[name=address]", NEIGHBOUR)
    page.fill("[name=password]", DEMO_PASSWORD)
    press(page, main_button(page))


def test_a_task_is_proposed_without_script_though_the_session_is_lost(live: Live, page: Page) -> None:
    live.sign_in(page.context, NEIGHBOUR)
    page.goto("/ko/forum")
    press(page, page.locator("main a.govuk-button"))
    page.fill("[name=problem]", PROBLEM)
    press(page, page.locator("button[value=go]"))
    expect(page.locator(".govuk-error-summary a")).to_have_count(2)
    assert page.input_value("[name=problem]") == PROBLEM
    page.fill("[name=idea]", IDEA)
    page.fill("[name=title]", "자전거 도로를 잇자")
    page.context.clear_cookies()
    press(page, page.locator("button[value=go]"))
    press(page, main_button(page))
    sign_in(page)
    press(page, main_button(page))
    expect(page.locator("main")).to_contain_text(IDEA)
    press(page, main_button(page))
    task = live.one(select(Task.number).where(Task.title == "자전거 도로를 잇자", Task.state == TaskState.SUBMITTED))
    expect(page.locator(".cp-receipt__key")).to_have_text(task)


def test_an_argument_is_added_and_rated_without_script(live: Live, page: Page) -> None:
    number = readable(live, "횡단보도 신호를 늘리자")
    page.goto(f"/ko/forum/{number}")
    press(page, page.locator("a[href$='argue?side=against']"))
    sign_in(page)
    expect(page.locator("input[value=against]")).to_be_checked()
    page.fill("[name=text]", "차가 더 막힙니다.")
    press(page, main_button(page))
    expect(page.locator(".cp-side--against")).to_contain_text("차가 더 막힙니다.")
    expect(page.locator(".cp-side--for")).not_to_contain_text("차가 더 막힙니다.")
    assert live.one(select(Argument.text).where(Argument.text == "차가 더 막힙니다."))


def test_a_task_is_proposed_with_the_keyboard(live: Live, chromium: Browser) -> None:
    page = context(chromium, live, locale="en").new_page()
    live.sign_in(page.context, NEIGHBOUR)
    keys = Keyboard(page)
    page.goto("/en/forum")
    keys.through()
    keys.follow(page.locator("main a.govuk-button").first)
    keys.through()
    keys.follow(page.locator("button[value=go]"), back=True)
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    keys.to(page.locator(".govuk-error-summary a").first)
    keys.press("Enter")
    expect(page.locator("[name=problem]")).to_be_focused()
    page.keyboard.type("Benches are missing along the river.")
    keys.write(page.locator("[name=idea]"), "Put a bench every two hundred metres.")
    keys.write(page.locator("[name=title]"), "Put benches along the river")
    keys.follow(page.locator("button[value=go]"))
    keys.through()
    keys.follow(main_button(page))
    expect(page.locator(".cp-receipt__key")).to_contain_text("T-")
    keys.through()
    assert keys.faults == []


def test_a_reviewer_decides_with_the_keyboard(live: Live, chromium: Browser) -> None:
    with live.app.app_context():
        holder(REVIEWER, "검토하늘", Role.REVIEWER)
        number = submitted("밤길에 가로등을 더 켜자").number
    page = context(chromium, live, locale="en", phone=False).new_page()
    live.sign_in(page.context, REVIEWER)
    keys = Keyboard(page)
    page.goto("/en/forum/review")
    keys.through()
    keys.follow(page.locator(f"a[href$='{number}/review']"))
    keys.follow(page.locator("button[value=take]"))
    keys.through()
    for criterion in Criterion:
        keys.to(page.locator(f"[name=met][value={criterion.value}]"))
        keys.press("Space")
    keys.to(page.locator("[name=decision]").first)
    keys.press("Space")
    keys.write(page.locator("[name=reasons]"), "It is clear and new.")
    keys.follow(page.locator("button[value=decide]"))
    expect(page.locator("main")).to_contain_text("It is clear and new.")
    keys.through()
    assert keys.faults == []


def submitted(title: str) -> Task:
    """A task of the neighbour that waits for a reviewer; inside an application context."""
    author = actor_for(confirmed_by_address(NEIGHBOUR))
    task = propose.start_task(author, title=title, problem=f"{title}: 지금은 어렵습니다.", idea=title, language="ko")
    propose.submit(author, task, difference="다른 곳입니다.")
    return task


def readable(live: Live, title: str) -> str:
    """The number of a task that everybody reads."""
    with live.app.app_context():
        reviewer, task = holder(REVIEWER, "검토하늘", Role.REVIEWER), submitted(title)
        review.take_review(reviewer, task)
        review.decide_review(reviewer, task, decision=ReviewDecision.ACCEPT, met=[one.value for one in Criterion],
                             reasons="분명합니다.")
        return task.number
