"""Filing a draft, once: the petition, its author, and reception at once or after the address is confirmed."""

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import Person
from civicportal.accounts.services import dismiss_guest, guest, issue_token, mailed_enough, token_reference
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.i18n import _, lazy, local
from civicportal.core.permissions import Actor
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current, lock
from civicportal.institutions.queries import by_code
from civicportal.petitions import emails
from civicportal.petitions.language import detect
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.number import generate
from civicportal.petitions.plain import normalise
from civicportal.petitions.services import drafts, receipts
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.reception import receive
from civicportal.petitions.states import Publication
from civicportal.petitions.types import TYPES
from civicportal.referral.services import suggest
from civicportal.switches.functions import Function
from civicportal.switches.services import require

NUMBER_TRIES = 5
_CONFIRMED = lazy("Your address is confirmed already.")


def file_draft(actor: Actor | None, draft: Draft, institution_code: str | None) -> Petition:
    """Make the petition of a draft; sent twice, or twice at once, it is the same petition.

    `institution_code`: the proposal that was accepted or the institution that was chosen; None leaves it to the
    triage desk. A signed-in author's petition is received at once; a guest gets a mail to confirm the address first.
    The draft is emptied and only leads to the receipt. Raises Invalid, with a sentence for each field that is missing
    or too long, NotFound for somebody else's draft, and Unavailable while filing is switched off.
    """
    with atomic():
        held = drafts.lock(draft)
        if held.petition is not None:
            return held.petition
        require(Function.FILING)
        drafts.hold(actor, held)
        _check(held, guest_form=actor is None)
        author = _author(actor, held)
        petition = insert(_petition(held, author, institution_code))
        _move_files(held, petition)
        _empty(held, petition)
        current().flush()
        current().expire(petition, ["files"])
        receipts.issue(petition)
        if actor is not None:
            receive(actor, petition)
        else:
            ask_to_confirm(petition, author)
        return petition


def can_readdress(petition: Petition) -> bool:
    """Whether the time for correcting the address of a filing still runs."""
    return now() < petition.filed_at + timedelta(minutes=settings().readdress_minutes)


def readdress(draft: Draft, address: str) -> None:
    """Ask a guest who mistyped the address to confirm another one; until when stays as it is.

    Only for `readdress_minutes` after filing: whoever finds the receipt in a shared browser's history later must not
    be able to have the text sent to an address of their own. Raises Conflict when nothing waits to be confirmed (any
    more) or the time is over, Invalid for what is no mail address.
    """
    with atomic():
        held = drafts.lock(draft)
        petition = held.petition
        former = petition.author if petition else None
        if petition is None or former is None or held.person_id is not None:
            raise Conflict(_CONFIRMED)
        if not can_readdress(petition):
            raise Conflict(_("The address can no longer be corrected here. Please file it again."))
        name, phone = former.name or "", former.phone
        dismiss_guest(former)  # takes the link first, as a confirmation does
        lock(petition)
        if petition.received_at is not None:
            raise Conflict(_CONFIRMED)
        petition.author = _guest(name, address, phone, petition.locale)
        receipts.issue(petition)
        ask_to_confirm(petition, petition.author)


def suggestions_for(draft: Draft) -> list[dict[str, object]]:
    """The institutions that referral proposes for what is written so far, as they are stored with a petition."""
    text = f"{draft.title}\n{draft.text}"
    found = suggest(text, region_code=draft.region_code, kind=draft.type, locale=draft.locale)
    return [asdict(suggestion) for suggestion in found]


def _check(draft: Draft, *, guest_form: bool) -> None:
    problems: dict[str, object] = {}
    if not draft.title.strip() or len(draft.title) > settings().title_max_characters:
        problems["title"] = _("Give a title, short enough for a line.")
    if not draft.text.strip() or len(draft.text) > settings().text_max_characters:
        problems["text"] = _("Write what it is about.")
    if guest_form and not (draft.name.strip() and draft.address.strip()):
        problems["address"] = _("Give your name and e-mail address.")
    if problems:
        raise Invalid(_("Something is missing."), fields=problems)


def _author(actor: Actor | None, draft: Draft) -> Person:
    if actor is not None:
        return current().get_one(Person, actor.person_id)
    return _guest(draft.name, draft.address, draft.phone or None, draft.locale)


def _guest(name: str, address: str, phone: str | None, locale: str) -> Person:
    try:
        if mailed_enough(canonical(address).text, purpose=TokenPurpose.CONFIRM_FILING):
            sentence = _("We have sent you many e-mails today. Try again tomorrow.")
            raise Invalid(sentence, fields={"address": sentence})
        return guest(name, address, phone, locale)
    except ValueError as error:
        sentence = _("Look at your name, e-mail address and telephone number again.")
        raise Invalid(sentence, fields={"address": sentence}) from error


def _petition(draft: Draft, author: Person, institution_code: str | None) -> Petition:
    title, text = normalise(" ".join(draft.title.split())), normalise(draft.text)
    suggestions = suggestions_for(draft)
    chosen = by_code(institution_code) if institution_code else None
    accepted = next((item for item in suggestions if item["institution_code"] == institution_code), None)
    if accepted and accepted["strength"] == "weak" and draft.institution_code != institution_code:
        accepted["accepted"], chosen = True, None
    public = bool(draft.wants_public) and TYPES[draft.type].may_be_public
    return Petition(
        number="", type=draft.type, title=title, text=text, language=detect(f"{title}\n{text}", draft.locale),
        locale=draft.locale, region_code=draft.region_code, author=author, suggestions=suggestions,
        publication=Publication.PENDING if public else Publication.PRIVATE, chosen_institution=chosen, filed_at=now(),
        photo_facts=draft.photo_facts,
    )


def insert(petition: Petition) -> Petition:
    """Store the petition under a number nobody has. Inside atomic(). Raises Conflict when none is found."""
    session = current()
    for _try in range(NUMBER_TRIES):
        petition.number = generate(local(petition.filed_at).date())
        try:
            with session.begin_nested():
                session.add(petition)
        except IntegrityError:
            continue
        return petition
    raise Conflict(_("We could not find a free number. Please send it again."))


def _move_files(draft: Draft, petition: Petition) -> None:
    for file in list(draft.files):
        file.petition, file.draft = petition, None
        enqueue("petitions.derive_file", file.id)


def _empty(draft: Draft, petition: Petition) -> None:
    for name in drafts.TYPED:
        setattr(draft, name, "")
    draft.region_code = draft.institution_code = draft.wants_public = None
    draft.photo_facts = None
    draft.petition = petition


def ask_to_confirm(petition: Petition, author: Person) -> None:
    """Mail a guest the link that confirms the address. Inside atomic()."""
    ends = petition.asked_at + timedelta(days=settings().confirm_days)
    token = issue_token(author, TokenPurpose.CONFIRM_FILING, ends - now())
    message = emails.entered if petition.entered_at else emails.confirm
    tell(message(petition, token_reference(token)))
