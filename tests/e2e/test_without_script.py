"""Everything works without JavaScript, and nothing typed is lost when a session is."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from civicportal.accounts.models import AccountSession
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from civicportal.petitions.models import Petition
from tests.e2e.conftest import context, main_button
from tests.e2e.live import Live
from tests.e2e.visits import CITIZEN, JONGNO, NEIGHBOUR, OFFICER

DEMO_PASSWORD = "try-the-portal"
TITLE = "정류장 지붕이 새고 있습니다"
TEXT = "비가 올 때마다 정류장 지붕에서 물이 떨어집니다.\n고쳐 주세요."
ANSWER = "지붕을 **수리**했습니다."
MEMO = {"name": "메모.txt", "mimeType": "text/plain", "buffer": "지붕 사진은 나중에".encode()}

pytestmark = pytest.mark.browser


@pytest.fixture
def page(live: Live, chromium: Browser) -> Page:
    """A phone with JavaScript switched off."""
    return context(chromium, live, script=False).new_page()


def test_a_guest_files_and_loses_the_session_on_the_way(live: Live, page: Page) -> None:
    begin(page, {"title": "", "text": TEXT})
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value(TEXT)
    page.fill("[name=title]", TITLE)
    page.context.clear_cookies()
    send(page)
    page.select_option("[name=region_code]", "11110")
    send(page)
    page.set_input_files("input[type=file]", MEMO)
    page.context.clear_cookies()
    press(page, page.locator("button[name=add]"))
    expect(page.locator(".cp-files")).to_contain_text("메모.txt")
    send(page)
    page.check("input[name=readers][value=private]")
    send(page)
    fill(page, name="이바다", address="no address", phone="02-1234-5678")
    page.context.clear_cookies()
    send(page)
    expect(page.locator(".govuk-error-summary a").first).to_be_visible()
    assert {name: page.input_value(f"[name={name}]") for name in ("name", "address", "phone")} == {
        "name": "이바다", "address": "no address", "phone": "02-1234-5678"}
    assert {"메모.txt", TITLE} <= set(page.locator("main dd").all_inner_texts())
    page.fill("[name=address]", "script.bada@example.org")
    page.check(f"input[name=institution][value={JONGNO}]")
    send(page)
    number = re.search(r"\d{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text("main"))
    assert number
    page.goto(link(live, "script.bada@example.org", "/petitions/confirm/"))
    page.check("[name=mine][value=yes]")
    send(page)
    expect(page.locator("main")).to_contain_text(number.group())
    assert live.one(select(Petition.received_at).where(Petition.number == number.group()))


def test_a_citizen_signs_in_with_a_code(live: Live, page: Page) -> None:
    page.goto("/ko/sign-in?next=/ko/my-matters")
    page.fill("[name=address]", CITIZEN)
    press(page, page.locator("button[formaction*='sign-in/code']"))
    code = re.search(r"\b\d{6}\b", live.mail(CITIZEN).text)
    assert code
    page.fill("[name=code]", "000000" if code.group() != "000000" else "111111")
    send(page)
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.fill("[name=code]", code.group())
    send(page)
    assert page.url.endswith("/ko/my-matters")
    press(page, page.locator("form[action$='/sign-out'] button"))
    page.goto("/ko/my-matters")
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_citizen_signs_in_again_and_finds_the_draft(live: Live, page: Page) -> None:
    live.sign_in(page.context, NEIGHBOUR)
    begin(page)
    fill(page, title=TITLE, text=TEXT)
    page.context.clear_cookies()
    send(page)
    expect(page.locator("main")).not_to_contain_text(TITLE)
    sign_in(page, NEIGHBOUR)
    assert page.url.endswith("/place")
    page.goto(page.url.replace("/place", "/files"))
    page.set_input_files("input[type=file]", MEMO)
    page.context.clear_cookies()
    send(page)
    sign_in(page, NEIGHBOUR)
    page.goto(page.url.replace("/readers", "/files"))
    expect(page.locator(".cp-files")).to_contain_text("메모.txt")
    page.goto(page.url.replace("/files", "/text"))
    assert page.input_value("[name=title]") == TITLE
    assert page.input_value("[name=text]") == TEXT


def test_an_officer_takes_answers_and_sends(live: Live, page: Page) -> None:
    title = "스크립트 없이 답하기"
    number = live.matter(CITIZEN, JONGNO, title)
    page.goto("/ko/desk")
    sign_in(page, OFFICER, live.code(OFFICER))
    press(page, page.locator("main").get_by_role("link", name=title))
    press(page, page.locator("form[action$='/take'] button"))
    press(page, page.locator(f"a.govuk-button[href$='{number}/answer']"))
    press(page, page.locator("button[value=preview]"))
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.fill("[name=text]", ANSWER)
    press(page, page.locator("button[value=preview]"))
    expect(page.locator(".cp-prose strong")).to_have_text("수리")
    press(page, page.locator("button[value=send]"))
    send(page)
    page.goto(f"/ko/desk/matters/{number}")
    expect(page.locator(".cp-prose strong")).to_have_text("수리")
    assert number in live.mail(CITIZEN).text


def test_an_answer_whose_token_is_lost_is_sent_again(live: Live, page: Page) -> None:
    write_answer(live, page, "토큰이 없어진 답변")
    live.sign_in(page.context, OFFICER)  # another session: its token is not that of the page
    press(page, page.locator("button[value=save]"))
    expect(page.locator("form[action$='/answer'] input[type=hidden][name=text]")).to_have_value(ANSWER)
    send(page)
    expect_saved(page)


def test_an_answer_after_the_sign_in_ran_out_is_given_back(live: Live, page: Page) -> None:
    write_answer(live, page, "로그인이 끝난 답변")
    with live.app.app_context(), atomic() as session:
        session.execute(update(AccountSession).values(last_seen_at=now() - timedelta(days=1)))
    press(page, page.locator("button[value=save]"))
    page.fill("[name=address]", OFFICER)
    page.fill("[name=password]", "wrong")
    send(page)
    sign_in(page, OFFICER, live.code(OFFICER))
    send(page)
    expect_saved(page)


def test_an_answer_after_all_cookies_are_gone_is_given_back(live: Live, page: Page) -> None:
    write_answer(live, page, "쿠키가 없어진 답변")
    page.context.clear_cookies()
    press(page, page.locator("button[value=save]"))
    send(page)
    sign_in(page, OFFICER, live.code(OFFICER))
    send(page)
    expect_saved(page)


def begin(page: Page, typed: dict[str, str] | None = None) -> None:
    """Begin a petition; with `typed`, send the page of its text."""
    page.goto("/ko/file?type=petition")
    send(page)
    if typed:
        fill(page, **typed)
        send(page)


def fill(page: Page, **typed: str) -> None:
    """Type into fields by their names."""
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)


def send(page: Page) -> None:
    """Press the main button of the page."""
    press(page, main_button(page))


def press(page: Page, button: Locator) -> None:
    """Press a button and wait for the page it leads to."""
    with page.expect_navigation():
        button.click()


def sign_in(page: Page, address: str, code: str = "") -> None:
    """Fill in the sign-in form that stands on the page; people with a role then type the code of their app."""
    fill(page, address=address, password=DEMO_PASSWORD)
    send(page)
    if code:
        fill(page, code=code)
        send(page)


def link(live: Live, address: str, part: str) -> str:
    """The link with `part` in the newest mail to an address."""
    found = re.search(r"https?://\S*" + re.escape(part) + r"\S*", live.mail(address).text)
    assert found
    return found.group()


def write_answer(live: Live, page: Page, title: str) -> None:
    """Take a new matter and type its answer, without sending it."""
    number = live.matter(CITIZEN, JONGNO, title)
    live.sign_in(page.context, OFFICER)
    page.goto(f"/ko/desk/matters/{number}")
    press(page, page.locator("form[action$='/take'] button"))
    page.goto(f"/ko/desk/matters/{number}/answer")
    page.fill("[name=text]", ANSWER)


def expect_saved(page: Page) -> None:
    """The answer page, opened anew, with the text as a first version."""
    expect(page.locator(".govuk-notification-banner--success")).to_be_visible()
    page.reload()
    assert page.input_value("[name=text]") == ANSWER
    assert page.input_value("[name=base_version]") == "1"
