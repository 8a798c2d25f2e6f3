"""Leaving, and clearing away what has run out."""

from datetime import timedelta

from sqlalchemy import and_, delete, exists, or_, select, update

from civicportal.accounts import emails
from civicportal.accounts.models import AccountSession, AddressRequest, Grant, MailToken, Person
from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.policies import can_edit_account
from civicportal.accounts.queries import recipient
from civicportal.accounts.services.confirming import scrub
from civicportal.accounts.services.credentials import check_password
from civicportal.accounts.services.openid import purge_requests
from civicportal.accounts.services.second_factor import forget
from civicportal.accounts.services.tokens import (
    CODE_LIFETIME,
    check_code,
    issue_token,
    mailed_enough,
    newest_token,
)
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.copies import forget_copies
from civicportal.core.errors import Forbidden, TooMany
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.notifications import services as notifications

_KEPT = timedelta(days=1)
_OTHER = lazy("You can only delete your own account.")


def request_deletion_code(actor: Actor, person: Person) -> None:
    """Mail a code with which an account without a password can be deleted. Raises Forbidden, TooMany."""
    with atomic():
        if not can_edit_account(actor, person):
            raise Forbidden(_OTHER)
        if mailed_enough(person.address_canonical or "", person.id):
            raise TooMany(lazy("We have sent you many e-mails today. Try again tomorrow."), retry_after=86_400)
        token = issue_token(person, TokenPurpose.DELETE_ACCOUNT, CODE_LIFETIME)
        notifications.send(emails.delete_code(token))


def delete_account(actor: Actor, person: Person, *, current_password: str = "", code: str = "") -> None:
    """Delete the account for good, by its password or, without one, by a mailed code: see `erase_account`.

    Raises Invalid or Forbidden, and Conflict where a legal hold keeps the account.
    """
    if not can_edit_account(actor, person):
        raise Forbidden(_OTHER)
    if person.password_hash is not None:
        check_password(person, current_password)
    else:
        token = newest_token(person, TokenPurpose.DELETE_ACCOUNT)
        check_code(token.selector if token else "", TokenPurpose.DELETE_ACCOUNT, code)
    erase_account(actor, person)


def erase_account(actor: Actor, person: Person) -> None:
    """Delete all personal data of an account. Who asks was checked before.

    The row stays without personal data; sign-ins, links and roles end, waiting mails are cancelled, and other
    packages detach what the person filed. The identity of the address stays. Raises Conflict under a legal hold.
    """
    with atomic() as session:
        former = recipient(person)
        at = now()
        session.execute(delete(AccountSession).where(AccountSession.person_id == person.id))
        forget(person.id)
        session.execute(delete(MailToken).where(MailToken.person_id == person.id))
        session.execute(delete(AddressRequest).where(AddressRequest.person_id == person.id))
        session.execute(update(Grant).where(
            Grant.person_id == person.id, or_(Grant.ends_at.is_(None), Grant.ends_at > at)).values(ends_at=at))
        scrub(person)
        record(AuditName.ACCOUNT_DELETED, actor, "person", person.id)
        notifications.cancel(person.id)
        if former is not None:
            notifications.send(emails.account_deleted(former))
        publish(AccountDeleted(person_id=person.id))
        forget_copies()


def purge() -> None:
    """Delete what has run out: registrations nobody confirmed, dismissed guests, links, codes, requests, sign-ins."""
    at = now()
    late = at - timedelta(days=settings().confirm_days)
    registering = exists().where(
        MailToken.person_id == Person.id, MailToken.purpose == TokenPurpose.REGISTER, MailToken.created_at <= late)
    dismissed = and_(Person.name.is_(None), Person.created_at <= late)
    with atomic() as session:
        for person_id in session.scalars(
            select(Person.id).where(Person.level == 0, Person.deleted_at.is_(None), or_(registering, dismissed))
        ).all():
            notifications.cancel(person_id)
            session.execute(delete(Person).where(Person.id == person_id))
        session.execute(delete(MailToken).where(
            and_(MailToken.expires_at < at - _KEPT, MailToken.created_at < at - _KEPT)))
        session.execute(delete(AddressRequest).where(AddressRequest.created_at < at - _KEPT))
        session.execute(delete(AccountSession).where(
            or_(AccountSession.expires_at < at - _KEPT, AccountSession.revoked_at < at - _KEPT)))
        purge_requests()
