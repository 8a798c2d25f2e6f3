"""The list of what stopped being public, outside the database: a backup that is put back would publish it again.

A line is JSON and holds what the public register of removals and the versions of a text show to everybody anyway: a
number, an instant, a reason, an authority. It has no words of a petition and names nobody.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from civicportal.core.configuration import settings
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.petitions.models import Petition, Removal, Revision
from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.services.removal import remove
from civicportal.petitions.states import Publication
from civicportal.retention.outside_list import append, read

FILE = "removals.jsonl"
_REMOVED, _PUT_BACK, _WITHHELD = "removed", "put_back", "withheld"


@dataclass(frozen=True)
class Replayed:
    """What was removed again. `again`: as it had been. `unsaid`: numbers of petitions with words that had been taken
    out and were back; an operator takes them out before putting such a petition back."""

    again: int
    unsaid: list[str]


def list_removals() -> int:
    """Enter what is not on the list yet: removals, petitions put back, and words taken out. How many lines."""
    return append(_path(), _lines())


def replay_removals() -> Replayed:
    """Remove again what the list knows to be removed, or to have other words, and is public.

    An act of the list counts unless the petition was put back after it. It can be run twice.
    """
    list_removals()
    told = [json.loads(line) for line in read(_path())]
    back = {line["number"]: line["at"] for line in told if line["act"] == _PUT_BACK}  # the last one
    due = [line for line in told if line["at"] > back.get(line["number"], "")]
    again = sum(_remove(line["number"], RemovalReason(line["reason"]), line["authority"])
                for line in due if line["act"] == _REMOVED)
    portal = settings().portal_name(settings().locales[0])
    unsaid = [line["number"] for line in due if line["act"] == _WITHHELD and not _is_withheld(line)]
    return Replayed(again, [number for number in dict.fromkeys(unsaid)
                            if _remove(number, RemovalReason.PERSONAL_DATA, portal)])


def _lines() -> Iterator[str]:
    for row in current().scalars(select(Removal).order_by(Removal.id)):
        yield _line(_REMOVED, row.number, row.removed_at, reason=row.reason.value, authority=row.authority)
    returned = select(Removal).where(Removal.put_back_at.is_not(None)).order_by(Removal.put_back_at)
    for row in current().scalars(returned):
        yield _line(_PUT_BACK, row.number, row.put_back_at or row.removed_at)
    withheld = select(Petition.number, Revision.subject, Revision.at).join(
        Petition, Petition.id == Revision.petition_id).where(Revision.withheld.is_(True)).order_by(Revision.id)
    for number, subject, at in current().execute(withheld):
        yield _line(_WITHHELD, number, at, subject=subject)


def _line(act: str, number: str, at: datetime, **more: object) -> str:
    given = {"act": act, "number": number, "at": at.isoformat(timespec="microseconds"), **more}
    return json.dumps(given, ensure_ascii=False, sort_keys=True)


def _is_withheld(line: dict[str, str]) -> bool:
    """Whether these words were taken out then, or later on."""
    found = select(Revision.id).join(Petition, Petition.id == Revision.petition_id).where(
        Petition.number == line["number"], Revision.subject == line["subject"], Revision.withheld.is_(True),
        Revision.at >= datetime.fromisoformat(line["at"]))
    return current().scalar(found.limit(1)) is not None


def _remove(number: str, reason: RemovalReason, authority: str) -> bool:
    public = select(Petition).where(Petition.number == number, Petition.publication == Publication.PUBLISHED)
    petition = current().scalars(public).one_or_none()
    if petition is None:
        return False
    remove(SYSTEM, petition, reason=reason, authority=authority)
    return True


def _path() -> Path:
    return Path(settings().erasures_root) / FILE
