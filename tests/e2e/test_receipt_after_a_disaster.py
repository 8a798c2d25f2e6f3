"""A receipt from a destroyed installation brings a petition back: downloaded, restored and read in Chromium."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.e2e.checks import axe_findings
from tests.e2e.conftest import context, main_button, picture
from tests.e2e.test_first_walk import TEXT, TITLE, sign_in
from tests.processes import ROOT, environment, processes_of, running_portal, start_portal, wait
from worker import commands

CITIZEN = "haneul.kim@example.com"
MEMO = ("사진 메모.txt", "꺼진 등 2개".encode())


@pytest.mark.browser
@pytest.mark.processes
def test_a_receipt_brings_a_petition_back(tmp_path: Path, chromium: Browser) -> None:
    needs.need(needs.chromium(), "Chromium")
    home = tmp_path / "home"
    home.mkdir()
    (home / MEMO[0]).write_bytes(MEMO[1])
    number, receipt = filed_and_destroyed(tmp_path / "old", chromium, home)

    new = tmp_path / "new"
    new.mkdir()
    with running_portal(new) as portal:
        page = context(chromium, portal).new_page()
        sign_in(page, CITIZEN)
        answer = page.goto(f"/ko/petitions/{number}")
        assert answer is not None
        assert answer.status == 404
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "receipts", "restore", receipt, "--files", home], cwd=ROOT,
            capture_output=True, text=True, check=False,
            env=commands.environment(environment(new, None, None) | {"PORTAL_URL": portal.url}, "cli"))
        assert done.returncode == 0, done.stdout + done.stderr
        page.goto(f"/ko/petitions/{number}")
        main = page.locator("main")
        for words in (TITLE, TEXT.splitlines()[0], MEMO[0]):
            expect(main).to_contain_text(words)
        assert axe_findings(page) == []
        picture(page, "back-from-a-receipt")
        page.goto(f"/en/petitions/{number}")
        picture(page, "back-from-a-receipt-en")


def filed_and_destroyed(folder: Path, chromium: Browser, home: Path) -> tuple[str, Path]:
    """A citizen files and downloads the receipt; then nothing is left of the portal. The number, and the receipt."""
    folder.mkdir()
    portal = start_portal(folder)
    try:
        portal.wait_ready()
        page = context(chromium, portal, accept_downloads=True).new_page()
        sign_in(page, CITIZEN)
        number = file(page)
        page.goto(f"/ko/petitions/{number}/receipt")
        with page.expect_download() as started:
            page.locator("a[href$='receipt.json']").first.click()
        receipt = home / started.value.suggested_filename
        started.value.save_as(receipt)
        page.context.close()
    finally:
        portal.process.kill()
        portal.process.wait()
    wait(lambda: not processes_of(str(portal.instance)), 30, "end of all processes")
    shutil.rmtree(folder)
    return number, receipt


def file(page: Page) -> str:
    """File as somebody who is signed in; the petition's number."""
    page.goto("/ko/")
    page.locator(".cp-door__link").first.click()
    page.check("input[name=type][value=grievance]")
    main_button(page).click()
    page.fill("[name=title]", TITLE)
    page.fill("[name=text]", TEXT)
    main_button(page).click()
    page.select_option("[name=region_code]", "11110")
    main_button(page).click()
    page.set_input_files("input[type=file]", {"name": MEMO[0], "mimeType": "text/plain", "buffer": MEMO[1]})
    main_button(page).click()
    page.check("input[name=readers][value=private]")
    main_button(page).click()
    page.check("input[name=institution][value=seoul-jongno]")
    main_button(page).click()
    found = re.search(r"\d{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text("main"))
    assert found, page.inner_text("main")
    return found.group()
