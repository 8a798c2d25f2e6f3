"""What people change about themselves, and how sure the portal is who they are."""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from civicportal.accounts import emails
from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.identity_provider import IdentityProvider
from civicportal.accounts.models import Person
from civicportal.accounts.names import clean_name
from civicportal.accounts.news import IdentityConfirmed
from civicportal.accounts.phone_numbers import clean_phone
from civicportal.accounts.policies import can_edit_account
from civicportal.accounts.queries import actor_for, recipient
from civicportal.accounts.services.credentials import check_password
from civicportal.accounts.services.requests import request_mail
from civicportal.accounts.services.tokens import issue_token, token_text, use_token, void_tokens
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Gone
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic
from civicportal.notifications.services import send

CHALLENGE_LIFETIME = timedelta(minutes=15)
_OTHER = lazy("You can only change your own account.")
_SPENT = lazy("This confirmation has been used or has run out. Start again.")
_TAKEN = lazy("There is another account with this address. Use a different address, or sign in to that account.")


def edit_profile(actor: Actor, person: Person, *, name: str, phone: str, locale: str) -> None:
    """Save name, telephone (empty: none) and the language of mails. Raises Forbidden, ValueError."""
    with atomic():
        _own(actor, person)
        person.name = clean_name(name)
        person.phone = clean_phone(phone) if phone else None
        person.locale = locale


def request_new_address(actor: Actor, person: Person, *, address: str, current_password: str) -> None:
    """Have a link sent to the new address. Raises Invalid for a wrong password, Forbidden."""
    _own(actor, person)
    check_password(person, current_password)
    request_mail(TokenPurpose.CHANGE_ADDRESS, address, locale=person.locale, person_id=person.id)


def decline_new_address(text: str) -> None:
    """Make the link of an address that is somebody else's worthless. Raises Gone."""
    use_token(text, TokenPurpose.CHANGE_ADDRESS)


def confirm_new_address(text: str) -> Person:
    """Give the account the address of a mailed link; the identity of the first address stays.

    Open links and codes sent to the former address become worthless. Raises Gone, or Conflict when it is taken.
    """
    with atomic() as session:
        token = use_token(text, TokenPurpose.CHANGE_ADDRESS)
        person = token.person
        former = recipient(person)
        if former is None:
            raise Gone(lazy("This account has been deleted."))
        try:
            with session.begin_nested():
                person.address = token.data["address"]
                person.address_canonical = canonical(token.data["address"]).text
        except IntegrityError as error:
            raise Conflict(_TAKEN) from error
        void_tokens(person)
        record(AuditName.ADDRESS_CHANGED, actor_for(person), "person", person.id)
        send(emails.address_changed(person, former, now()))
    return person


def start_identity(actor: Actor, person: Person) -> str:
    """A challenge for an identity provider: single-use, this person's, short-lived. Raises Forbidden."""
    with atomic():
        _own(actor, person)
        return token_text(issue_token(person, TokenPurpose.IDENTITY, CHALLENGE_LIFETIME))


def confirm_identity(actor: Actor, person: Person, provider: IdentityProvider, assertion: str) -> None:
    """Raise the person to level 2 by what a provider says; only a keyed digest of its subject is kept.

    Raises Gone for an assertion that is forged, used, late or another person's; Conflict when another account is
    confirmed by the same identity.
    """
    try:
        said = provider.verify(assertion)
    except ValueError as error:
        raise Gone(_SPENT) from error
    with atomic() as session:
        _own(actor, person)
        if use_token(said.challenge, TokenPurpose.IDENTITY).person_id != person.id:
            raise Gone(_SPENT)
        subject = identity_digest(f"{provider.name}:{said.subject}")
        try:
            with session.begin_nested():
                person.provider, person.provider_subject = provider.name, subject
                person.level, person.level_since = 2, now()
        except IntegrityError as error:  # unique: also when two accounts come at the same instant
            raise Conflict(lazy("Another account is confirmed with this identity already.")) from error
        record(AuditName.IDENTITY_CONFIRMED, actor, "person", person.id, provider=provider.name)
        publish(IdentityConfirmed(person_id=person.id))


def _own(actor: Actor, person: Person) -> None:
    if not can_edit_account(actor, person):
        raise Forbidden(_OTHER)
