"""Pages about officials: second factors, leavers, whom a matter is about, exports."""

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.models import OpenIDLink, Passkey, SecondFactor
from civicportal.accounts.queries import confirmed_by_address
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from civicportal.petitions.models import MatterSubject, Petition
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, JONGNO, MANAGER, OFFICER, OPERATOR, Visit, press, send_empty

REVIEWER, SUPPORT, UNLINKED = "reviewer@example.com", "support@example.com", "dohyeon.baek@example.com"


def staff_visits(portal: Live) -> list[Visit]:
    """A reviewer has a second factor and is linked, an officer is not linked, a support officer has no factor."""
    number = portal.matter(CITIZEN, JONGNO, "담당자가 서류를 돌려주지 않습니다")
    with portal.app.app_context(), atomic() as session:
        reviewer, officer = confirmed_by_address(REVIEWER), confirmed_by_address(UNLINKED)
        for person in (reviewer, officer):
            session.merge(SecondFactor(person_id=person.id, nonce="x", tries_since=now()))
        if session.scalar(select(Passkey.id)) is None:
            session.add(Passkey(person_id=reviewer.id, credential="x", public_key="x", sign_count=0, browser="Firefox"))
        issuer = portal.app.config["SETTINGS"].oidc_issuer
        if session.scalar(select(OpenIDLink.id)) is None:
            session.add(OpenIDLink(person_id=reviewer.id, issuer=issuer, subject="x"))
        matter = session.scalars(select(Petition.id).where(Petition.number == number)).one()
        session.add(MatterSubject(petition_id=matter, person_id=officer.id, named_by_id=reviewer.id))
        people = {address: confirmed_by_address(address).id for address in (REVIEWER, SUPPORT, OFFICER)}
    officials = f"/petitions/{number}/officials"
    return [
        Visit("second-factor", "/second-factor", REVIEWER),
        Visit("second-factor-wrong", "/second-factor", REVIEWER, act=send_empty),
        Visit("openid-leaving", "/sign-in", act=leave_for_provider),
        Visit("my-second-factor-unlinked", "/account/second-factor", UNLINKED),
        Visit("my-second-factor", "/account/second-factor", REVIEWER),
        Visit("recovery-codes", "/account/second-factor", REVIEWER, act=make_codes),
        Visit("my-second-factor-none", "/account/second-factor", SUPPORT),
        Visit("second-factor-set-up", "/second-factor/set-up", SUPPORT),
        Visit("second-factor-set-up-wrong", "/second-factor/set-up", SUPPORT, act=send_empty),
        Visit("account-of-staff", "/account", SUPPORT),
        Visit("portal-people", "/operator/people", OPERATOR, desk=True),
        Visit("second-factor-reset", f"/operator/people/{people[REVIEWER]}/second-factor", OPERATOR),
        Visit("second-factor-reset-none", f"/operator/people/{people[SUPPORT]}/second-factor", OPERATOR),
        Visit("leaving", f"/operator/people/{people[OFFICER]}/leaving", OPERATOR),
        Visit("leaving-nothing", f"/operator/people/{people[SUPPORT]}/leaving", OPERATOR),
        Visit("subjects-of-officers", officials, MANAGER), Visit("subjects-of-operators", officials, OPERATOR),
        Visit("subjects-of-author", officials, CITIZEN),
        Visit("subjects-wrong", officials, CITIZEN, act=send_empty),
        Visit("petition-with-views", f"/petitions/{number}", CITIZEN),
        Visit("export", f"/desk/{JONGNO}/export", MANAGER),
        Visit("export-wrong", f"/desk/{JONGNO}/export", MANAGER, act=press),
    ]


def leave_for_provider(page: Page) -> None:
    """Look at the page that leads to the OpenID provider, and stay on it."""
    page.route("**/authorize*", lambda route: route.fulfill(status=204))
    page.locator("form[action$='/sign-in/openid'] button").click()
    page.wait_for_selector("a[href*='/authorize']")


def make_codes(page: Page) -> None:
    """Ask for new recovery codes."""
    page.locator("form[action$=recovery-codes] button").click()
    page.wait_for_load_state()
