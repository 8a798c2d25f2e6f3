"""Bringing back what was lost: a genuine receipt is filed again under its number and its time, once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civicportal.accounts.models import Person
from civicportal.accounts.queries import confirmed_by_address
from civicportal.accounts.services import confirm_address, guest
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.permissions import Actor
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current
from civicportal.institutions.models import Region
from civicportal.institutions.queries import by_code
from civicportal.petitions.filing_receipts import Checked, Content, canonical_content
from civicportal.petitions.language import detect
from civicportal.petitions.models import FilingReceipt, Petition, PetitionFile
from civicportal.petitions.services import files as store
from civicportal.petitions.services.filing import ask_to_confirm
from civicportal.petitions.services.receipts import keep, verify
from civicportal.petitions.services.reception import receive
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import Channel, Publication, RecordAct
from civicportal.petitions.types import TYPES, current_name
from civicportal.voting.notes import parse_instant

PHOTO_FACTS = ("taken_at", "place")


class Outcome(StrEnum):
    """What became of one receipt."""

    RESTORED = "restored"
    WAITING = "waiting"
    THERE = "there"
    OTHER = "other"
    NOT_GENUINE = "not_genuine"
    SHORT = "short"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Restored:
    """The outcome, with the check it rests on. `missing`: names of files that were not found, or cannot be taken."""

    outcome: Outcome
    checked: Checked
    missing: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the filing is in the portal now."""
        return self.outcome in (Outcome.RESTORED, Outcome.WAITING, Outcome.THERE)


@dataclass
class Upload:
    """A file beside the receipt, under the name that it was sent with."""

    filename: str | None
    stream: BinaryIO


@dataclass(frozen=True)
class Beside:
    """Files that lie beside the receipts, found by size and SHA-256 whatever they are called."""

    sizes: dict[int, list[Path]] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[Path]) -> "Beside":
        """The plain files among these paths; links are not followed."""
        sizes: dict[int, list[Path]] = defaultdict(list)
        for path in paths:
            if path.is_file() and not path.is_symlink():
                sizes[path.stat().st_size].append(path)
        return cls(dict(sizes))

    def find(self, size: int, sha256: str) -> Path | None:
        """A file with this content."""
        return next((path for path in self.sizes.get(size, ()) if _hash(path) == sha256), None)


def restore(actor: Actor, given: bytes, beside: Beside) -> Restored:
    """File again what a genuine receipt holds, unless it is there.

    The author of a confirmed address gets it into the account with that address, and the institution on the receipt
    receives it with the clock it had. A guest is asked to confirm first, as at the filing: nobody can say any more
    whether that was done.
    """
    checked = verify(given)
    if not checked.genuine or checked.statement is None:
        return Restored(Outcome.NOT_GENUINE, checked)
    if checked.content is None:
        return Restored(Outcome.SHORT, checked)
    taken: list[PetitionFile] = []
    try:
        with atomic():
            held = _held(checked)
            if held is not None:
                return Restored(held, checked)
            return _refile(actor, checked, checked.content, beside, taken)
    except BaseException:
        store.discard(taken)
        raise


def _held(checked: Checked) -> Outcome | None:
    """What the portal has under the number already."""
    told = checked.statement
    row = told and current().execute(
        select(Petition.id, FilingReceipt.digest).outerjoin(FilingReceipt, FilingReceipt.petition_id == Petition.id)
        .where(Petition.number == told.number)).first()
    if told is None or row is None:
        return None
    return Outcome.THERE if row.digest == told.digest.hex() else Outcome.OTHER


def _refile(actor: Actor, checked: Checked, content: Content, beside: Beside, taken: list[PetitionFile]) -> Restored:
    told = checked.statement
    author = _author(actor, content) if content["type"] in TYPES and current_name(content["type"]) else None
    if told is None or author is None:
        return Restored(Outcome.UNUSABLE, checked)
    petition = _petition(content, author)
    petition.filed_at, petition.restored_at = told.at, now()
    session = current()
    try:
        with session.begin_nested():
            session.add(petition)
    except IntegrityError:  # another command was faster
        return Restored(_held(checked) or Outcome.OTHER, checked)
    missing = _attach(petition, content, beside, taken)
    keep(petition, canonical_content(content), told.digest, checked.note)
    enter(petition, RecordAct.RESTORED, told.digest.hex())
    record(AuditName.PETITION_RESTORED, actor, "petition", petition.id)
    received = content["author"]["confirmed"] or petition.entered_at is not None
    if received:
        receive(actor, petition)
    if author.address is not None and not content["author"]["confirmed"]:
        ask_to_confirm(petition, author)
    return Restored(Outcome.RESTORED if received else Outcome.WAITING, checked, missing)


def _author(actor: Actor, content: Content) -> Person | None:
    """The account of a confirmed address, made anew where it was lost too; a guest. None for what is no address."""
    told = content["author"]
    try:
        known = confirmed_by_address(told["address"]) if told["confirmed"] else None
        address = told["address"] or (None if "entered_at" in content["fields"] else "")
        person = known or guest(told["name"], address, told["phone"], _locale(content))
    except ValueError:
        return None
    return confirm_address(person, actor) if told["confirmed"] else person


def _petition(content: Content, author: Person) -> Petition:
    public = content["public"] and TYPES[content["type"]].may_be_public
    institution, place = content["institution"], content["place"]
    locale, entered_at = _locale(content), content["fields"].get("entered_at")
    return Petition(
        number=content["number"], type=TYPES[content["type"]].name, title=content["title"], text=content["text"],
        language=detect(f"{content['title']}\n{content['text']}", locale), locale=locale,
        region_code=place if place and current().get(Region, place) else None, author=author, suggestions=[],
        publication=Publication.PENDING if public else Publication.PRIVATE,
        chosen_institution=by_code(institution["code"]) if institution else None,
        photo_facts={name: content["fields"][name] for name in PHOTO_FACTS if name in content["fields"]} or None,
        channel=Channel(content["fields"].get("channel", Channel.ONLINE)),
        entered_at=parse_instant(entered_at) if entered_at else None,
    )


def _locale(content: Content) -> str:
    return content["locale"] if content["locale"] in settings().locales else settings().locales[0]


def _attach(petition: Petition, content: Content, beside: Beside, taken: list[PetitionFile]) -> tuple[str, ...]:
    """Attach the files that lie beside the receipt, and note them as taken; the names of the others."""
    missing, session = [], current()
    for told in content["files"]:
        path = beside.find(told["size"], told["sha256"])
        file = _kept(path, told) if path else None
        if file is None:
            missing.append(str(told["name"]))
            continue
        taken.append(file)
        file.petition = petition
        session.add(file)
        session.flush()
        enqueue("petitions.derive_file", file.id)
    return tuple(missing)


def _kept(path: Path, told: Content) -> PetitionFile | None:
    """The file in the store; None when it cannot be taken, or was changed while it was read."""
    with path.open("rb") as stream:
        kept, _refused = store.keep([Upload(told["name"], stream)])
    if kept and kept[0].sha256 == told["sha256"]:
        return kept[0]
    store.discard(kept)
    return None


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
