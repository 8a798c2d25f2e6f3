"""Twelve citizens carry a task over its threshold into the committee's queue and to a decision; then all is checked.

Weeks pass between the parts: the portal is started anew each time with its clock set forward.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from bench.casting.crowd import Voter, fill_in, sign_in
from civicportal.app import create_app
from civicportal.core import clock
from civicportal.extensions import db
from config import from_env
from tests.e2e.checks import axe_findings
from tests.e2e.conftest import context, main_button, picture
from tests.processes import ROOT, Portal, environment, running_portal, wait
from worker import commands

PASSWORD = "try-the-portal"
PROPOSER, REVIEWER, SUPPORT = "haneul.kim@example.com", "reviewer@example.com", "support@example.com"
MEMBERS = ("haram.ryu@example.org", "maru.kang@example.org", "eunbyeol.jo@example.com", "hangyeol.lim@example.org",
           "bora.shin@example.com", "daniel.okafor@example.org")
CITIZENS, NO_VOTES = 12, 2
VOTING_DAY, AFTER_THE_CLOSE = 16, 60
FILES = ("ballots.jsonl", "heads.txt", "box.json", "proofs.json", "voted-keys.txt", "verify.py")
TITLE = "저녁에도 여는 동네 민원실"
SECONDS = 150


class Site:
    """One portal on its database and broker, in parts of time."""

    def __init__(self, folder: Path, database_url: str | None, redis_url: str | None) -> None:
        self.folder, self.database_url, self.redis_url = folder, database_url, redis_url

    @contextmanager
    def running(self, days: int) -> Iterator[Portal]:
        """The portal as it runs so many days from now."""
        ahead = {"PYTHONPATH": f"{ROOT / 'tests' / 'skew'}:{ROOT}", "CLOCK_SKEW_SECONDS": str(days * 86_400)}
        with running_portal(self.folder, self.database_url, self.redis_url, BALLOT_BATCH_MINUTES="0",
                            **(ahead if days else {})) as portal:
            yield portal

    def voters(self, days: int) -> list[Voter]:
        """Twelve people with confirmed addresses who are signed in then."""
        env = environment(self.folder, self.database_url, self.redis_url)
        app = create_app(from_env(commands.environment(env, "cli"), process="cli"))
        with app.app_context(), clock.at(clock.now() + timedelta(days=days)):
            keys = sign_in(CITIZENS)
            db.engine.dispose()
        return list(fill_in(app, keys))


def travel(site: Site, chromium: Browser, folder: Path) -> None:
    with site.running(0) as portal:
        number = propose(signed_in(chromium, portal, PROPOSER))
        accept(signed_in(chromium, portal, REVIEWER), number)
    voters = site.voters(VOTING_DAY)
    with site.running(VOTING_DAY) as portal:
        anybody = context(chromium, portal, locale="en").new_page()
        slug = open_vote(anybody, number)
        trackers = [vote(chromium, portal, slug, voter, "no" if place >= CITIZENS - NO_VOTES else "yes")
                    for place, voter in enumerate(voters)]
        assert len(set(trackers)) == CITIZENS
        item = in_the_queue(anybody, number)
        decide(chromium, portal, item)
        forwarded(anybody, number)
    with site.running(AFTER_THE_CLOSE) as portal:
        anybody = context(chromium, portal, locale="en").new_page()
        closed(anybody, slug)
        for tracker in trackers:
            find(anybody, slug, tracker)
        files = download(anybody, slug, folder / "files")
    for tracker in trackers:
        verdict = subprocess.run([sys.executable, files / "verify.py", files, "--tracker", tracker],
                                 capture_output=True, text=True, check=False)
        assert verdict.returncode == 0, verdict.stdout


def signed_in(browser: Browser, portal: Portal, address: str) -> Page:
    """A page of somebody of the demo."""
    page = context(browser, portal, locale="en").new_page()
    page.goto("/en/sign-in")
    page.fill("[name=address]", address)
    page.fill("[name=password]", PASSWORD)
    main_button(page).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def propose(page: Page) -> str:
    """Propose a task; its number."""
    page.goto("/en/forum/propose")
    page.fill("[name=problem]", "낮에 일하는 사람은 민원실이 여는 시간에 갈 수 없습니다.")
    page.fill("[name=idea]", "일주일에 이틀은 저녁 아홉 시까지 민원실을 엽니다.")
    page.fill("[name=title]", TITLE)
    main_button(page).click()
    page.wait_for_url("**/submit")
    if page.locator("[name=difference]").count():
        page.fill("[name=difference]", "다른 과제는 여는 시간을 다루지 않습니다.")
    assert axe_findings(page) == []
    main_button(page).click()
    page.wait_for_url("**/submitted")
    found = re.search(r"T-\d{4}-\d+", page.inner_text("main"))
    assert found, page.inner_text("main")
    return found.group()


def accept(page: Page, number: str) -> None:
    """Take the task and accept it."""
    page.goto(f"/en/forum/{number}/review")
    main_button(page).click()
    page.goto(f"/en/forum/{number}/review")
    for box in page.locator("[name=met]").all():
        box.check()
    page.check("[name=decision][value=accept]")
    page.fill("[name=reasons]", "모든 기준을 충족합니다.")
    main_button(page).click()
    page.wait_for_url(lambda url: not url.endswith("/review"))


def open_vote(page: Page, number: str) -> str:
    """Wait until the clock has opened the task's vote; its slug."""
    def link() -> str | None:
        page.goto(f"/en/forum/{number}")
        found = page.locator("main a[href*='/votes/task-']")
        return found.first.get_attribute("href") if found.count() else None

    wait(link, SECONDS, "link to the vote")
    slug = str(link()).rsplit("/", 1)[-1]

    def is_open() -> bool:
        page.goto(f"/en/votes/{slug}")
        return page.get_by_role("link", name="Sign in and vote").count() > 0

    wait(is_open, SECONDS, "open vote")
    return slug


