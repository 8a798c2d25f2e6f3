"""Small screens and large text: nothing scrolls sideways, nothing is cut off, everything can be hit with a finger."""

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.core.transactions import current
from civicportal.petitions.models import Petition
from civicportal.petitions.services import desk, drafts
from civicportal.petitions.states import PetitionState, Publication
from tests.e2e.checks import too_wide
from tests.e2e.conftest import context, picture
from tests.e2e.forum_visits import REVIEWER, WRITER, make_tasks
from tests.e2e.live import Live
from tests.e2e.visits import CITIZEN, JONGNO, OFFICER, press

NARROW = {"width": 320, "height": 640}
TARGET_PX, MAIN_TARGET_PX = 24, 44
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(item => {
    const aside = '.govuk-visually-hidden, .govuk-skip-link, dialog:not([open]), svg, thead';
    if (item.closest(aside) || !item.checkVisibility() || !item.clientWidth) return false;
    const style = getComputedStyle(item);
    if (['hidden', 'clip'].includes(style.overflowY) && item.scrollHeight > item.clientHeight + 1) return true;
    if (item.tagName === 'INPUT') return false; // scrolls with what is typed
    return style.textOverflow === 'ellipsis'
        || style.overflowX !== 'visible' && item.scrollWidth > item.clientWidth + 1;
}).map(item => 'cut off: ' + item.outerHTML.slice(0, 160))"""
SMALL = """([least, main]) => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary'
)].flatMap(item => {
    if (item.closest('.govuk-skip-link, dialog:not([open])') || !item.checkVisibility()) return [];
    const block = item.closest('p, li, td, dd, h1, h2, h3, div');
    const inSentence = item.tagName === 'A' && getComputedStyle(item).display === 'inline'
        && block.textContent.trim() !== item.textContent.trim();
    const needed = item.matches('.govuk-button, .govuk-input, .govuk-select, .cp-file') ? main : least;
    const {width, height} = item.getBoundingClientRect();
    if (inSentence || height >= needed - 0.5 && width >= least - 0.5) return [];
    return [`small (${Math.round(width)} x ${Math.round(height)}): ` + item.outerHTML.slice(0, 160)];
})"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def places(live: Live) -> dict[str, list[str]]:
    """Who looks at which pages; texts hold a word that is longer than the screen."""
    number = live.matter(CITIZEN, JONGNO, f"가로등 {LONG_WORD}")
    shown = live.one(select(Petition.number).where(
        Petition.publication == Publication.PUBLISHED, Petition.state == PetitionState.ANSWERED))
    with live.app.app_context():
        draft = drafts.start(None, type="petition", locale="ko")
        drafts.save(None, draft, title=f"가로등 {LONG_WORD}", text=f"경복궁역 앞 {LONG_WORD}", region_code="11110")
        steps = [f"/file/{draft.key}/{step}" for step in ("text", "place", "files", "readers", "check")]
        officer = actor_for(confirmed_by_address(OFFICER))
        petition = current().scalars(select(Petition).where(Petition.number == number)).one()
        desk.take(officer, petition.assignments[0], version=petition.assignments[0].version)
        tasks = {name: f"/forum/{number}" for name, number in make_tasks().items()}
    matter = f"/desk/matters/{number}"
    return {
        "": ["/", "/petitions", f"/petitions/{shown}", "/institutions", "/sign-in", "/file", *steps,
             "/forum", "/forum/rules", tasks["voting"], tasks["brought"], f"{tasks['reading']}/versions"],
        CITIZEN: [f"/petitions/{number}", "/my-matters", "/notices"],
        WRITER: ["/forum/propose", tasks["reading"], f"{tasks['draft']}/submit", "/my-matters/tasks"],
        REVIEWER: ["/forum/review", f"{tasks['taken']}/review"],
        OFFICER: [f"/desk/{JONGNO}?tab=mine", matter, f"{matter}/answer"],
    }


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_narrow_screens(live: Live, chromium: Browser, places: dict[str, list[str]], locale: str) -> None:
    found: list[str] = []
    for who, paths in places.items():
        visitor = context(chromium, live, locale=locale, bypass_csp=True)
        if who:
            live.sign_in(visitor, who)
        page = visitor.new_page()
        page.set_viewport_size(NARROW)
        for path in paths:
            page.goto(f"/{locale}{path}")
            found += _judge(page, "320")
            found += [f"{page.url}: {line}" for line in page.evaluate(SMALL, [TARGET_PX, MAIN_TARGET_PX])]
            page.add_style_tag(content="html { font-size: 200% !important; }")
            found += _judge(page, "320-large")
    assert not found, "\n".join(found)


def _judge(page: Page, name: str) -> list[str]:
    picture(page, page.url.split("/", 3)[3].replace("/", "-").partition("?")[0] + f"-{name}")
    return [f"{page.url} ({name}): {line}" for line in [*too_wide(page), *page.evaluate(CUT_OFF)]]


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_pages_with_errors_on_narrow_screens(live: Live, chromium: Browser, locale: str) -> None:
    page = context(chromium, live, locale=locale).new_page()
    page.set_viewport_size(NARROW)
    page.goto(f"/{locale}/sign-in")
    press(page)
    assert page.locator(".govuk-error-summary").is_visible()
    assert _judge(page, "wrong") + page.evaluate(SMALL, [TARGET_PX, MAIN_TARGET_PX]) == []
