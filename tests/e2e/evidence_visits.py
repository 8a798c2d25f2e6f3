"""Pages of additions, representatives, filings that officers enter, and files with the people who see them."""

from datetime import timedelta
from io import BytesIO
from secrets import token_hex

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.models import MailToken
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.services import token_text
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.transactions import current
from civicportal.institutions.queries import by_code
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.services import drafts
from civicportal.petitions.services.additions import add
from civicportal.petitions.services.entering import Told, enter_filing
from civicportal.petitions.services.filing import file_draft
from civicportal.petitions.services.representatives import accept, appoint
from civicportal.petitions.states import Channel
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, JONGNO, NEIGHBOUR, OFFICER, Visit, press, say_mine, send_empty
from tests.petitions.samples import picture


class Sent:
    """A file as a form brings it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.filename: str | None = name
        self.stream = BytesIO(content)


def evidence_visits(portal: Live) -> list[Visit]:
    """A matter with additions and two representatives, one an officer entered, and a guest who has just filed."""
    number = portal.matter(CITIZEN, JONGNO, "육교 승강기가 멈췄습니다")
    with portal.app.app_context():
        petition = current().scalars(select(Petition).where(Petition.number == number)).one()
        author = actor_for(petition.author)
        add(author, petition, text="오늘도 멈춰 있습니다.", uploads=[Sent("승강기.jpg", picture())])
        neighbour = appoint(author, petition, name="남궁가온", address=NEIGHBOUR)
        accept(link(neighbour.person_id))
        token = link(appoint(author, petition, name="이바다", address=f"bada-{token_hex(4)}@example.org").person_id)
        entered = enter_filing(
            actor_for(confirmed_by_address(OFFICER)), by_code(JONGNO), Told(
                key=token_hex(16), channel=Channel.COUNTER, filed_at=now() - timedelta(days=1), type="petition",
                title="경로당 난방이 안 됩니다", text="며칠째 난방이 안 들어옵니다.", name="박순자",
                address="sunja@example.org"), [Sent("scan.png", picture("PNG"))]).number
        confirm = link(current().scalar(select(Petition.author_id).where(Petition.number == entered)))
        key, photo = guest_key(), photo_key()
    own = f"/petitions/{number}"
    return [
        Visit("matter-with-additions", own, CITIZEN, desk=True), Visit("add", f"{own}/add", CITIZEN, desk=True),
        Visit("add-wrong", f"{own}/add", CITIZEN, act=send_empty),
        Visit("representatives", f"{own}/representatives", CITIZEN, desk=True),
        Visit("representatives-wrong", f"{own}/representatives", CITIZEN, act=appoint_nobody),
        Visit("matter-of-somebody", own, NEIGHBOUR), Visit("my-matters-of-somebody", "/my-matters", NEIGHBOUR),
        Visit("represent", f"/petitions/represent/{token}"),
        Visit("represent-unanswered", f"/petitions/represent/{token}", act=press),
        Visit("represented", f"/petitions/represent/{token}", act=say_mine),
        Visit("guest-add", f"/file/{key}/add"), Visit("guest-added", f"/file/{key}/add", act=add_words),
        Visit("guest-done", f"/file/{key}/done"), Visit("file-files-photo", f"/file/{photo}/files"),
        Visit("desk-additions", f"/desk/matters/{number}", OFFICER, desk=True),
        Visit("enter", f"/desk/{JONGNO}/enter", OFFICER, desk=True),
        Visit("enter-wrong", f"/desk/{JONGNO}/enter", OFFICER, act=send_empty),
        Visit("entry-receipt", f"/desk/matters/{entered}/receipt", OFFICER, desk=True),
        Visit("entry-address", f"/desk/matters/{entered}/address", OFFICER, desk=True),
        Visit("confirm-entered", f"/petitions/confirm/{confirm}"),
    ]


def link(person_id: int | None) -> str:
    """The mailed link of a person who has one."""
    purposes = (TokenPurpose.REPRESENT, TokenPurpose.CONFIRM_FILING)
    token = current().scalars(select(MailToken).where(
        MailToken.person_id == person_id, MailToken.purpose.in_(purposes), MailToken.used_at.is_(None))).one()
    return token_text(token)


def guest_key() -> str:
    """The key of what a guest has just filed."""
    draft = drafts.start(None, type="petition", locale="ko")
    drafts.save(None, draft, title="횡단보도가 지워졌습니다", text="학교 앞 횡단보도가 지워졌습니다.", name="이바다",
                address=f"guest-{token_hex(4)}@example.org", wants_public=False)
    file_draft(None, draft, JONGNO)
    return draft.key


def photo_key() -> str:
    """The key of a draft with a photo."""
    draft: Draft = drafts.start(None, type="petition", locale="ko")
    drafts.add_files(None, draft, [Sent("사진.jpg", picture())])
    return draft.key


def appoint_nobody(page: Page) -> None:
    """Send the last form, which appoints somebody, with nothing typed."""
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_load_state()


def add_words(page: Page) -> None:
    """Write a message and send it."""
    page.fill("[name=text]", "사진을 나중에 보냅니다.")
    press(page)
