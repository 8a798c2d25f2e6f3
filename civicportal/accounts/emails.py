"""Mails about accounts: to whom, with what. Links are secrets and are derived when the mail is made."""

from dataclasses import replace
from datetime import datetime, timedelta

from civicportal.accounts.models import MailToken, Person
from civicportal.accounts.queries import recipient
from civicportal.core.clock import now
from civicportal.core.errors import Gone
from civicportal.core.i18n import lazy
from civicportal.core.letters import unlinked
from civicportal.notifications.models import Message, Recipient

_BY_MAIL = ("email",)


def token_reference(token: MailToken) -> dict[str, str]:
    """What a message keeps of a token; the secret itself is derived from it."""
    return {"purpose": token.purpose.value, "selector": token.selector, "nonce": token.nonce}


def register(token: MailToken) -> Message:
    """The link that confirms the address and leads to choosing a password."""
    return _with_token(token, "accounts.register", {"name": unlinked(token.person.name or "")})


def known_address(token: MailToken) -> Message:
    """To the owner of an account whose address somebody gave for a new one."""
    return _with_token(token, "accounts.known_address")


def sign_in_code(token: MailToken) -> Message:
    """The one-time code."""
    return _with_token(token, "accounts.sign_in_code")


def code_refused(token: MailToken) -> Message:
    """To staff who asked for a code: they sign in with a password."""
    return _with_token(token, "accounts.code_refused")


def reset(token: MailToken) -> Message:
    """The link to choosing a new password."""
    return _with_token(token, "accounts.reset")


def change_address(token: MailToken) -> Message:
    """The link that confirms a new address, sent to the new address."""
    message = _with_token(token, "accounts.change_address")
    return replace(message, recipient=replace(message.recipient, address=token.data["address"]))


def delete_code(token: MailToken) -> Message:
    """The code for deleting an account that has no password."""
    return _with_token(token, "accounts.delete_code")


def address_changed(person: Person, former: Recipient, at: datetime) -> Message:
    """To the former address of an account that has a new one."""
    return Message(event=_event(person, at), recipient=former, slug="accounts.address_changed", channels=_BY_MAIL)


def password_changed(person: Person, at: datetime) -> Message:
    """To the owner, after every change of the password."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.password_changed",
                   channels=_BY_MAIL)


def second_factor_set(person: Person, at: datetime) -> Message:
    """To the owner, after a second factor was set up or replaced."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.second_factor_set",
                   channels=_BY_MAIL)


def second_factor_reset(person: Person, at: datetime) -> Message:
    """To the owner, after an operator took the second factor off."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.second_factor_reset",
                   channels=_BY_MAIL)


def recovery_code_used(person: Person, at: datetime) -> Message:
    """To the owner, after a recovery code stood in for the second factor."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.recovery_code_used",
                   channels=_BY_MAIL)


def openid_linked(person: Person, at: datetime) -> Message:
    """To the owner, after an account at the OpenID provider was linked."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.openid_linked",
                   channels=_BY_MAIL)


def openid_unlinked(person: Person, at: datetime) -> Message:
    """To the owner, after that link was taken off."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.openid_unlinked",
                   channels=_BY_MAIL)


def access_ended(person: Person, at: datetime) -> Message:
    """To somebody who no longer works here."""
    return Message(event=_event(person, at), recipient=_owner(person), slug="accounts.access_ended", channels=_BY_MAIL)


def account_deleted(former: Recipient) -> Message:
    """The last mail of an account."""
    return Message(event=f"person:{former.person_id}:deleted", recipient=former, slug="accounts.account_deleted",
                   channels=_BY_MAIL)


def _with_token(token: MailToken, slug: str, context: dict[str, object] | None = None) -> Message:
    left = token.expires_at - now()
    times: dict[str, object] = {
        "minutes": round(left / timedelta(minutes=1)), "hours": round(left / timedelta(hours=1)),
        "days": round(left / timedelta(days=1)),
    }
    return Message(event=f"token:{token.id}", recipient=_owner(token.person), slug=slug, channels=_BY_MAIL,
                   context={**times, **(context or {})}, token=token_reference(token))


def _owner(person: Person) -> Recipient:
    owner = recipient(person, unconfirmed=True)
    if owner is None:
        raise Gone(lazy("This account has been deleted."))
    return owner


def _event(person: Person, at: datetime) -> str:
    return f"person:{person.id}:{at.isoformat()}"