def vote(browser: Browser, portal: Portal, slug: str, voter: Voter, choice: str) -> str:
    """Three taps from the link to the receipt; the tracker on it."""
    visitor = context(browser, portal, locale="en")
    name, _, value = voter.headers["Cookie"].partition("=")
    visitor.add_cookies([{"name": name, "value": value, "url": portal.url}])
    page = visitor.new_page()
    page.goto(f"/en/votes/{slug}")
    page.check(f"[name=choice][value={choice}]")
    main_button(page).click()
    expect(page.locator("h1")).to_have_text("Your vote is cast")
    assert axe_findings(page) == []
    picture(page, "receipt-of-a-vote")
    tracker = "-".join(page.locator(".cp-tracker").first.locator("li").all_inner_texts())
    visitor.close()
    return tracker


def in_the_queue(page: Page, number: str) -> str:
    """Wait until the threshold has brought the task to the committee; the address of its item."""
    def arrived() -> bool:
        page.goto(f"/en/forum/{number}")
        return "With the Committee" in page.inner_text("main")

    wait(arrived, SECONDS, "task in the committee's queue")
    assert "crossed" in page.inner_text("main").lower()
    picture(page, "task-in-committee")
    page.goto("/en/committees/innovation-forum/queue")
    link = page.locator("main a", has_text=TITLE).first.get_attribute("href")
    assert link, page.inner_text("main")
    return link


def decide(browser: Browser, portal: Portal, item: str) -> None:
    """A motion, the members' votes by name, and the decision."""
    support = signed_in(browser, portal, SUPPORT)
    support.goto(f"{item}/motion")
    support.check("[name=proposal][value=forward]")
    support.fill("[name=reasons]", "기준을 넘었고 실행할 수 있습니다.")
    main_button(support).click()
    support.wait_for_url(lambda url: not url.endswith("/motion"))
    voted = 0
    for address in MEMBERS:
        page = signed_in(browser, portal, address)
        page.goto(item)
        if page.locator("[name=choice][value=yes]").count():
            page.check("[name=choice][value=yes]")
            main_button(page).click()
            voted += 1
        page.context.close()
    assert voted >= 4

    def carried() -> bool:
        support.goto(item)
        return support.locator(f"main a[href$='{item}/decision']").count() > 0

    wait(carried, SECONDS, "end of the members' vote")
    support.goto(f"{item}/decision")
    support.fill("[name=reasons]", "위원회는 이 과제를 전략회의에 회부합니다.")
    main_button(support).click()
    support.goto(item)
    expect(support.locator("main")).to_contain_text("Forwarded to the strategy meeting")
    picture(support, "item-decided")


def forwarded(page: Page, number: str) -> None:
    """Wait until the task's public page tells the decision: caches may show an older one for half a minute."""
    def told() -> bool:
        page.goto(f"/en/forum/{number}")
        return "Forwarded to the strategy meeting" in page.inner_text("main")

    wait(told, SECONDS, "decision on the task's page")


def closed(page: Page, slug: str) -> None:
    """Wait until the clock has closed the vote and it is counted."""
    def over() -> bool:
        page.goto(f"/en/votes/{slug}")
        return page.locator("a[href*='voted-keys.txt']").count() > 0

    wait(over, SECONDS, "closed vote")
    assert axe_findings(page) == []
    picture(page, "vote-closed")


def find(page: Page, slug: str, tracker: str) -> None:
    """Look a tracker up as a citizen would, in small letters."""
    page.goto(f"/en/votes/{slug}/check")
    page.fill("[name=tracker]", tracker.lower())
    main_button(page).click()
    expect(page.locator("#found")).to_have_text("The ballot is in the public log")


def download(page: Page, slug: str, folder: Path) -> Path:
    """The files that the page of the vote offers."""
    folder.mkdir()
    for name in FILES:
        answer = page.request.get(f"/en/votes/{slug}/files/{name}")
        assert answer.ok, (name, answer.status)
        (folder / name).write_bytes(answer.body())
    return folder
