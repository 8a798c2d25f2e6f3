"""Every page with the people who see it, empty, full and wrong."""

from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.services import confirm_address, grant_role, guest, issue_token, token_text
from civicportal.accounts.states import TokenPurpose
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.institutions.models import Institution
from civicportal.notifications import mailbox
from civicportal.notifications import services as notifications
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.services import answers, drafts
from civicportal.petitions.services.filing import file_draft
from civicportal.petitions.states import AssignmentState, PetitionState, Publication
from tests.e2e.committee_visits import committee_visits
from tests.e2e.desk_visits import desk_visits
from tests.e2e.evidence_visits import evidence_visits
from tests.e2e.forum_visits import forum_visits
from tests.e2e.keeping_visits import keeping_visits
from tests.e2e.live import Live
from tests.e2e.publication_visits import publication_visits
from tests.e2e.receipt_visits import receipt_visits
from tests.e2e.staff_visits import staff_visits
from tests.e2e.visit import (
    CITIZEN,
    JONGNO,
    MANAGER,
    NEIGHBOUR,
    OFFICER,
    OPERATOR,
    PASSWORD,
    Visit,
    press,
    say_mine,
    say_not_mine,
    send_empty,
)
from tests.e2e.vote_visits import vote_visits


def public_visits(portal: Live) -> list[Visit]:
    """What anybody can open."""
    shown = portal.one(select(Petition.number).where(
        Petition.publication == Publication.PUBLISHED, Petition.state == PetitionState.ANSWERED))
    return [
        Visit("home", "/", desk=True), Visit("help", "/help"), Visit("privacy", "/privacy"),
        Visit("accessibility", "/accessibility"),
        Visit("petitions", "/petitions", desk=True), Visit("petitions-none", "/petitions?q=zzzz"),
        Visit("petition", f"/petitions/{shown}", desk=True),
        Visit("institutions", "/institutions", desk=True), Visit("institutions-none", "/institutions?q=zzzz"),
        Visit("institution", f"/institutions/{JONGNO}", desk=True), Visit("institution-closed", "/institutions/cha"),
        Visit("register", "/register"), Visit("register-wrong", "/register", act=send_empty),
        Visit("register-sent", "/register/sent"), Visit("sign-in", "/sign-in"),
        Visit("sign-in-wrong", "/sign-in", act=send_empty), Visit("sign-in-code", "/sign-in/code"),
        Visit("sign-in-code-enter", "/sign-in/code", act=ask_for_code),
        Visit("reset", "/reset"), Visit("reset-sent", "/reset/sent"),
        Visit("not-found", "/nothing-here"), Visit("gone", "/reset/unknown.token"),
        Visit("account-deleted", "/account/deleted"), Visit("my-matters-401", "/my-matters"),
        *token_visits(portal),
    ]


def ask_for_code(page: Page) -> None:
    """Ask for a one-time code."""
    page.fill("[name=address]", CITIZEN)
    press(page)


def token_visits(portal: Live) -> list[Visit]:
    """Pages behind mailed links; each made anew, since a link is good for once."""
    with portal.app.app_context(), atomic() as session:
        known = confirmed_by_address(CITIZEN)
        newcomer = guest("이바다", "new.bada@example.org", None, "ko")
        again = guest("김하늘", CITIZEN, None, "ko")
        taken = token_text(issue_token(again, TokenPurpose.REGISTER, timedelta(days=1)))
        filer = session.scalars(select(Petition).where(Petition.state == PetitionState.UNCONFIRMED)).first()
        day = timedelta(days=1)
        reset = token_text(issue_token(known, TokenPurpose.RESET, day))
        register = token_text(issue_token(newcomer, TokenPurpose.REGISTER, day))
        confirm = token_text(issue_token(filer.author, TokenPurpose.CONFIRM_FILING, day)) if filer else ""
        mover = confirm_address(guest("서이사", f"mover-{token_hex(4)}@example.org", None, "ko"), SYSTEM)
        new = token_text(issue_token(mover, TokenPurpose.CHANGE_ADDRESS, day, {"address": f"at-{mover.address}"}))
    return [
        Visit("reset-set", f"/reset/{reset}"), Visit("reset-set-wrong", f"/reset/{reset}", act=send_empty),
        Visit("register-confirm", f"/register/{register}"),
        Visit("register-known", f"/register/{taken}", act=choose_password),
        Visit("address-confirm", f"/address/{new}"),
        Visit("address-confirmed", f"/address/{new}", act=say_mine),
        Visit("disowned", f"/petitions/confirm/{_misused_address(portal)}", act=say_not_mine),
        *([Visit("confirm", f"/petitions/confirm/{confirm}"),
           Visit("confirm-wrong", f"/petitions/confirm/{confirm}", act=press),
           Visit("confirmed", f"/petitions/confirm/{confirm}", act=say_mine)] if filer else []),
    ]


