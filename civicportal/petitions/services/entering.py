"""An officer files for somebody who came to the counter, called or wrote, with the time at which that was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import Person
from civicportal.accounts.services import dismiss_guest, guest, mailed_enough
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current, lock
from civicportal.institutions.models import Institution
from civicportal.petitions.language import detect
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.plain import normalise
from civicportal.petitions.policies import can_enter, can_readdress_entry
from civicportal.petitions.services import files as store
from civicportal.petitions.services import receipts
from civicportal.petitions.services.files import Upload
from civicportal.petitions.services.filing import ask_to_confirm, insert
from civicportal.petitions.services.reception import receive
from civicportal.petitions.states import Channel, Publication
from civicportal.petitions.types import TYPES, current_name

_CONFIRMED = lazy("The person has confirmed the address in the meantime. They can change it in their account.")


@dataclass(frozen=True)
class Told:
    """What somebody told an officer. `filed_at`: when it reached the institution; `key`: of the page that is sent."""

    key: str
    channel: Channel
    filed_at: datetime
    type: str
    title: str
    text: str
    name: str
    address: str = ""
    phone: str = ""
    region_code: str | None = None
    locale: str = "ko"


def enter_filing(actor: Actor, institution: Institution, told: Told, uploads: Iterable[Upload] = ()) -> Petition:
    """File for somebody at the actor's institution; its clock counts from when it reached the institution.

    Whoever left a mail address is asked to confirm it, then owns the petition and gets the receipt by mail; the matter
    does not wait for that. The same page sent twice is one petition. Raises Invalid for a time that is to come or
    more than `entry_days_back` days ago, for a file that cannot be taken (then nothing is filed) and for what is
    missing; Forbidden.
    """
    if not can_enter(actor, institution):
        raise Forbidden(lazy("You do not have the right to do this."))
    _check(told)
    kept, refused = store.keep(uploads)
    try:
        if refused:
            raise _refused("files", " ".join(
                _("%(name)s: %(reason)s", name=file.name, reason=file.sentence) for file in refused))
        with atomic():
            petition = _enter(actor, institution, told, kept)
            is_new = not kept or kept[0].petition_id == petition.id
    except BaseException:
        store.discard(kept)
        raise
    if not is_new:
        store.discard(kept)
    return petition


def readdress_entry(actor: Actor, petition: Petition, address: str) -> None:
    """Correct the mail address of what was entered, while nobody has confirmed it. Empty: there is none.

    The link that was sent no longer works, and the receipt is issued anew. Raises Forbidden, Conflict once the address
    is confirmed, Invalid for what is no address.
    """
    if not can_readdress_entry(actor, petition):
        raise Forbidden(lazy("You do not have the right to do this."))
    with atomic():
        former = petition.author
        if former is None or former.level > 0:
            raise Conflict(_CONFIRMED)
        name, phone = former.name or "", former.phone or ""
        dismiss_guest(former)  # takes the link first, as a confirmation does
        lock(petition)
        if petition.author_id != former.id:
            raise Conflict(_CONFIRMED)
        petition.author = _author(name, address.strip(), phone, petition.locale)
        receipts.issue(petition)
        record(AuditName.ENTRY_READDRESSED, actor, "petition", petition.id)
        if petition.author.address is not None:
            ask_to_confirm(petition, petition.author)


def _enter(actor: Actor, institution: Institution, told: Told, kept: list[PetitionFile]) -> Petition:
    session = current()
    former = session.scalar(select(Petition).where(Petition.entry_key == told.key))
    if former is not None:
        return former
    author = _author(told.name, told.address, told.phone, told.locale)
    petition = insert(_petition(institution, told, author))
    for file in kept:
        file.petition = petition
        session.add(file)
    session.flush()
    for file in kept:
        enqueue("petitions.derive_file", file.id)
    session.expire(petition, ["files"])
    receipts.issue(petition)
    record(AuditName.PETITION_ENTERED, actor, "petition", petition.id, channel=told.channel.value)
    receive(actor, petition)
    if author.address is not None:
        ask_to_confirm(petition, author)
    return petition


def _petition(institution: Institution, told: Told, author: Person) -> Petition:
    title, text = normalise(" ".join(told.title.split())), normalise(told.text)
    return Petition(
        number="", type=TYPES[told.type].name, title=title, text=text, language=detect(f"{title}\n{text}", told.locale),
        locale=told.locale, region_code=told.region_code, author=author, suggestions=[],
        publication=Publication.PRIVATE, chosen_institution=institution, filed_at=told.filed_at,
        channel=told.channel, entered_at=now(), entry_key=told.key,
    )


def _author(name: str, address: str, phone: str, locale: str) -> Person:
    try:
        if address and mailed_enough(canonical(address).text, purpose=TokenPurpose.CONFIRM_FILING):
            raise _refused("address", _("This address has had many e-mails from us today. Leave it empty, or try again "
                                        "tomorrow."))
        return guest(name, address or None, phone or None, locale)
    except ValueError as error:
        raise _refused("address", _("Look at the name, e-mail address and telephone number again.")) from error


def _check(told: Told) -> None:
    days = settings().entry_days_back
    if told.filed_at > now():
        raise _refused("clock", _("This time is still to come. Enter when it reached you."))
    if told.filed_at < now() - timedelta(days=days):
        raise _refused("day", _("This is more than %(count)s days ago. Enter a later day.", count=days))
    if told.channel is Channel.ONLINE or not current_name(told.type):
        raise _refused("channel", _("Choose how it came."))
    if not told.title.strip() or len(told.title) > settings().title_max_characters:
        raise _refused("title", _("Give a title, short enough for a line."))
    if not told.text.strip() or len(told.text) > settings().text_max_characters:
        raise _refused("text", _("Write what it is about."))


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
