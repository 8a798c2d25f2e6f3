"""Signing in and out."""

import secrets
from datetime import timedelta

from sqlalchemy import update

from civicportal.accounts.models import AccountSession, Person
from civicportal.accounts.passwords import hash_password, needs_rehash, verify_password
from civicportal.accounts.policies import can_end_session
from civicportal.accounts.queries import actor_for, confirmed_by_address, is_staff
from civicportal.accounts.services.tokens import check_code, spend
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid, NotFound
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic

_LABEL_LENGTH = 80
_NOBODY = 0
_WRONG = lazy("The address and the password do not belong together. Check both and try again.")


def sign_in_with_password(address: str, password: str, *, browser: str = "") -> AccountSession:
    """Sign in. Raises Invalid with the same sentence, after the same time, for every wrong pair.

    `browser`: a label for the list of sign-ins.
    """
    person = confirmed_by_address(address)
    stored, person_id = (person.password_hash, person.id) if person else (None, _NOBODY)
    if not verify_password(stored, password):
        with atomic():
            record(AuditName.SIGN_IN_FAILED, SYSTEM, "person", person_id)
        raise Invalid(_WRONG, {"password": _WRONG})
    fresh = hash_password(password) if needs_rehash(str(stored)) else None
    with atomic():
        if person is None or person.password_hash != stored:
            raise Invalid(_WRONG, {"password": _WRONG})
        person.password_hash = fresh or stored
        return sign_in_session(person, browser)


def sign_in_with_code(selector: str, code: str, *, browser: str = "") -> AccountSession:
    """Sign in with a mailed code. `selector`: from the browser that asked for it. Raises Invalid, Gone or Forbidden."""
    token = check_code(selector, TokenPurpose.SIGN_IN_CODE, code)
    with atomic():
        spend(token)
        if is_staff(token.person):
            raise Forbidden(lazy("People with a role at an institution sign in with their password."))
        return sign_in_session(token.person, browser)


def sign_in_session(person: Person, browser: str = "") -> AccountSession:
    """A new sign-in of a confirmed person; its `key` goes into the cookie. Raises Forbidden for anybody else."""
    if person.level < 1 or person.deleted_at is not None:
        raise Forbidden(lazy("This account cannot sign in."))
    at = now()
    with atomic() as session:
        row = AccountSession(person_id=person.id, browser=browser[:_LABEL_LENGTH], last_seen_at=at,
                             expires_at=at + timedelta(hours=settings().session_max_hours))
        session.add(row)
        session.flush()
        record(AuditName.SIGNED_IN, actor_for(person), "person", person.id)
    return row


def renew_session(session: AccountSession) -> AccountSession:
    """Give a sign-in that has just shown the second factor another key: who knew the former is out."""
    with atomic():
        session.key, session.challenge = secrets.token_urlsafe(32), None
    return session


def keep_session(session_id: int) -> None:
    """Remember that this browser was seen now, so that its sign-in goes on."""
    with atomic() as session:
        session.execute(update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=now()))


def end_session(actor: Actor, session_id: int) -> None:
    """Sign one browser out. Raises NotFound for a session that is not the actor's."""
    with atomic() as session:
        row = session.get(AccountSession, session_id)
        if row is None or not can_end_session(actor, row):
            raise NotFound
        if row.revoked_at is None:
            row.revoked_at = now()
            record(AuditName.SESSION_REVOKED, actor, "session", row.id)


def end_sessions(person_id: int, *, keep: int | None = None) -> None:
    """Sign all of a person's browsers out, but the session `keep`."""
    with atomic() as session:
        session.execute(
            update(AccountSession)
            .where(AccountSession.person_id == person_id, AccountSession.revoked_at.is_(None),
                   AccountSession.id != (keep or 0))
            .values(revoked_at=now()))
