"""The first walk, as a new user would: filed on a phone in Korean without an account, answered, rated."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.e2e.checks import axe_findings
from tests.e2e.conftest import context, main_button, picture
from tests.processes import Portal, running_portal, wait

PASSWORD = "try-the-portal"
OFFICER, OPERATOR = "sola.yoon@example.com", "operator@example.com"
CITIZEN = "bada.lee@example.org"
TITLE = "경복궁역 앞 횡단보도 가로등이 꺼져 있습니다"
TEXT = """지난주부터 경복궁역 3번 출구 앞 횡단보도의 가로등 두 개가 꺼져 있습니다.
밤에 길을 건너기가 무섭습니다. 빨리 고쳐 주세요."""
ANSWER = "가로등 **두 개**의 안정기를 교체했습니다.\n\n- 점검일: 매월 첫째 주\n- 불편을 드려 죄송합니다."
MAIL_SECONDS = 60
NOTICES = (
    "이메일 주소를 확인해 주세요", "접수되었습니다", "이제 다른 사람도 읽을 수 있습니다",
    "담당자가 처리하고 있습니다", "답변이 도착했습니다",
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def portal(request: pytest.FixtureRequest, tmp_path: Path):
    """A portal of its own: SQLite with the embedded broker, or PostgreSQL with Redis."""
    needs.need(needs.chromium(), "Chromium")
    if request.param == "sqlite":
        with running_portal(tmp_path) as running:
            yield running
        return
    needs.need(needs.postgresql(), "PostgreSQL")
    needs.need(needs.redis(), "Redis")
    from tests.databases import fresh_database  # noqa: PLC0415

    with fresh_database(needs.POSTGRESQL, tmp_path) as url, running_portal(tmp_path, url, needs.REDIS) as running:
        yield running


@pytest.mark.browser
@pytest.mark.processes
def test_filed_referred_answered_and_rated(portal: Portal, chromium: Browser) -> None:
    phone = context(chromium, portal).new_page()
    number = file_as_guest(phone, portal)
    link = mail_link(portal, CITIZEN, "/petitions/confirm/")
    assert CITIZEN not in phone.content()
    phone.goto(link)
    phone.check("[name=mine][value=yes]")
    main_button(phone).click()
    expect(phone.locator("main")).to_contain_text(number)
    picture(phone, "confirmed")

    desk = context(chromium, portal, phone=False).new_page()
    answer_as_officer(desk, portal, number)
    publish_as_operator(context(chromium, portal, phone=False).new_page(), number)

    read_as_anybody(context(chromium, portal).new_page(), number)
    rate_with_a_code(phone, portal, number)
    wait(lambda: all(mailed(portal, words) for words in NOTICES), MAIL_SECONDS, f"mails {NOTICES}")
    assert "Demo accounts" in portal.log.read_text()


def file_as_guest(page: Page, portal: Portal) -> str:
    """Home to receipt in eight screens, checked by axe on the way; the petition's number."""
    screens = 1
    page.goto("/ko/")
    page.locator(".cp-door__link").first.click()
    page.check("input[name=type][value=grievance]")
    screens += step(page)
    page.fill("[name=title]", TITLE)
    page.fill("[name=text]", TEXT)
    screens += step(page)
    page.select_option("[name=region_code]", "11110")
    screens += step(page)
    memo = {"name": "사진 메모.txt", "mimeType": "text/plain", "buffer": "꺼진 등 2개".encode()}
    page.set_input_files("input[type=file]", memo)
    expect(page.locator("button[name=remove]")).to_have_count(1)  # it was sent, and the page came back with it
    screens += step(page)
    page.check("input[name=readers][value=public]")
    screens += step(page)
    expect(page.locator("main")).to_contain_text("종로구")
    page.check("input[name=institution][value=seoul-jongno]")
    page.fill("[name=name]", "이바다")
    page.fill("[name=address]", CITIZEN)
    screens += step(page)
    screens += 1
    number = re.search(r"\d{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text("main"))
    assert number, page.inner_text("main")
    assert screens <= 8
    picture(page, "receipt")
    return number.group()


def step(page: Page) -> int:
    """Look at a question page and press its main button."""
    assert axe_findings(page) == []
    picture(page, "file-" + page.url.rstrip("/").rsplit("/", 1)[-1].partition("?")[0])
    main_button(page).click()
    return 1


def sign_in(page: Page, address: str) -> None:
    page.goto("/ko/sign-in")
    page.fill("[name=address]", address)
    page.fill("[name=password]", PASSWORD)
    main_button(page).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def answer_as_officer(page: Page, portal: Portal, number: str) -> None:
    """Find the new matter on the desk, advise to publish it, take it, write, look, send."""
    sign_in(page, OFFICER)
    page.goto("/ko/desk")
    page.get_by_role("link", name=TITLE).click()
    assert axe_findings(page) == []
    picture(page, "matter")
    page.goto(f"/ko/desk/matters/{number}/publication")
    page.check("input[name=decision][value=publish]")
    main_button(page).click()
    page.goto(f"/ko/desk/matters/{number}")
    page.locator("form[action$='/take'] button").click()
    page.goto(f"/ko/desk/matters/{number}/answer")
    page.fill("[name=text]", ANSWER)
    picture(page, "answer")
    page.locator("button[name=go][value=send], button[value=send], button[name=send]").first.click()
    expect(page.locator("main strong", has_text="두 개")).to_be_visible()
    assert axe_findings(page) == []
    picture(page, "send")
    page.locator("form[action$='/send'] button, main form button").last.click()


def publish_as_operator(page: Page, number: str) -> None:
    """The second check, by somebody who does not work at the institution."""
    sign_in(page, OPERATOR)
    page.goto("/ko/operator/publication")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("main")).to_contain_text(number)
    page.check("input[name=decision][value=publish]")
    main_button(page).click()
    page.wait_for_url(lambda url: url.endswith("/publication"))


