"""Representatives: the author lets somebody act in one petition, who accepts by mail and can be stopped at once."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import Person
from civicportal.accounts.news import AddressConfirmed
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import (
    confirm_address,
    dismiss_guest,
    guest,
    issue_token,
    mailed_enough,
    read_token,
    token_reference,
    use_token,
)
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Gone, Invalid, NotFound
from civicportal.core.events import subscribe
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails
from civicportal.petitions.models import Petition, Representative
from civicportal.petitions.policies import can_appoint
from civicportal.petitions.services.notices import tell
from civicportal.petitions.states import REPRESENTATIVE, RepresentativeState

BATCH = 200
LIVING = (RepresentativeState.INVITED, RepresentativeState.ACTIVE)
_OVER = lazy("This invitation was taken back, or the matter is not there any more.")


def appoint(actor: Actor, petition: Petition, *, name: str, address: str) -> Representative:
    """Invite somebody by mail to act in the petition; until the invitation is accepted nothing is shown to anybody.

    Raises Invalid for what is no name or address, for the author's own address, for one that is invited already and
    for one that had too many mails today; Conflict once `representatives_per_petition` are appointed; NotFound for
    anybody but the author.
    """
    with atomic():
        lock(petition)
        if not can_appoint(actor, petition):
            raise NotFound
        _check_address(petition, address)
        living = [one for one in petition.representatives if one.state in LIVING]
        if len(living) >= settings().representatives_per_petition:
            raise Conflict(_("You have appointed %(count)s people. End one appointment first.", count=len(living)))
        person = _guest(name, address, petition.locale)
        representative = Representative(
            petition=petition, person=person, name=person.name or "", invited_at=now())
        current().add(representative)
        current().flush()
        token = issue_token(person, TokenPurpose.REPRESENT, timedelta(days=settings().confirm_days))
        tell(emails.represent(representative, token_reference(token)))
        return representative


def invitation(token_text: str) -> Representative:
    """The open invitation behind a mailed link. Changes nothing. Raises Gone."""
    return _invited(read_token(token_text, TokenPurpose.REPRESENT).person_id)


def accept(token_text: str) -> Representative:
    """Accept an invitation: its address is confirmed, and its owner sees the petition and may add to it.

    Raises Gone for a link that is unknown, used or expired, or an invitation that was taken back.
    """
    with atomic():
        token = use_token(token_text, TokenPurpose.REPRESENT)
        representative = _invited(token.person_id)
        lock(representative)
        person = confirm_address(token.person, SYSTEM)
        representative.person = person
        current().flush()
        apply(REPRESENTATIVE, representative, "accept", actor_for(person))
        representative.accepted_at = now()
        return representative


def decline(token_text: str) -> Representative:
    """Decline an invitation: it ends, and its address is forgotten. Raises Gone as `accept` does."""
    with atomic():
        token = use_token(token_text, TokenPurpose.REPRESENT)
        representative = _invited(token.person_id)
        lock(representative)
        _end(SYSTEM, representative)
        return representative


def revoke(actor: Actor, petition: Petition, representative_id: int) -> None:
    """End an appointment at once: for the author, or for the representative who steps back. Quiet when it has ended.

    Raises NotFound for an appointment of another petition, or for anybody else.
    """
    with atomic():
        lock(petition)
        one = next((one for one in petition.representatives if one.id == representative_id), None)
        if one is None or not REPRESENTATIVE.permits("revoke", actor, one):
            raise NotFound
        if one.state in LIVING:
            _end(actor, one)


def lapse_invitations() -> None:
    """End invitations that nobody accepted within `confirm_days` days, and forget their addresses."""
    before = now() - timedelta(days=settings().confirm_days)
    while True:
        with atomic() as session:
            old = session.scalars(select(Representative).where(
                Representative.state == RepresentativeState.INVITED, Representative.invited_at <= before)
                .limit(BATCH).with_for_update()).all()
            for one in old:
                _end(SYSTEM, one)
        if len(old) < BATCH:
            return


@subscribe(AddressConfirmed)
def follow_person(event: AddressConfirmed) -> None:
    """An invited person turned out to have an account: the appointment is that account's."""
    current().execute(update(Representative).where(Representative.person_id == event.former_id)
                      .values(person_id=event.person_id))


def end_appointments(person_id: int) -> None:
    """The account is gone: nobody acts for that author, and who is gone acts for nobody. Inside atomic()."""
    theirs = select(Petition.id).where(Petition.author_id == person_id)
    for one in current().scalars(select(Representative).where(
            Representative.state.in_(LIVING),
            or_(Representative.person_id == person_id, Representative.petition_id.in_(theirs)))):
        _end(SYSTEM, one)
    current().execute(update(Representative).where(or_(
        Representative.person_id == person_id, Representative.petition_id.in_(theirs))).values(name=""))


def _end(actor: Actor, one: Representative) -> None:
    """End an appointment; an invited address that nobody confirmed is forgotten."""
    apply(REPRESENTATIVE, one, "revoke", actor)
    one.ended_at = now()
    if one.accepted_at is None and one.person is not None and one.person.level == 0 and one.person.name is not None:
        dismiss_guest(one.person)


def _invited(person_id: int) -> Representative:
    found = current().scalar(select(Representative).where(
        Representative.person_id == person_id, Representative.state == RepresentativeState.INVITED))
    if found is None or found.petition.author_id is None:
        raise Gone(_OVER)
    return found


def _check_address(petition: Petition, address: str) -> None:
    try:
        spelled = canonical(address).text
    except ValueError as error:
        raise _refused(_("Enter an e-mail address such as name@example.org.")) from error
    if petition.author is not None and petition.author.address_canonical == spelled:
        raise _refused(_("This is your own address. Enter the one of the person who shall act for you."))
    if any(one.state in LIVING and one.person is not None and one.person.address_canonical == spelled
           for one in petition.representatives):
        raise _refused(_("This person is appointed already."))
    if mailed_enough(spelled, purpose=TokenPurpose.REPRESENT):
        raise _refused(_("This address has had many e-mails from us today. Try again tomorrow."))


def _guest(name: str, address: str, locale: str) -> Person:
    try:
        return guest(name, address, None, locale)
    except ValueError as error:
        raise _refused(_("Look at the name and the e-mail address again.")) from error


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"address": sentence})
