"""Passkeys as a second factor: made, shown, taken off. A challenge belongs to one sign-in and is good for once."""

import secrets

from sqlalchemy import select, update

from civicportal.accounts import emails
from civicportal.accounts.models import AccountSession, Passkey, Person
from civicportal.accounts.policies import can_edit_account
from civicportal.accounts.queries import actor_for, passkeys_of, second_factor_of
from civicportal.accounts.services.second_factor import begin_factor, begin_recovery
from civicportal.accounts.services.sessions import end_sessions
from civicportal.accounts.webauthn_checks import (
    check_answer,
    check_new,
    creation_options,
    credential_of,
    request_options,
)
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic
from civicportal.notifications.services import send

_WRONG = lazy("The passkey did not work. Try again, or use a code.")
_LAST = lazy("This is your only second factor. Set another one up first.")
_MANY = lazy("You have as many passkeys as one person can have. Take one off first.")


def options_for_new(person: Person, session: AccountSession) -> str:
    """What the browser is to make, as JSON, with a fresh challenge. Raises Conflict as `add_passkey` does."""
    known = [key.credential for key in passkeys_of(person.id)]
    with atomic():
        check_may_add(person, session)
        session.challenge = secrets.token_urlsafe(32)
        return creation_options(
            settings().portal_url, settings().portal_name(person.locale), challenge=session.challenge,
            address=person.address or "", handle=bytes.fromhex(identity_digest(f"passkey:{person.id}")), known=known)


def options_for_showing(person: Person, session: AccountSession) -> str:
    """What the browser is to sign, as JSON, with a fresh challenge. Raises NotFound for people without a passkey."""
    known = [key.credential for key in passkeys_of(person.id)]
    if not known:
        raise NotFound
    with atomic():
        session.challenge = secrets.token_urlsafe(32)
        return request_options(settings().portal_url, challenge=session.challenge, known=known)


def add_passkey(person: Person, session: AccountSession, answer: str, browser: str) -> list[str]:
    """Keep the passkey that the browser made; this sign-in has passed the second factor then, all others end.

    Returns the recovery codes if this is the first second factor, else nothing. Raises Invalid, or Conflict when
    there is a second factor that this sign-in has not shown, or there are too many passkeys.
    """
    challenge = _take_challenge(session)
    try:
        key = check_new(answer, portal_url=settings().portal_url, challenge=challenge)
    except ValueError as error:
        raise Invalid(_WRONG, {"credential": _WRONG}) from error
    with atomic() as db:
        db.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        check_may_add(person, session)
        first = second_factor_of(person.id) is None
        db.add(Passkey(person_id=person.id, credential=key.credential, public_key=key.public_key,
                       sign_count=key.sign_count, browser=browser[:80]))
        begin_factor(person, session)
        record(AuditName.SECOND_FACTOR_SET, actor_for(person), "person", person.id)
        send(emails.second_factor_set(person, now()))
        return begin_recovery(person) if first else []


def show_passkey(person: Person, session: AccountSession, answer: str) -> None:
    """Pass the second factor in this sign-in with a passkey. Raises Invalid."""
    challenge = _take_challenge(session)
    with atomic() as db:
        key = db.scalar(select(Passkey).where(
            Passkey.person_id == person.id, Passkey.credential == credential_of(answer)).with_for_update())
        try:
            if key is None:
                raise ValueError("no passkey of this person")
            key.sign_count = check_answer(answer, portal_url=settings().portal_url, challenge=challenge,
                                          public_key=key.public_key, sign_count=key.sign_count)
        except ValueError as error:
            raise Invalid(_WRONG, {"credential": _WRONG}) from error
        session.verified_at = now()


def remove_passkey(actor: Actor, person: Person, passkey_id: int, *, session_id: int | None = None) -> None:
    """Take off an own passkey; all sign-ins but `session_id` end.

    Raises NotFound, Forbidden, or Conflict for the only second factor.
    """
    with atomic() as db:
        db.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        if not can_edit_account(actor, person):
            raise Forbidden(lazy("You can only change your own account."))
        keys, factor = passkeys_of(person.id), second_factor_of(person.id)
        key = next((one for one in keys if one.id == passkey_id), None)
        if key is None:
            raise NotFound
        if len(keys) == 1 and (factor is None or factor.nonce is None):
            raise Conflict(_LAST)
        db.delete(key)
        end_sessions(person.id, keep=session_id)
        record(AuditName.PASSKEY_REMOVED, actor, "person", person.id)


def check_may_add(person: Person, session: AccountSession) -> None:
    """Raises Conflict where `add_passkey` would."""
    if second_factor_of(person.id) is not None and session.verified_at is None:
        raise Conflict(lazy("A second factor is set up already. Show it to go on."))
    if len(passkeys_of(person.id)) >= settings().passkeys_per_person:
        raise Conflict(_MANY)


def _take_challenge(session: AccountSession) -> str:
    """The challenge of this sign-in, used up. Raises Invalid when there is none: an answer sent twice."""
    with atomic() as db:
        challenge = session.challenge
        taken = db.scalar(update(AccountSession).where(
            AccountSession.id == session.id, AccountSession.challenge.is_not(None)).values(challenge=None)
            .returning(AccountSession.id))
    if challenge is None or taken is None:
        raise Invalid(_WRONG, {"credential": _WRONG})
    return challenge