def read_as_anybody(page: Page, number: str) -> None:
    """What everybody reads: the answer, the author masked, no officer's name."""
    page.goto(f"/ko/petitions/{number}")
    main = page.locator("main")
    expect(main).to_contain_text("안정기를 교체했습니다")
    expect(main).to_contain_text("이**")
    expect(main).not_to_contain_text("이바다")
    expect(main).not_to_contain_text("윤솔아")


def rate_with_a_code(page: Page, portal: Portal, number: str) -> None:
    """The result's link asks who comes; a mailed one-time code lets the author in without a password."""
    link = mail_link(portal, CITIZEN, "/rate")
    page.goto(link)
    page.fill("[name=address]", CITIZEN)
    page.locator("button[formaction*='sign-in/code']").click()
    page.fill("[name=code]", mail_code(portal, CITIZEN))
    main_button(page).click()
    page.check("input[name=rating][value='5']")
    page.fill("[name=comment]", "빨리 고쳐 주셔서 감사합니다.")
    picture(page, "rate")
    main_button(page).click()
    page.goto(f"/ko/petitions/{number}")
    assert axe_findings(page) == []
    picture(page, "answered")


def mail_link(portal: Portal, address: str, part: str) -> str:
    """The first link with `part` in the mails to `address`, waiting for the worker to send it."""
    return wait_for_mail(portal, address, re.compile(r"https?://\S*" + re.escape(part) + r"[^\s]*"))


def mailed(portal: Portal, words: str) -> bool:
    """Whether the citizen got a mail about what was filed with these words in its subject."""
    return any(words in mail.subject and TITLE in mail.subject for mail in portal.mailbox(CITIZEN))


def mail_code(portal: Portal, address: str) -> str:
    return wait_for_mail(portal, address, re.compile(r"\b\d{6}\b"))


def wait_for_mail(portal: Portal, address: str, pattern: re.Pattern[str]) -> str:
    until = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < until:
        for mail in portal.mailbox(address):
            if found := pattern.search(mail.text):
                return found.group()
        time.sleep(0.2)
    raise AssertionError(f"no mail to {address} with {pattern.pattern}:\n{portal.log.read_text()[-2000:]}")
