"""Pages of receipts and of the public record with the people who see them."""

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.queries import confirmed_by_address
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.receipts import file_of
from civicportal.petitions.queries.record import record_log
from civicportal.petitions.services.record import keep_record
from civicportal.petitions.states import PetitionState, Publication
from civicportal.voting.services.continuing import continue_log
from civicportal.voting.services.log import append, sign_head
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, Visit, press
from tests.factories.voting import as_worker


def receipt_visits(portal: Live) -> list[Visit]:
    """The receipt of a citizen, the page that checks it, and the record that holds its hash."""
    with portal.app.app_context(), as_worker(portal.app, Path(portal.app.config["SETTINGS"].instance_path)):
        keep_record()
        _lose_and_go_on()
    number = portal.matter(CITIZEN, "seoul-jongno", "횡단보도 신호가 너무 짧습니다")
    with portal.app.app_context():
        author = confirmed_by_address(CITIZEN)
        petition = current().scalars(select(Petition).where(
            Petition.number == number, Petition.author_id == author.id)).one()
        receipt, note = file_of(petition.receipt), petition.receipt.note
        shown = current().scalars(select(Petition.number).where(
            Petition.publication == Publication.PUBLISHED, Petition.state == PetitionState.ANSWERED)).first()
    assert receipt
    return [
        Visit("receipt-of-filing", f"/petitions/{number}/receipt", CITIZEN, desk=True),
        Visit("verify", "/verify", desk=True), Visit("verify-empty", "/verify", act=press),
        Visit("verify-genuine", "/verify", act=lambda page: paste(page, receipt, "다른 글"), desk=True),
        Visit("verify-code", "/verify", act=lambda page: paste(page, note)),
        Visit("verify-altered", "/verify", act=lambda page: paste(page, receipt.replace("신호", "신고"))),
        Visit("verify-forged", "/verify", act=lambda page: paste(page, receipt.replace(number, "2601-0000-0000"))),
        Visit("verify-unknown", "/verify", act=lambda page: paste(page, note.replace("/development ", "/other "))),
        Visit("verify-none", "/verify", act=lambda page: paste(page, "안녕하세요")),
        Visit("record", "/record", desk=True), Visit("record-head", "/record/heads/1"),
        Visit("record-none", "/record?before=1"),
        Visit("proof", f"/petitions/{shown}/record", desk=True),
        Visit("proof-waiting", f"/petitions/{number}/record", CITIZEN),
    ]


def _lose_and_go_on() -> None:
    """The record after a loss: a head outside covers an entry that the database does not have."""
    log = record_log()
    assert log is not None
    with suppress(OSError), atomic():
        append(log, ['{"commitment":"lost"}'])
        sign_head(log, lines={})
        raise OSError("the machine is gone")
    continue_log("record", reason="서버실에 불이 났습니다. 전날 저녁의 백업으로 복구했습니다.")


def paste(page: Page, receipt: str, text: str = "") -> None:
    """Paste a receipt, and a text to compare it with, and send them."""
    page.fill("[name=receipt]", receipt)
    page.fill("[name=text]", text)
    press(page)
