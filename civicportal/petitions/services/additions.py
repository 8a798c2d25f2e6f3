"""Messages and files that are added to a petition until its answer: each a dated record, nothing is overwritten."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Gone, Invalid, NotFound
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import Addition, Draft, Petition, PetitionFile
from civicportal.petitions.plain import normalise
from civicportal.petitions.policies import can_add, representative_of
from civicportal.petitions.queries.timeline import open_part
from civicportal.petitions.services import files as store
from civicportal.petitions.services.files import RefusedFile, Upload
from civicportal.petitions.services.filing import can_readdress
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import PetitionState, RecordAct

SALT_BYTES = 32


@dataclass(frozen=True)
class Added:
    """What was added, and the files that could not be taken."""

    addition: Addition
    refused: tuple[RefusedFile, ...]


def add(actor: Actor, petition: Petition, *, text: str, uploads: Iterable[Upload] = ()) -> Added:
    """Add a message, files or both, for the author or a representative. The clock stays as it is.

    The officer in charge gets a notice, or else the desk that has the petition. The same sent twice is one addition.
    Files that cannot be taken are named and left out. Raises Invalid when nothing is left to be added or the text is
    too long, Conflict once the answer is there or `additions_per_petition` are reached, NotFound for anybody else.
    """
    words = _words(text)
    kept, refused = store.keep(uploads)
    try:
        with atomic():
            lock(petition)
            addition, is_new = _add(actor, petition, words, kept, refused)
    except BaseException:
        store.discard(kept)
        raise
    if not is_new:
        store.discard(kept)
    return Added(addition, tuple(refused))


def add_by_key(draft: Draft, *, text: str, uploads: Iterable[Upload] = ()) -> Added:
    """The same for a guest on the last page of filing, as long as the address can be corrected there.

    Raises Gone after that: who finds the page in a shared browser's history must not write in the guest's name.
    """
    petition = draft.petition
    if petition is None or petition.author is None:
        raise NotFound
    if draft.person_id is not None or not can_readdress(petition):
        raise Gone(lazy("Here you can add something for a short time only. Sign in to add more; a code by e-mail is "
                        "enough."))
    return add(actor_for(petition.author), petition, text=text, uploads=uploads)


def is_open(petition: Petition) -> bool:
    """Whether something can still be added."""
    return petition.state is not PetitionState.ANSWERED


def _words(text: str) -> str:
    words, most = normalise(text).strip(), settings().text_max_characters
    if len(words) > most:
        raise _refused(_("The text is too long. Use at most %(count)s characters, or add a file.", count=most))
    return words


def _add(
    actor: Actor, petition: Petition, words: str, kept: list[PetitionFile], refused: list[RefusedFile],
) -> tuple[Addition, bool]:
    """The addition, and whether it is new. Inside atomic(), with the petition locked."""
    if not can_add(actor, petition):
        raise NotFound
    if not words and not kept:
        raise _nothing(refused)
    former = petition.additions[-1] if petition.additions else None
    if former is not None and _is_same(former, words, kept):
        return former, False
    _check_open(petition)
    addition = _store(actor, petition, words, kept)
    record(AuditName.PETITION_ADDED_TO, actor, "petition", petition.id, number=addition.number)
    enter(petition, RecordAct.ADDED, hash_of(addition.salt, words, *(file.sha256 for file in kept)))
    _tell_officials(petition, addition)
    return addition, True


def _check_open(petition: Petition) -> None:
    if not is_open(petition):
        raise Conflict(_("The answer is there, so nothing can be added any more."))
    if len(petition.additions) >= settings().additions_per_petition:
        raise Conflict(_("You have added to this %(count)s times. Nothing more can be added.",
                         count=settings().additions_per_petition))


def _is_same(former: Addition, words: str, kept: list[PetitionFile]) -> bool:
    return former.text == words and [file.sha256 for file in former.files] == [file.sha256 for file in kept]


def _store(actor: Actor, petition: Petition, words: str, kept: list[PetitionFile]) -> Addition:
    session = current()
    addition = Addition(
        petition=petition, number=len(petition.additions) + 1, text=words, salt=secrets.token_hex(SALT_BYTES),
        representative=representative_of(actor, petition), added_at=now())
    session.add(addition)
    session.flush()
    for file in kept:
        file.petition_id, file.addition = petition.id, addition
        session.add(file)
    session.flush()
    for file in kept:
        enqueue("petitions.derive_file", file.id)
    return addition


def _tell_officials(petition: Petition, addition: Addition) -> None:
    part = open_part(petition)
    for message in emails.added_to(petition, addition, part) if part else ():
        tell(message)


def _nothing(refused: list[RefusedFile]) -> Invalid:
    if refused:
        return _refused(" ".join(_("%(name)s: %(reason)s", name=file.name, reason=file.sentence) for file in refused),
                        "files")
    return _refused(_("Write a message, or choose a file."))


def _refused(sentence: str, field: str = "text") -> Invalid:
    return Invalid(sentence, fields={field: sentence})