def _misused_address(portal: Live) -> str:
    """The link of somebody whose address another person has used."""
    with portal.app.app_context():
        draft = drafts.start(None, type="petition", locale="ko")
        drafts.save(None, draft, title="제가 쓰지 않은 글", text="다른 사람의 메일 주소로 쓴 글입니다.", name="이바다",
                    address=f"stranger-{token_hex(4)}@example.org", wants_public=False)
        stranger = file_draft(None, draft, JONGNO).author
        return token_text(issue_token(stranger, TokenPurpose.CONFIRM_FILING, timedelta(days=1)))


def choose_password(page: Page) -> None:
    """Type a password that will do."""
    page.fill("[name=new_password]", PASSWORD)
    press(page)


def mail_visits(portal: Live) -> list[Visit]:
    """The mailbox of a development machine, after what waits was delivered."""
    with portal.app.app_context():
        draft = drafts.start(None, type="petition", locale="ko")
        drafts.save(None, draft, title="보도블록이 깨졌습니다", text="역 앞 보도블록이 깨져 걸려 넘어질 뻔했습니다.",
                    name="이바다", address="mail.bada@example.org", wants_public=False)
        file_draft(None, draft, JONGNO)
        for message_id in current().scalars(select(OutboxMessage.id).where(
                OutboxMessage.channel == "email", OutboxMessage.state == DeliveryState.WAITING)).all():
            notifications.deliver(message_id)
        row = current().scalars(select(OutboxMessage).where(OutboxMessage.channel == "portal")).first()
        with atomic():
            row.optional = True
        stop = f"/notices/unsubscribe/{row.id}/{notifications._signature(row)}"
        newest = mailbox.mails(Path(portal.app.config["SETTINGS"].instance_path) / "mail")[0].name
    return [Visit("mailbox", "/dev/mailbox"), Visit("mailbox-none", "/dev/mailbox?to=nobody@example.org"),
            Visit("mailbox-mail", f"/dev/mailbox/{newest}"),
            Visit("unsubscribe", stop), Visit("unsubscribed", stop, act=press)]


def filing_visits(portal: Live) -> list[Visit]:
    """The question pages of a guest, empty, full and wrong."""
    with portal.app.app_context():
        empty = drafts.start(None, type="petition", locale="ko").key
        full = drafts.start(None, type="petition", locale="ko")
        drafts.save(None, full, title="가로등이 꺼져 있습니다", text="경복궁역 앞 가로등이 꺼졌습니다. 고쳐 주세요.",
                    region_code="11110", wants_public=True)
        key = full.key
        gone = drafts.start(None, type="petition", locale="ko").key
    return [
        Visit("file-what", "/file"), Visit("file-what-wrong", "/file", act=send_empty),
        Visit("file-kind", f"/file/{key}/what"),
        Visit("file-text", f"/file/{key}/text"), Visit("file-text-wrong", f"/file/{empty}/text", act=send_empty),
        Visit("file-place", f"/file/{key}/place"), Visit("file-files", f"/file/{key}/files"),
        Visit("file-readers", f"/file/{key}/readers"), Visit("file-readers-wrong", f"/file/{empty}/readers", act=press),
        Visit("file-check", f"/file/{key}/check", desk=True),
        Visit("file-check-wrong", f"/file/{key}/check", act=send_empty),
        Visit("file-choose", f"/file/{key}/institution?q=종로"), Visit("file-delete", f"/file/{empty}/delete"),
        Visit("file-deleted", f"/file/{gone}/delete", act=press), Visit("file-done", f"/file/{key}/check", act=file_it),
    ]


