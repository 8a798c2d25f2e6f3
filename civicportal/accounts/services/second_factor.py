"""The second factor of people with a role: set up, shown at sign-in and before grave acts, lost and reset."""

from datetime import timedelta

from sqlalchemy import case, delete, or_, select, update

from civicportal.accounts import emails
from civicportal.accounts.authenticator import (
    RECOVERY_CODES,
    app_address,
    matching_step,
    new_recovery_code,
    secret_text,
    tidy_code,
)
from civicportal.accounts.models import AccountSession, OpenIDLink, Passkey, Person, RecoveryCode, SecondFactor
from civicportal.accounts.policies import can_edit_account, can_reset_second_factor
from civicportal.accounts.queries import actor_for, second_factor_of
from civicportal.accounts.services.sessions import end_sessions
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.signing import derive_token, recovery_digest, second_factor_secret
from civicportal.core.transactions import atomic, current
from civicportal.notifications.services import send

_WRONG = lazy("This code is not right, or it was used already. Wait for the next one and type that.")
_SET = lazy("A second factor is set up already. Show it to go on.")
_RIGHTS = lazy("You do not have the right to do this.")


def secret_for(person: Person, session_key: str) -> str:
    """The secret that this sign-in offers for setting up. The same as often as it is asked for; nothing is stored."""
    return _secret(person.id, _nonce(session_key))


def address_for(person: Person, session_key: str) -> str:
    """The same as an app reads it from a QR code."""
    issuer = settings().portal_name(person.locale)
    return app_address(secret_for(person, session_key), account=person.address or "", issuer=issuer)


def set_up(person: Person, session: AccountSession, code: str) -> list[str]:
    """Begin or replace the second factor with the app that shows `code`; this sign-in has passed it then.

    All other sign-ins end, and the person is told. Returns the recovery codes, which are shown this once. Raises
    Invalid for a wrong code, and Conflict when there is a second factor that this sign-in has not shown.
    """
    nonce = _nonce(session.key)
    step = matching_step(_secret(person.id, nonce), tidy_code(code), at=now())
    if step is None:
        raise Invalid(_WRONG, {"code": _WRONG})
    with atomic() as db:
        db.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        if second_factor_of(person.id) is not None and session.verified_at is None:
            raise Conflict(_SET)
        factor = begin_factor(person, session)
        factor.nonce, factor.last_step = nonce, step
        record(AuditName.SECOND_FACTOR_SET, actor_for(person), "person", person.id)
        send(emails.second_factor_set(person, now()))
        return begin_recovery(person)


def begin_factor(person: Person, session: AccountSession) -> SecondFactor:
    """The person's row, made at need; this sign-in has passed, all others end. The caller holds `atomic()`."""
    factor = second_factor_of(person.id)
    if factor is None:
        factor = SecondFactor(person_id=person.id, tries_since=now())
        current().add(factor)
    session.verified_at = now()
    current().flush()
    end_sessions(person.id, keep=session.id)
    return factor


def make_recovery_codes(actor: Actor, person: Person, *, session_id: int | None = None) -> list[str]:
    """New recovery codes in place of the former ones, shown this once; all sign-ins but `session_id` end.

    Raises Forbidden.
    """
    with atomic():
        if not can_edit_account(actor, person) or second_factor_of(person.id) is None:
            raise Forbidden(_RIGHTS)
        end_sessions(person.id, keep=session_id)
        record(AuditName.RECOVERY_CODES_MADE, actor, "person", person.id)
        return begin_recovery(person)


def show(person: Person, session: AccountSession, code: str) -> None:
    """Pass the second factor in this sign-in, with a code of the app or a recovery code, each good for once.

    Each call counts as a try in a transaction of its own, so it must not stand inside `atomic()`. Raises Invalid,
    or TooMany after `second_factor_tries` wrong codes, for `second_factor_wait_minutes`.
    """
    _count_try(person)
    typed = tidy_code(code)
    with atomic() as db:
        factor = db.scalar(select(SecondFactor).where(SecondFactor.person_id == person.id).with_for_update())
        if factor is not None and (_passes(factor, typed) or _spend_recovery_code(person, typed)):
            factor.tries = 0
            session.verified_at = now()
            return
        record(AuditName.SECOND_FACTOR_FAILED, actor_for(person), "person", person.id)
    raise Invalid(_WRONG, {"code": _WRONG})


def reset_second_factor(actor: Actor, person: Person) -> None:
    """Take off a lost second factor: all sign-ins end, the next one sets up a new one, and the person is told.

    Raises Forbidden, or NotFound when there is none.
    """
    with atomic():
        if not can_reset_second_factor(actor, person):
            raise Forbidden(_RIGHTS)
        if second_factor_of(person.id) is None:
            raise NotFound
        forget(person.id)
        end_sessions(person.id)
        record(AuditName.SECOND_FACTOR_RESET, actor, "person", person.id)
        send(emails.second_factor_reset(person, now()))


def forget(person_id: int) -> None:
    """Delete what there is of a second factor, and links to OpenID providers. The caller holds `atomic()`."""
    for table in (SecondFactor, Passkey, RecoveryCode, OpenIDLink):
        current().execute(delete(table).where(table.person_id == person_id))


def _nonce(session_key: str) -> str:
    return derive_token("second-factor-nonce", session_key)


def _secret(person_id: int, nonce: str) -> str:
    return secret_text(second_factor_secret(person_id, nonce))


def _passes(factor: SecondFactor, typed: str) -> bool:
    if factor.nonce is None:
        return False
    secret = _secret(factor.person_id, factor.nonce)
    step = matching_step(secret, typed, at=now(), after=factor.last_step)
    factor.last_step = step or factor.last_step
    return step is not None


def _spend_recovery_code(person: Person, typed: str) -> bool:
    with atomic() as db:
        spent = db.scalar(
            update(RecoveryCode)
            .where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None),
                   RecoveryCode.digest == recovery_digest(person.id, typed))
            .values(used_at=now()).returning(RecoveryCode.id))
        if spent is None:
            return False
        record(AuditName.RECOVERY_CODE_USED, actor_for(person), "person", person.id)
        send(emails.recovery_code_used(person, now()))
    return True


def begin_recovery(person: Person) -> list[str]:
    """New recovery codes in place of all former ones, to be shown this once."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    with atomic() as db:
        db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
        db.add_all(RecoveryCode(person_id=person.id, digest=recovery_digest(person.id, tidy_code(code)))
                   for code in codes)
    return codes


def _count_try(person: Person) -> None:
    wait = timedelta(minutes=settings().second_factor_wait_minutes)
    over = SecondFactor.tries_since < now() - wait
    with atomic() as db:
        counted = db.scalar(
            update(SecondFactor)
            .where(SecondFactor.person_id == person.id, or_(over, SecondFactor.tries < settings().second_factor_tries))
            .values(tries=case((over, 1), else_=SecondFactor.tries + 1),
                    tries_since=case((or_(over, SecondFactor.tries == 0), now()), else_=SecondFactor.tries_since))
            .returning(SecondFactor.person_id))
    if counted is None:
        raise TooMany(lazy("Too many wrong codes. Wait a while and try again."),
                      retry_after=int(wait.total_seconds()))
