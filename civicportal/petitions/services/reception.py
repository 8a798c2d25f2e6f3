"""Reception: a petition reaches its institution when the author's address is confirmed, and its clock starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from civicportal.accounts.models import Person
from civicportal.accounts.news import AccountDeleted, AddressConfirmed
from civicportal.accounts.services import confirm_address, issue_token, token_text, use_token
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.errors import Gone
from civicportal.core.events import subscribe
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import by_code, resolve_successor
from civicportal.petitions import emails
from civicportal.petitions.models import Petition
from civicportal.petitions.services.drafts import delete_drafts_of
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.placement import open_assignment
from civicportal.petitions.services.publication import begin_check
from civicportal.petitions.services.receipts import forget_contents
from civicportal.petitions.services.representatives import end_appointments
from civicportal.petitions.states import Opening, Publication

PASSWORD_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Confirmed:
    """A petition that was received because its author's address was confirmed.

    `password_token`: the text of a token with which a password can be set, for an author who has none.
    """

    petition: Petition
    password_token: str | None


def confirm(actor: Actor | None, token_text: str) -> Confirmed:
    """Confirm the address a filing was made with, and receive the petition. Signs nobody in.

    Raises Gone for a token that is unknown, used or expired.
    """
    with atomic() as session:
        token = use_token(token_text, TokenPurpose.CONFIRM_FILING)
        petition = session.scalar(select(Petition).where(Petition.author_id == token.person_id))
        if petition is None:
            raise Gone(lazy("What you wrote was deleted."))
        person = confirm_address(token.person, actor or SYSTEM)
        return Confirmed(petition, _password_token(person))


def _password_token(person: Person) -> str | None:
    if person.password_hash:
        return None
    return token_text(issue_token(person, TokenPurpose.REGISTER, PASSWORD_LIFETIME))


def receive(actor: Actor, petition: Petition) -> None:
    """Start the clock and open the first part; the author is told. Inside atomic().

    The part opens at the institution that was accepted or chosen, or at the one that took its place; at the triage
    desk when there is none, or only a weak proposal was accepted. What was brought back from its receipt keeps the
    clock it had, and what an officer entered counts from when it reached the institution: from when it was filed.
    """
    since = petition.filed_at if petition.restored_at or petition.entered_at else None
    petition.received_at = since or now()
    chosen = petition.chosen_institution and resolve_successor(petition.chosen_institution)
    open_assignment(actor, petition, chosen, opening=Opening.FILED, proposed=None if chosen else _accepted(petition),
                    since=since)
    if petition.publication is Publication.PENDING:
        begin_check(petition)
    tell(emails.restored(petition) if petition.restored_at else emails.received(petition))


def _accepted(petition: Petition) -> Institution | None:
    """The weak proposal the author accepted: a hint for the triage desk."""
    for suggestion in petition.suggestions:
        if isinstance(suggestion, Mapping) and suggestion.get("accepted"):
            return by_code(str(suggestion["institution_code"]))
    return None


@subscribe(AddressConfirmed)
def receive_confirmed(event: AddressConfirmed) -> None:
    """What waited for the address belongs to the confirmed person now, and is received unless an officer entered it."""
    session = current()
    waiting = session.scalars(select(Petition).where(
        Petition.author_id == event.former_id, or_(Petition.received_at.is_(None), Petition.entered_at.is_not(None)))
        .with_for_update()).all()
    for petition in waiting:
        petition.author = session.get_one(Person, event.person_id)
        if petition.received_at is None:
            receive(SYSTEM, petition)
        else:
            tell(emails.received(petition))


@subscribe(AccountDeleted)
def detach_author(event: AccountDeleted) -> None:
    """Open matters go on without their author; drafts and appointments go with the account."""
    session = current()
    end_appointments(event.person_id)
    forget_contents(event.person_id)
    for petition in session.scalars(select(Petition).where(Petition.author_id == event.person_id)):
        petition.author = None
    delete_drafts_of(event.person_id)
