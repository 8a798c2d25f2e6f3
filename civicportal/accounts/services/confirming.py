"""From an address somebody typed to a person whose address is confirmed."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civicportal.accounts.canonical_address import Canonical, canonical, deliverable
from civicportal.accounts.models import AddressIdentity, Person
from civicportal.accounts.names import clean_name
from civicportal.accounts.news import AddressConfirmed
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.phone_numbers import clean_phone
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.services.credentials import check_strength
from civicportal.accounts.services.tokens import read_token, use_token, void_tokens
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Conflict, Gone
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic
from civicportal.notifications import services as notifications


def guest(name: str, address: str | None, phone: str | None, locale: str) -> Person:
    """A new person whose address is not confirmed; whether it is known is not asked. None for who left no address.

    Raises ValueError for what is no name, address or telephone number; forms check this first.
    """
    with atomic() as session:
        person = Person(
            name=clean_name(name), address=deliverable(address) if address is not None else None,
            address_canonical=canonical(address).text if address is not None else None,
            phone=clean_phone(phone) if phone else None, locale=locale, level=0,
        )
        session.add(person)
        session.flush()
    return person


def dismiss_guest(person: Person) -> None:
    """Forget a guest who mistyped the address: links and mails to it go.

    The address alone is kept until it is purged, so that mails to it are still counted.
    """
    with atomic():
        void_tokens(person)
        notifications.cancel(person.id)
        person.name = person.address = person.phone = None


def confirm_address(person: Person, actor: Actor) -> Person:
    """Raise an unconfirmed person to level 1, or return the account that has this address already.

    At the first confirmation the identity of the address is stored for good. Publishes `AddressConfirmed`. What the
    unconfirmed row held of the person is deleted when an account is there. Raises Gone for a deleted person.
    """
    with atomic():
        if person.level > 0:
            return person
        if person.address is None or person.deleted_at is not None:
            raise Gone(lazy("This account has been deleted."))
        spelled = canonical(person.address)
        identity = _identity(spelled)
        owner = confirmed_by_address(person.address) or _confirmed(person, spelled)
        owner.identity_id = owner.identity_id or identity.id
        record(AuditName.ADDRESS_CONFIRMED, actor, "person", owner.id)
        publish(AddressConfirmed(person_id=owner.id, former_id=person.id))
        if owner.id != person.id:
            scrub(person)
            notifications.cancel(person.id)
    return owner


def complete_registration(text: str, password: str) -> Person:
    """Confirm the address of a mailed link and set the account's first password.

    Raises Gone for a used link, Invalid for a weak password, Conflict when the address has an account already.
    """
    check_strength(read_token(text, TokenPurpose.REGISTER).person, password)
    hashed = hash_password(password)
    with atomic():
        guest_row = use_token(text, TokenPurpose.REGISTER).person
        person = confirm_address(guest_row, actor_for(guest_row))
        if person.id != guest_row.id:
            raise Conflict(lazy("There is an account with this address already. Sign in, or choose a new password."))
        person.password_hash = hashed
        void_tokens(person)  # a second link of this kind would set a password over this one
        record(AuditName.PASSWORD_SET, actor_for(person), "person", person.id)
    return person


def scrub(person: Person) -> None:
    """Delete all personal data of a row that stays for the acts that name it. The caller holds `atomic()`."""
    person.name = person.address = person.address_canonical = person.phone = None
    person.password_hash = person.provider = person.provider_subject = None
    person.level = 0
    person.deleted_at = now()


def _identity(spelled: Canonical) -> AddressIdentity:
    """The row of this address's digest, made at need and locked, so that two confirmations go one after the other."""
    digest = identity_digest(spelled.text)
    with atomic() as session:
        insert_new(session, AddressIdentity,
                   {"digest": digest, "rules_version": spelled.version, "created_at": now()}, ["digest"])
        return session.scalars(
            select(AddressIdentity).where(AddressIdentity.digest == digest).with_for_update()).one()


def _confirmed(person: Person, spelled: Canonical) -> Person:
    with atomic() as session:
        try:
            with session.begin_nested():
                person.address_canonical, person.level = spelled.text, 1
                person.confirmed_at = person.level_since = now()
        except IntegrityError as error:  # somebody's account took this address in the same moment
            raise Conflict(lazy("This address has just been confirmed elsewhere. Open the link again.")) from error
    return person
