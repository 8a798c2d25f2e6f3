"""Signing in through the OpenID provider of the settings: asked, answered once, linked to an account, taken off."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from civicportal.accounts import emails
from civicportal.accounts.models import AccountSession, OpenIDLink, OpenIDRequest, Person
from civicportal.accounts.openid_provider import (
    Asked,
    Provider,
    ProviderAway,
    Refused,
    authorization_url,
    check_issuer,
    exchange,
)
from civicportal.accounts.openid_tokens import Said
from civicportal.accounts.policies import can_edit_account, can_link_openid
from civicportal.accounts.queries import actor_for, is_staff, openid_link_of, openid_shows
from civicportal.accounts.services.sessions import end_sessions, sign_in_session
from civicportal.accounts.states import OpenIDAct
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Unavailable
from civicportal.core.i18n import lazy
from civicportal.core.letters import absolute_url
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.signing import derive_token, identity_digest
from civicportal.core.transactions import atomic, current
from civicportal.notifications.services import send

log = logging.getLogger(__name__)
_NOBODY = 0
_SPENT = lazy("This sign-in was used already, has run out, or was begun in another browser. Start again.")
_AWAY = lazy("The sign-in service does not answer just now. Sign in in another way, or try again later.")
_REFUSED = lazy("The sign-in service did not confirm who you are. Start again, or sign in in another way.")
_UNLINKED = lazy("Your account at the sign-in service is not linked to an account here. Sign in with your password, "
                 "open Account and Second factor, and link it there.")
_NO_ROLE = lazy("Only people with a role on this portal sign in this way. Use your password or a code by mail.")
_OTHER = lazy("You can only change your own account.")
_TAKEN = lazy("This account at the sign-in service is linked to somebody else here. Tell the operators of the portal.")
_LINKED = lazy("Your account is linked already. Take that link off first.")
_STALE = lazy("The sign-in service did not ask you to sign in anew. Sign out there, and start again.")
_NOT_YOURS = lazy("You signed in there with another account than the one that is linked to yours here.")
_WEAK = lazy("The sign-in service did not ask you for a second factor. Use your app, a passkey or a recovery code.")


def ask(act: OpenIDAct, *, next_path: str, locale: str) -> tuple[OpenIDRequest, str]:
    """A question to the provider, and where to send the browser with it.

    To sign in, a sign-in there must be no older than one here may get; to link an account or to show a second factor
    it must be made anew. Raises NotFound when no provider is set, Unavailable when it does not answer.
    """
    provider, anew, at = _provider(), act is not OpenIDAct.SIGN_IN, now()
    with atomic() as session:
        row = OpenIDRequest(act=act, next=next_path, locale=locale, created_at=at,
                            expires_at=at + timedelta(minutes=settings().oidc_request_minutes))
        session.add(row)
        session.flush()
        asked = _asked(row)
    try:
        return row, authorization_url(
            provider, asked, max_age="0" if anew else str(settings().session_max_hours * 3600),
            prompt="login" if anew else "", acr_values=" ".join(settings().oidc_second_factor_acr), ui_locales=locale)
    except ProviderAway as error:
        raise _away(error) from error


def read_request(selector: str) -> OpenIDRequest:
    """The open question with this selector. Changes nothing. Raises Gone when it is unknown, used or has run out."""
    row = current().scalar(select(OpenIDRequest).where(OpenIDRequest.selector == selector))
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise Gone(_SPENT)
    return row


def redeem(row: OpenIDRequest, answer: Mapping[str, str]) -> Said:
    """What the provider says in answer to this question, which is used up before anything is looked at.

    `answer`: the parameters of the address that the browser came back to. Must not stand inside `atomic()`. Raises
    Gone, Invalid when it refuses or is not to be believed, Unavailable when it does not answer.
    """
    provider, asked = _provider(), _asked(row)
    _spend(row)  # and no transaction is open while the provider is waited for
    try:
        check_issuer(provider, answer.get("iss"))
        if "error" in answer or not answer.get("code"):
            raise Refused("no code")
        said = exchange(provider, asked, answer["code"])
    except ProviderAway as error:
        raise _away(error) from error
    except Refused as error:
        log.warning("sign-in by OpenID Connect refused: %s", error)
        raise Invalid(_REFUSED) from error
    _check_age(row, said)
    return said


def sign_in_with_openid(said: Said, *, browser: str = "") -> AccountSession:
    """Sign in the official whose account is linked. Raises Forbidden for everybody else.

    Where the settings take what the provider says for a second factor, it counts as shown when it was shown there.
    """
    with atomic():
        person = _linked_person(said)
        if person is not None and is_staff(person):
            row = sign_in_session(person, browser)
            if openid_shows(said) and said.authenticated_at is not None:
                row.verified_at = min(said.authenticated_at, now())
            record(AuditName.OPENID_USED, actor_for(person), "person", person.id,
                   second_factor=row.verified_at is not None)
            return row
        record(AuditName.SIGN_IN_FAILED, SYSTEM, "person", person.id if person else _NOBODY)
    raise Forbidden(_NO_ROLE if person else _UNLINKED)


def show_openid(person: Person, session: AccountSession, said: Said) -> None:
    """Pass the second factor in this sign-in by one made anew at the provider. Raises Invalid."""
    with atomic() as db:
        link = db.scalar(select(OpenIDLink).where(*_named(said), OpenIDLink.person_id == person.id))
        if link is not None and openid_shows(said):
            session.verified_at = now()
            record(AuditName.OPENID_USED, actor_for(person), "person", person.id, second_factor=True)
            return
        record(AuditName.SECOND_FACTOR_FAILED, actor_for(person), "person", person.id)
    raise Invalid(_WEAK if link else _NOT_YOURS)


def link_openid(actor: Actor, person: Person, session: AccountSession, said: Said) -> None:
    """Let the person sign in with this account of the provider; all other sign-ins end, and the person is told.

    Raises Forbidden, or Conflict when either of the two accounts is linked already.
    """
    with atomic() as db:
        db.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        if not can_link_openid(actor, person):
            raise Forbidden(_OTHER)
        issuer = settings().oidc_issuer
        if openid_link_of(person.id) is not None:
            raise Conflict(_LINKED)
        try:
            with db.begin_nested():
                db.add(OpenIDLink(person_id=person.id, issuer=issuer, subject=_digest(issuer, said.subject)))
        except IntegrityError as error:  # unique: also when two people come at the same instant
            raise Conflict(_TAKEN) from error
        end_sessions(person.id, keep=session.id)
        record(AuditName.OPENID_LINKED, actor, "person", person.id)
        send(emails.openid_linked(person, now()))


def unlink_openid(actor: Actor, person: Person, session: AccountSession) -> None:
    """Take the link off; all other sign-ins end, and the person is told. Raises Forbidden, NotFound."""
    with atomic() as db:
        if not can_edit_account(actor, person):
            raise Forbidden(_OTHER)
        taken = db.scalars(delete(OpenIDLink).where(
            OpenIDLink.person_id == person.id, OpenIDLink.issuer == settings().oidc_issuer)
            .returning(OpenIDLink.id)).all()
        if not taken:
            raise NotFound
        end_sessions(person.id, keep=session.id)
        record(AuditName.OPENID_UNLINKED, actor, "person", person.id)
        send(emails.openid_unlinked(person, now()))


def purge_requests() -> None:
    """Delete questions that were answered or have run out."""
    with atomic() as session:
        session.execute(delete(OpenIDRequest).where(
            or_(OpenIDRequest.expires_at <= now(), OpenIDRequest.used_at.is_not(None))))


def _provider() -> Provider:
    found = settings()
    if not found.oidc_issuer:
        raise NotFound
    return Provider(
        issuer=found.oidc_issuer, client_id=found.oidc_client_id, client_secret=found.oidc_client_secret,
        redirect_uri=absolute_url("openid.answered"), timeout=found.oidc_seconds, max_bytes=found.oidc_max_bytes,
        cache=found.oidc_cache_minutes * 60, skew=found.oidc_skew_seconds)


def _asked(row: OpenIDRequest) -> Asked:
    return Asked(state=row.selector, nonce=derive_token("openid-nonce", row.selector),
                 verifier=derive_token("openid-verifier", row.selector), at=row.created_at)


def _spend(row: OpenIDRequest) -> None:
    with atomic() as session:
        taken = session.scalar(
            update(OpenIDRequest).where(OpenIDRequest.id == row.id, OpenIDRequest.used_at.is_(None))
            .values(used_at=now()).returning(OpenIDRequest.id))
    if taken is None:
        raise Gone(_SPENT)


def _check_age(row: OpenIDRequest, said: Said) -> None:
    """How old the sign-in at the provider may be (`auth_time`), as we asked for it. Raises Invalid."""
    skew = timedelta(seconds=settings().oidc_skew_seconds)
    if row.act is not OpenIDAct.SIGN_IN:
        if said.authenticated_at is None or said.authenticated_at < row.created_at - skew:
            raise Invalid(_STALE)
    elif said.authenticated_at is not None:
        longest = timedelta(hours=settings().session_max_hours)
        if said.authenticated_at < row.created_at - longest - skew:
            raise Invalid(_STALE)


def _linked_person(said: Said) -> Person | None:
    """Whose account this is, locked, so that nobody signs in while the link is being taken off."""
    found = select(Person).join(OpenIDLink, OpenIDLink.person_id == Person.id).where(*_named(said))
    with atomic() as session:
        first = session.scalar(found)
        if first is not None:
            session.scalars(select(Person.id).where(Person.id == first.id).with_for_update()).one()
        return session.scalar(found)


def _named(said: Said) -> tuple[ColumnElement[bool], ...]:
    issuer = settings().oidc_issuer
    return OpenIDLink.issuer == issuer, OpenIDLink.subject == _digest(issuer, said.subject)


def _digest(issuer: str, subject: str) -> str:
    return identity_digest(f"openid:{issuer}\x1f{subject}")


def _away(error: ProviderAway) -> Unavailable:
    log.warning("the OpenID provider cannot be used: %s", error)
    return Unavailable(_AWAY)
