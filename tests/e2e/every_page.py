"""Every page is looked at: in both languages on a phone, a sample at a desk; axe, valid HTML, no sideways scrolling."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests import needs
from tests.accounts.openid_server import CLIENT, SECRET, OpenIDServer, running
from tests.e2e.checks import axe_findings, html_findings, too_wide
from tests.e2e.conftest import DESKTOP, PHONE, context, picture
from tests.e2e.live import Live, live_portal
from tests.e2e.visits import Visit, all_visits

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {
    # shown by tests that provoke them
    "errors/413.html", "errors/429.html", "errors/500.html", "errors/resend.html",
}


def look_at_every_page(chromium: Browser, locale: str, folder: Path) -> None:
    """Visit every page in a language; fails with one line for each thing that is not as it should be."""
    sources: dict[str, str] = {}
    with running(OpenIDServer()) as provider, live_portal(folder) as live, live.settings(
            oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_title_ko="통합로그인",
            oidc_title_en="City ID", oidc_second_factor_amr=("mfa",)):
        found = _visits(live, chromium, locale, sources) + _unseen(live)
    assert not found, "\n".join(found)
    needs.need(needs.HTML_VALIDATE.exists(), "html-validate (npm install)")
    sent = folder / "sent"
    sent.mkdir()
    invalid = html_findings(sources, sent)
    assert not invalid, "\n".join(invalid)


def _visits(live: Live, chromium: Browser, locale: str, sources: dict[str, str]) -> list[str]:
    found, pages = [], {}
    for visit in all_visits(live):
        page = pages.get(visit.who) or pages.setdefault(visit.who, _page(live, chromium, visit, locale))
        found += [f"{visit.name} ({locale}): {line}" for line in _look(page, visit, locale, sources)]
    return found


def _unseen(live: Live) -> list[str]:
    pages = {str(path.relative_to(ROOT / "templates")) for path in ROOT.glob("templates/**/*.html")}
    pages = {name for name in pages if not re.search(r"emails/|^components/|^layouts/|/_", name)}
    return [f"never looked at: {name}" for name in sorted(pages - live.rendered - _included() - ELSEWHERE)]


def _page(live: Live, chromium: Browser, visit: Visit, locale: str) -> Page:
    visitor = context(chromium, live, locale=locale)
    if visit.who:
        live.sign_in(visitor, visit.who)
    return visitor.new_page()


def _look(page: Page, visit: Visit, locale: str, sources: dict[str, str]) -> list[str]:
    found: list[str] = []
    page.set_viewport_size(PHONE)
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    page.goto(visit.path if visit.path.startswith("/dev/") else f"/{locale}{visit.path}")
    try:
        if visit.act:
            visit.act(page)
    except PlaywrightError as error:
        return [*found, f"cannot be done: {error.message[:300]}"]
    found += [f"wide: {line}" for line in too_wide(page)] + axe_findings(page)
    sources[f"{visit.name}-{locale}"] = page.request.get(page.url).text() if not visit.act else _source(page)
    picture(page, f"{visit.name}-{locale}-390")
    if visit.desk:
        page.set_viewport_size(DESKTOP)
        found += [f"wide at 1280: {line}" for line in too_wide(page)]
        picture(page, f"{visit.name}-{locale}-1280")
    return found


def _source(page: Page) -> str:
    """What the server sent cannot be fetched again after a POST, so the page as the browser holds it."""
    text = "<!DOCTYPE html>\n" + page.content().removeprefix("<!DOCTYPE html>")
    return re.sub(r' (class="[^"]*js-enabled[^"]*"|data-[a-z-]+-init="")', "", text)


def _included() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("templates/**/*.html"))
    return set(re.findall(r'{%-? include "([^"]+)"', text))