def file_it(page: Page) -> None:
    """Fill in the last question page and send it."""
    page.locator("input[name=institution]").first.check()
    page.fill("[name=name]", "이바다")
    page.fill("[name=address]", "bada.lee@example.org")
    press(page)


def citizen_visits(portal: Live) -> list[Visit]:
    """What a signed-in citizen sees."""
    with portal.app.app_context():
        author = confirmed_by_address(CITIZEN).id
        mine = select(Petition.number).where(Petition.author_id == author)
        notice = current().scalars(select(OutboxMessage.id).where(
            OutboxMessage.person_id == author, OutboxMessage.channel == "portal")).first()
        unrated = current().scalars(mine.where(
            Petition.state == PetitionState.ANSWERED, ~Petition.satisfactions.any())).first()
    visits = [
        Visit("home-signed-in", "/"), Visit("my-matters", "/my-matters", desk=True), Visit("notices", "/notices"),
        Visit("notice", f"/notices/{notice}"), Visit("my-petition", f"/petitions/{portal.one(mine)}"),
        Visit("account", "/account", desk=True), Visit("account-edit", "/account/edit"),
        Visit("account-edit-wrong", "/account/edit", act=send_empty), Visit("change-address", "/account/address"),
        Visit("password", "/account/password"), Visit("password-wrong", "/account/password", act=send_empty),
        Visit("sessions", "/account/sessions"), Visit("identity", "/account/identity"),
Visit("account-delete", "/account/delete"),
        Visit("desk-403", "/desk"),
    ]
    if unrated:
        visits += [Visit("rate", f"/petitions/{unrated}/rate"),
                   Visit("rate-wrong", f"/petitions/{unrated}/rate", act=send_empty),
                   Visit("rated", f"/petitions/{unrated}/rate", act=rate_low),
                   Visit("rated-again", f"/petitions/{unrated}/rate"),
                   Visit("ask-again", f"/petitions/{unrated}/ask-again")]
    return [Visit(one.name, one.path, CITIZEN, one.act, one.desk) for one in visits] + [
        Visit("console-identity", "/account/identity", NEIGHBOUR, act=press),
        Visit("identity-return", "/account/identity", NEIGHBOUR, act=prove),
        Visit("my-matters-none", "/my-matters", "saebyeok.oh@example.com"),
        Visit("notices-none", "/notices", "saebyeok.oh@example.com"),
    ]


def prove(page: Page) -> None:
    """Go to the test identity service and come back."""
    press(page)
    page.fill("[name=subject]", "남궁가온")
    press(page)


def rate_low(page: Page) -> None:
    """Give the lowest mark."""
    page.check("input[name=rating][value='1']")
    press(page)


