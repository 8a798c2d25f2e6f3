"""Writing a draft: everything typed is kept at once, valid or not, until it is filed, deleted or old."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Gone, NotFound
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Draft, PendingUpload
from civicportal.petitions.plain import normalise
from civicportal.petitions.services import files as store
from civicportal.petitions.services.files import RefusedFile, Upload
from civicportal.petitions.types import TYPES
from civicportal.switches.functions import Function
from civicportal.switches.queries import why_off

TYPED = frozenset({"title", "text", "name", "address", "phone"})
CHOSEN = frozenset({"type", "locale", "region_code", "wants_public", "institution_code"})
PURGE_BATCH = 200


def start(actor: Actor | None, *, type: str, locale: str) -> Draft:  # noqa: A002 - the word everywhere else
    """Begin a draft; a signed-in person's belongs to that person. Raises KeyError for an unknown type."""
    with atomic() as session:
        draft = Draft(type=TYPES[type].name, locale=locale, person_id=actor.person_id if actor else None,
                      updated_at=now())
        session.add(draft)
    return draft


def save(actor: Actor | None, draft: Draft, **fields: object) -> None:
    """Keep what was typed or chosen. Text is kept in NFC with LF even where it does not validate.

    A draft that a guest began becomes the person's own. Raises Conflict once it is filed, Gone once it is deleted.
    """
    unknown = set(fields) - TYPED - CHOSEN
    if unknown:
        raise TypeError(f"a draft has no {sorted(unknown)}")
    with atomic():
        hold(actor, draft)
        for name, value in fields.items():
            setattr(draft, name, normalise(str(value or "")) if name in TYPED else value)


def add_files(actor: Actor | None, draft: Draft, uploads: Iterable[Upload]) -> list[RefusedFile]:
    """Keep what can be taken and name each refused file with its reason.

    At most `upload_max_files` files of `upload_max_bytes` bytes each belong to a draft. Raises as `save` does.
    """
    kept, refused = store.keep(uploads)
    try:
        with atomic():
            hold(actor, draft)
            room = max(0, settings().upload_max_files - len(draft.files))
            draft.files.extend(kept[:room])
    except BaseException:
        store.discard(kept)
        raise
    store.discard(kept[room:])
    return refused + [RefusedFile(file.name, store.too_many()) for file in kept[room:]]


def use_photo_facts(actor: Actor | None, draft: Draft) -> bool:
    """Take over when and where the first photo was taken that says so, because the author asked for it.

    Whether there was anything to take over. Raises as `save` does.
    """
    facts = next(filter(None, map(store.photo_facts_of, draft.files)), None)
    with atomic():
        hold(actor, draft)
        draft.photo_facts = facts
    return facts is not None


def drop_photo_facts(actor: Actor | None, draft: Draft) -> None:
    """Forget them again. Raises as `save` does."""
    with atomic():
        hold(actor, draft)
        draft.photo_facts = None


def remove_file(actor: Actor | None, draft: Draft, public_id: UUID) -> None:
    """Take a file out of the draft; quiet when it is out already. Raises as `save` does."""
    with atomic() as session:
        hold(actor, draft)
        gone = [file for file in draft.files if file.public_id == public_id]
        if any(file.is_picture for file in gone):
            draft.photo_facts = None
        store.delete_files(gone)
        session.flush()
        session.expire(draft, ["files"])


def delete_draft(actor: Actor | None, draft: Draft) -> None:
    """Delete a draft that is not filed, with its files. Raises as `save` does."""
    with atomic():
        hold(actor, draft)
        erase(draft)
        record(AuditName.DRAFT_DELETED, actor or SYSTEM, "draft", draft.id)


def purge_drafts() -> None:
    """Delete drafts nobody has touched for `draft_days` days, with their files; none while filing is switched off."""
    if why_off(Function.FILING):
        return
    before = now() - timedelta(days=settings().draft_days)
    while True:
        with atomic() as session:
            old = session.scalars(select(Draft).where(Draft.updated_at < before).limit(PURGE_BATCH)).all()
            for draft in old:
                erase(draft)
        if len(old) < PURGE_BATCH:
            return


def delete_drafts_of(person_id: int) -> None:
    """Delete every draft of a person whose account goes. Inside atomic()."""
    drafts: Sequence[Draft] = current().scalars(select(Draft).where(Draft.person_id == person_id)).all()
    for draft in drafts:
        erase(draft)


def erase(draft: Draft) -> None:
    """Delete the row of a draft, its files and the pieces of those that were arriving. Inside atomic()."""
    session = current()
    store.delete_files(draft.files)
    for parts in session.scalars(select(PendingUpload.parts).where(PendingUpload.draft_id == draft.id)):
        store.delete_keys(parts)
    session.flush()
    session.expire(draft, ["files"])
    session.delete(draft)


def lock(draft: Draft) -> Draft:
    """Lock a draft, filed or not, inside atomic(). Raises Gone once it is deleted."""
    found = current().scalar(
        select(Draft).where(Draft.id == draft.id).with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise Gone(lazy("This draft was deleted."))
    return found


def hold(actor: Actor | None, draft: Draft) -> None:
    """Lock a draft for writing; see `save` for what is raised and who comes to own it."""
    found = lock(draft)
    if actor is not None and found.person_id not in (None, actor.person_id):
        raise NotFound
    if found.petition_id is not None:
        raise Conflict(lazy("This was filed already."))
    if actor is not None:
        found.person_id = actor.person_id
    found.updated_at = now()
