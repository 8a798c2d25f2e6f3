"""The list of erasures, outside the database: a backup that is put back forgets whom it had erased, the list does not.

A line is a keyed hash (IDENTITY_KEY) of the row's id and its making, and a day. Nobody can be found with it who is not
in the database, and a row that only has the same id is not taken for the same person.
"""

from pathlib import Path

from sqlalchemy import exists, select

from civicportal.accounts.models import Person
from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.services import erase_account
from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict
from civicportal.core.events import subscribe
from civicportal.core.permissions import SYSTEM
from civicportal.core.signing import identity_digest
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import current
from civicportal.retention.outside_list import append, read

FILE = "erasures.txt"


@subscribe(AccountDeleted)
def list_soon(_event: AccountDeleted) -> None:
    """The worker enters it; its beat finds what was forgotten."""
    enqueue("retention.list_erasures")


def list_erasures() -> int:
    """Enter every erased account that is not on the list yet; how many. Several workers may do so at once."""
    erased = exists().where(AuditEvent.name == AuditName.ACCOUNT_DELETED.value, AuditEvent.subject_kind == "person",
                            AuditEvent.subject_id == Person.id)  # not who turned out to have an account already
    gone = current().scalars(select(Person).where(Person.deleted_at.is_not(None), erased).order_by(Person.id)).all()
    return append(_path(), (f"{_digest(person)} {person.deleted_at:%Y-%m-%d}" for person in gone))


def replay() -> tuple[int, int]:
    """Erase again whoever is on the list and is back. How many were, and how many a legal hold keeps."""
    listed = {line.partition(" ")[0] for line in read(_path())}
    there = current().scalars(select(Person).where(Person.deleted_at.is_(None)).order_by(Person.id)).all()
    done = kept = 0
    for person_id in [person.id for person in there if _digest(person) in listed]:
        try:
            erase_account(SYSTEM, current().get_one(Person, person_id))
            done += 1
        except Conflict:
            kept += 1
    return done, kept


def _path() -> Path:
    return Path(settings().erasures_root) / FILE


def _digest(person: Person) -> str:
    return identity_digest(f"erased-person:{person.id}:{person.created_at.isoformat()}")
