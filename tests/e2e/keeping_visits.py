"""Switches and retention as operators see them, and what everybody is told while something is off."""

from datetime import timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.queries import in_force_on, waiting_on
from civicportal.deadlines.services import add_closure
from civicportal.petitions.models import Petition
from civicportal.petitions.states import PetitionState
from civicportal.retention.models import HeldKind, RetentionRun
from civicportal.retention.queries import holds
from civicportal.retention.services.holding import begin_hold
from civicportal.switches.functions import Function
from civicportal.switches.queries import all_off
from civicportal.switches.services import switch_off, switch_on
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, OPERATOR, Visit, press, send_empty


def keeping_visits(portal: Live) -> list[Visit]:
    """Every page, empty, full and wrong; the last visit switches everything on again."""
    number = portal.one(select(Petition.number).where(Petition.state == PetitionState.ANSWERED))
    with portal.app.app_context():
        found = [hold for hold in holds() if hold.label == number]
        hold = found[0] if found else begin_hold(SYSTEM, HeldKind.PETITION, number, reason="서울고등법원 소송")
        switch_off(SYSTEM, Function.MAIL, minutes=5, reason_ko="메일 서버 점검", reason_en="Mail server checks.")
        switch_on(SYSTEM, Function.MAIL)
        for days in (0, 30):
            day = local(now()).date() + timedelta(days=days)
            if not (in_force_on(day) or waiting_on(day)):
                add_closure(SYSTEM, day=day, kind=ClosureKind.CLOSED, name_ko="임시공휴일", name_en="Temporary holiday",
                            reason_ko="태풍으로 관공서가 문을 닫습니다.", reason_en="Offices close: a typhoon.")
        with atomic() as session:
            session.add(RetentionRun(
                period="drafts", version=1, before=now(), count=12, started_at=now(), finished_at=now()))
            session.add(RetentionRun(period="mails", version=1, before=now(), started_at=now()))
        hold_id = hold.id
    off = "/operator/switches/filing/off"
    return [
        Visit("switches", "/operator/switches", OPERATOR, desk=True),
        Visit("switch-off", "/operator/switches/voting/off", OPERATOR),
        Visit("switch-off-wrong", off, OPERATOR, act=send_empty),
        Visit("switch-off-done", off, OPERATOR, act=fill_and_press, desk=True),
        Visit("switched-off-filing", "/petitions"),
        Visit("switched-off-refused", "/account/edit", CITIZEN, act=lambda page: read_only(portal, page)),
        Visit("switched-off-home", "/", desk=True),
        Visit("calendar", "/calendar"), Visit("calendar-desk", "/operator/calendar", OPERATOR, desk=True),
        Visit("calendar-new", "/operator/calendar/new", OPERATOR),
        Visit("calendar-new-wrong", "/operator/calendar/new", OPERATOR, act=send_empty),
        Visit("retention", "/operator/retention", OPERATOR, desk=True),
        Visit("hold-new", "/operator/retention/holds/new", OPERATOR),
        Visit("hold-new-wrong", "/operator/retention/holds/new", OPERATOR, act=send_empty),
        Visit("hold-end", f"/operator/retention/holds/{hold_id}/end", OPERATOR),
        Visit("switches-on", "/operator/switches", OPERATOR, act=lambda page: all_on(portal, page)),
    ]


def fill_and_press(page: Page) -> None:
    """Switch filing off for an hour and a half."""
    page.fill("[name=minutes]", "90")
    page.fill("[name=reason_ko]", "데이터베이스를 옮깁니다.")
    page.fill("[name=reason_en]", "The database is moved.")
    press(page)


def read_only(portal: Live, page: Page) -> None:
    """Send a form in read-only mode."""
    with portal.app.app_context():
        switch_off(SYSTEM, Function.CHANGES, minutes=30, reason_ko="정기 점검", reason_en="Regular maintenance.")
    press(page)


def all_on(portal: Live, page: Page) -> None:
    """Nothing that comes later shall find a switch off."""
    with portal.app.app_context():
        for function in all_off():
            switch_on(SYSTEM, function)
    page.reload()
