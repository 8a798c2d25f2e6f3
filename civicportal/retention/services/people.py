"""One person's data: told as files that others can read, and forgotten.

Votes are left out on purpose: whether somebody voted is told to that person alone, on the page of the vote.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, func, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import confirmed_by_address
from civicportal.accounts.services import erase_account
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _, local, speaking, timezone
from civicportal.core.letters import render
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.extensions import Base
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.services.files import storage
from civicportal.petitions.states import AnswerState
from civicportal.retention.personal import ACTED, OWN, PARTS, SECRET, TOLD_TO_NOBODY
from civicportal.retention.schedule import all_in_force, in_force, kept_until

Row = dict[str, Any]


def export_person(address: str, folder: Path) -> Mapping[str, int]:
    """Write what the portal keeps about the account with this address into a new folder that only we can read.

    `data.json`, the files as they were sent, and in each language an account of what is kept until when. Returns how
    many rows of each table. Raises NotFound without such an account, Invalid when the folder is not empty.
    """
    person = _person(address)
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(_("The folder %(folder)s is not empty.", folder=folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    rows = _own_rows(person.id)
    _parts(rows)
    told: dict[str, Any] = {
        "format": "civicportal-person/1", "made_at": now(), "acts_of_office": _acts_of_office(person.id), "rows": rows}
    _write(folder / "data.json", json.dumps(told, ensure_ascii=False, indent=2, default=_plain) + "\n")
    for locale in settings().locales:
        _write(folder / f"account.{locale}.txt", account_of(person, locale))
    _copy_files(rows, folder / "files")
    with atomic():
        record(AuditName.PERSON_EXPORTED, SYSTEM, "person", person.id)
    return {table: len(found) for table, found in rows.items() if found}


def erase_person(address: str) -> dict[str, str]:
    """Erase the account with this address. Returns, for each language, what stays and until when.

    Raises NotFound without such an account, Conflict under a legal hold.
    """
    person = _person(address)
    told = {locale: account_of(person, locale) for locale in settings().locales}
    erase_account(SYSTEM, person)
    return told


def account_of(person: Person, locale: str) -> str:
    """What law and purpose make the portal keep about a person after the account is gone, and until when."""
    zone = timezone()
    today = local(now()).date()
    filed = current().scalars(
        select(Petition).where(Petition.author_id == person.id).order_by(Petition.filed_at, Petition.id)).all()
    records, acts = in_force("petitions", today), in_force("acts", today)
    until = [(petition.number, kept_until(records, petition.answered_at, zone) if petition.answered_at else None)
             for petition in filed]
    with speaking(locale):
        return render("retention/account.txt", {
            "at": now(), "petitions": until, "acts_until": kept_until(acts, now(), zone), "records": records,
            "acts": acts, "periods": all_in_force(today), "settings": settings()})


def _person(address: str) -> Person:
    try:
        person = confirmed_by_address(address)
    except ValueError:
        person = None
    if person is None:
        raise NotFound(_("There is no account with this address."))
    return person


def _own_rows(person_id: int) -> dict[str, list[Row]]:
    return {name: _rows(_table(name), [person_id], column) for name, column in OWN.items()}


def _parts(rows: dict[str, list[Row]]) -> None:
    """Add the rows that belong to those that are there, in the order of `PARTS`."""
    for name, column, parent in PARTS:
        known = {row["id"] for row in rows.get(name, ()) if "id" in row}
        found = _rows(_table(name), [row["id"] for row in rows.get(parent, ())], column)
        rows.setdefault(name, []).extend(row for row in found if row.get("id") not in known)
        if name == "answers":
            rows[name] = [row for row in rows[name] if row["state"] is AnswerState.SENT]
        if name == "answer_versions":
            sent = {(row["id"], row["current"]) for row in rows["answers"]}
            rows[name] = [row for row in rows[name] if (row["answer_id"], row["number"]) in sent]


def _rows(table: Table, ids: Sequence[int], column: str) -> list[Row]:
    if not ids:
        return []
    told = [one for one in table.columns if one.name not in SECRET and (table.name, one.name) not in ACTED]
    statement = select(*told).where(table.columns[column].in_(ids)).order_by(*table.primary_key.columns)
    return [dict(row) for row in current().execute(statement).mappings()]


def _acts_of_office(person_id: int) -> dict[str, int]:
    """How many acts of an office name the person, by table and column."""
    counts = {f"{name}.{column}": current().scalar(
        select(func.count()).select_from(_table(name)).where(and_(_table(name).columns[column] == person_id))) or 0
        for name, column in sorted(ACTED - TOLD_TO_NOBODY)}
    return {name: count for name, count in counts.items() if count}


def _copy_files(rows: Mapping[str, Iterable[Row]], folder: Path) -> None:
    ids = [row["id"] for row in rows["petition_files"]]
    for file in current().scalars(select(PetitionFile).where(PetitionFile.id.in_(ids)).order_by(PetitionFile.id)):
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / f"{file.id}-{Path(file.name).name}"
        target.touch(mode=0o600, exist_ok=False)
        with storage().open(file.storage_key) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _plain(value: object) -> str:
    """What JSON does not know. Raises TypeError for what nobody thought of."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
