"""What was done to a matter, by whom and when, from the append-only record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from civicportal.accounts.models import Person
from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import current
from civicportal.petitions.models import Assignment, Petition

SENTENCES = {
    "assignment:take": lazy("Took the matter"),
    "assignment:assign": lazy("Gave the matter to an officer"),
    "assignment:transfer": lazy("Transferred the matter"),
    "assignment:place": lazy("Decided which institution answers"),
    "assignment:answer": lazy("Sent the answer"),
    "publication:advise": lazy("Checked the petition before publication"),
    "publication:publish": lazy("Published the petition"),
    "publication:refuse": lazy("Refused to publish the petition"),
    "publication:overturn": lazy("Published the petition after an appeal"),
    "publication:remove": lazy("Removed the petition from the public"),
    "publication:put_back": lazy("Made the petition public again"),
    AuditName.ANSWER_SAVED.value: lazy("Saved the answer"),
    AuditName.LEAKS_SEEN.value: lazy("Sent it with personal data after looking at it"),
    AuditName.RECLASSIFIED.value: lazy("Changed the type, or proposed to"),
    AuditName.MATTER_NOTED.value: lazy("Left a note for colleagues"),
    AuditName.PETITION_ADDED_TO.value: lazy("Added something"),
    AuditName.PETITION_ENTERED.value: lazy("Entered the petition for its author"),
    AuditName.ENTRY_READDRESSED.value: lazy("Corrected the author's e-mail address"),
}


@dataclass(frozen=True)
class Entry:
    """One act: what was done, by whom, when. `details` is empty or a short phrase."""

    at: datetime
    who: str
    what: object
    details: object = ""


def history(petition: Petition, actor: Actor) -> Sequence[Entry]:
    """The acts on a matter, newest first. How often an answer was saved stays within its institution."""
    parts = {part.id: part for part in petition.assignments}
    own = [part.id for part in parts.values()
           if part.institution_id and actor.can(Permission.DESK_SEE, part.institution_id)]
    saved = AuditEvent.name == AuditName.ANSWER_SAVED.value
    rows = current().execute(
        select(AuditEvent, Person.name).outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.name.in_(SENTENCES), or_(
            _about("assignment", parts) & ~saved, _about("assignment", own) & saved,
            _about("publication", [petition.id]), _about("petition", [petition.id])))
        .order_by(AuditEvent.id.desc()))
    return [Entry(event.at, name or "", SENTENCES[event.name], _details(event)) for event, name in rows]


def _about(kind: str, ids: Iterable[int]) -> ColumnElement[bool]:
    return (AuditEvent.subject_kind == kind) & AuditEvent.subject_id.in_(list(ids))


def _details(event: AuditEvent) -> str:
    if "version" in event.details:
        return _("Version %(number)s", number=event.details["version"])
    return ""


def last_change(part: Assignment) -> tuple[str, datetime] | None:
    """Who last changed the state of a part, and when; None when nobody did or the person is gone."""
    row = current().execute(
        select(Person.name, AuditEvent.at).join(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_kind == "assignment", AuditEvent.subject_id == part.id,
               AuditEvent.name != AuditName.ANSWER_SAVED.value)
        .order_by(AuditEvent.id.desc()).limit(1)).first()
    return (row.name, row.at) if row and row.name else None