def officer_visits(portal: Live) -> list[Visit]:
    """What officers and managers of one institution see."""
    here = select(Petition.number).join(Assignment).join(
        Institution, Institution.id == Assignment.institution_id).where(Institution.code == JONGNO)
    new = portal.one(here.where(
        Assignment.state == AssignmentState.WAITING, Petition.publication == Publication.PENDING))
    with portal.app.app_context():
        officer = confirmed_by_address(OFFICER)
        mine = current().scalars(here.where(
            Assignment.state == AssignmentState.IN_PROGRESS, Assignment.officer_id == officer.id)).first()
        done = current().scalars(here.where(Assignment.state == AssignmentState.ANSWERED)).first()
    at, matter = "/desk/matters", f"/desk/matters/{mine}"
    visits = [
        Visit("desk", "/desk", desk=True), *(Visit(f"inbox-{tab}", f"/desk/{JONGNO}?tab={tab}") for tab in (
            "mine", "due-soon", "overdue", "answered")),
        Visit("inbox-nothing", f"/desk/{JONGNO}?tab=new&q=zzzz"),
        Visit("matter-new", f"{at}/{new}", desk=True), Visit("matter-mine", matter, desk=True),
        Visit("matter-answered", f"{at}/{done}"),
        Visit("publication", f"{at}/{new}/publication"),
        Visit("publication-wrong", f"{at}/{new}/publication", act=press),
        Visit("transfer", f"{matter}/transfer?q=서울"), Visit("transfer-to", f"{matter}/transfer?to=seoul"),
        Visit("transfer-wrong", f"{matter}/transfer?to=seoul", act=send_empty),
        Visit("answer", f"{matter}/answer", desk=True), Visit("answer-wrong", f"{matter}/answer", act=send_empty),
        Visit("answer-preview", f"{matter}/answer", act=lambda page: write(page, "preview")),
        Visit("answer-conflict", f"{matter}/answer", act=lambda page: write_late(portal, mine, page)),
        Visit("answer-send", f"{matter}/answer", act=lambda page: write(page, "send"), desk=True),
    ]
    return [Visit(one.name, one.path, OFFICER, one.act, one.desk) for one in visits] + [
        Visit("desk-choice", "/desk", two_desks(portal)),
        Visit("assign", f"{at}/{new}/assign", MANAGER, desk=True),
        Visit("too-late", f"{at}/{new}/assign", MANAGER, act=assign_late),
    ]


def two_desks(portal: Live) -> str:
    """Let the director work for a second institution too; the director's address."""
    address = "yeoul.han@example.com"
    with portal.app.app_context():
        director = confirmed_by_address(address)
        seoul = current().scalars(select(Institution.id).where(Institution.code == "seoul")).one()
        if len(actor_for(director).held) == 2:
            grant_role(SYSTEM, director, Role.DIRECTOR, seoul)
    return address


def write(page: Page, intent: str) -> None:
    """Type an answer and press one of its buttons."""
    page.fill("[name=text]", "가로등을 **고쳤습니다**.\n\n- 다음 점검은 12월입니다.")
    page.locator(f"button[name=intent][value={intent}]").click()
    page.wait_for_load_state()


def write_late(portal: Live, number: str, page: Page) -> None:
    """Save after a colleague saved another text."""
    with portal.app.app_context():
        part = current().scalars(select(Assignment).join(Petition).where(
            Petition.number == number, Assignment.state == AssignmentState.IN_PROGRESS)).one()
        manager = actor_for(confirmed_by_address(MANAGER))
        seen = part.answer.current if part.answer else 0
        answers.save(manager, part, text=f"동료가 먼저 쓴 글입니다. {seen}", base_version=seen)
    write(page, "save")


def assign_late(page: Page) -> None:
    """Send the form with a version that has gone by."""
    page.evaluate("document.querySelector('[name=version]').value = '0'")
    press(page)


def operator_visits(portal: Live) -> list[Visit]:
    """What operators see."""
    waiting = portal.one(select(Petition.number).where(Petition.state == PetitionState.TRIAGE))
    return [Visit(one.name, one.path, OPERATOR, one.act, one.desk) for one in [
        Visit("triage", "/operator/triage", desk=True), Visit("place", f"/operator/triage/{waiting}", desk=True),
        Visit("place-wrong", f"/operator/triage/{waiting}?to=seoul", act=send_empty),
        Visit("delivery", "/operator/delivery"), Visit("institution-new", "/operator/institutions/new"),
        Visit("institution-new-wrong", "/operator/institutions/new", act=send_empty),
        Visit("institution-edit", f"/operator/institutions/{JONGNO}/edit", desk=True),
        Visit("institution-people", f"/operator/institutions/{JONGNO}/people"),
        Visit("department-new", f"/operator/institutions/{JONGNO}/departments/new"),
    ]]


def all_visits(portal: Live) -> list[Visit]:
    """Every visit, in an order in which later ones do not spoil earlier ones."""
    makers = (public_visits, mail_visits, filing_visits, citizen_visits, evidence_visits, receipt_visits, forum_visits,
              vote_visits, committee_visits, officer_visits, publication_visits, operator_visits, keeping_visits,
              staff_visits, desk_visits)
    return [visit for maker in makers for visit in maker(portal)]
