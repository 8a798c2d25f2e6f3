"""Filings whose address nobody confirmed: one reminder, then they are deleted with everything in them."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from civicportal.accounts.models import MailToken
from civicportal.accounts.services import token_reference, use_token
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import claim
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.notifications.services import cancel
from civicportal.petitions import emails
from civicportal.petitions.models import Petition
from civicportal.petitions.services.files import delete_files
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import RecordAct
from civicportal.switches.functions import Function
from civicportal.switches.queries import why_off

BATCH = 100
ASKED_AT = func.coalesce(Petition.restored_at, Petition.filed_at)


def remind_unconfirmed() -> None:
    """Send the one reminder, `remind_days` days after filing."""
    present = now()
    _each((
        Petition.reminded_at.is_(None), present - timedelta(days=settings().remind_days) >= ASKED_AT,
        present - timedelta(days=settings().confirm_days) < ASKED_AT,
    ), _remind)


def purge_unconfirmed() -> None:
    """Delete what was not confirmed within `confirm_days` days: text, files, receipt, name and address.

    Nothing while mail is switched off: the link may not have arrived.
    """
    if why_off(Function.MAIL):
        return
    _each((now() - timedelta(days=settings().confirm_days) >= ASKED_AT,), _delete)


def disown(token_text: str) -> bool:
    """Delete at once what was filed with the address of somebody who did not write it; whether anything was.

    What an officer entered stays with the institution, and is shown to nobody. Raises Gone for a spent link.
    """
    with atomic() as session:
        token = use_token(token_text, TokenPurpose.CONFIRM_FILING)
        disowned = session.scalars(
            select(Petition).where(Petition.author_id == token.person_id, Petition.received_at.is_(None))).all()
        for petition in disowned:
            _delete(petition)
        return bool(disowned)


def _each(conditions: Sequence[ColumnElement[bool]], act: Callable[[Petition], None]) -> None:
    """Do something to every unconfirmed petition that fits, a batch to a transaction; it fits no longer then."""
    while True:
        with atomic() as session:
            chosen = select(Petition).where(Petition.received_at.is_(None), *conditions).limit(BATCH)
            petitions = session.scalars(claim(chosen, session)).all()
            for petition in petitions:
                act(petition)
        if len(petitions) < BATCH:
            return


def _remind(petition: Petition) -> None:
    petition.reminded_at = now()
    token = current().scalar(
        select(MailToken)
        .where(MailToken.person_id == petition.author_id, MailToken.used_at.is_(None),
               MailToken.purpose == TokenPurpose.CONFIRM_FILING)
        .order_by(MailToken.id.desc()).limit(1))
    if token is not None:
        tell(emails.remind(petition, token_reference(token)))


def _delete(petition: Petition) -> None:
    session, author = current(), petition.author
    record(AuditName.UNCONFIRMED_DELETED, SYSTEM, "petition", petition.id)
    enter(petition, RecordAct.REMOVED)
    delete_files([*petition.files, *(file for addition in petition.additions for file in addition.files)])
    session.flush()
    session.expire(petition)
    session.delete(petition)
    session.flush()
    if author is not None and author.level == 0:
        cancel(author.id)
        session.delete(author)
