"""Notes that officials of an institution write each other about a matter. They are kept as written."""

from dataclasses import dataclass

from civicportal.accounts.models import Person
from civicportal.accounts.queries import staff_of
from civicportal.core.audit import AuditName, record
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails
from civicportal.petitions.colleagues import mentioned
from civicportal.petitions.models import Assignment, MatterNote
from civicportal.petitions.plain import normalise
from civicportal.petitions.policies import can_note
from civicportal.petitions.queries.notes import notes_of
from civicportal.petitions.services.notices import tell


@dataclass(frozen=True)
class Noted:
    """The note, the names of those who were told of it, and the words behind an @ that name nobody there."""

    note: MatterNote
    told: list[str]
    unknown: list[str]


def write_note(actor: Actor, part: Assignment, *, text: str) -> Noted:
    """Leave a note for one's colleagues; whoever is named in it as @name gets a notice without its words.

    The same note sent twice is one. Raises Forbidden, Invalid for an empty or too long text, Conflict once there are
    `notes_per_matter`.
    """
    with atomic() as session:
        lock(part)
        if part.institution_id is None or not can_note(actor, part):
            raise Forbidden(lazy("You do not have the right to do this."))
        words = _words(text)
        before = notes_of(part)
        if before and (before[-1].author_id, before[-1].text) == (actor.person_id, words):
            return Noted(before[-1], [], [])
        if len(before) >= settings().notes_per_matter:
            raise Conflict(_("There are %(count)s notes on this matter. No more can be added.", count=len(before)))
        note = MatterNote(petition_id=part.petition_id, institution_id=part.institution_id,
                          author_id=actor.person_id or 0, text=words)
        session.add(note)
        session.flush()
        record(AuditName.MATTER_NOTED, actor, "petition", part.petition_id)
        return _tell(actor, part, note)


def _words(text: str) -> str:
    words, most = normalise(text).strip(), settings().note_max_characters
    if not words:
        raise _refused(_("Write the note first."))
    if len(words) > most:
        raise _refused(_("Write at most %(limit)s characters.", limit=most))
    return words


def _tell(actor: Actor, part: Assignment, note: MatterNote) -> Noted:
    people = _colleagues(actor, part)
    names, unknown = mentioned(note.text, {person.name for person in people if person.name})
    told = [person for person in people if person.name in names]
    by = current().get_one(Person, actor.person_id)
    for person in told:
        tell(emails.noted(part.petition, note, person, by.name or ""))
    return Noted(note, [person.name or "" for person in told], unknown)


def _colleagues(actor: Actor, part: Assignment) -> list[Person]:
    """Who else reads the notes: not those whom the matter is about, nor who wrote the petition."""
    about = {subject.person_id for subject in part.petition.subjects}
    apart = about | {actor.person_id, part.petition.author_id}
    return [one for one in staff_of(part.institution_id or 0, Permission.DESK_SEE) if one.id not in apart]


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"text": sentence})
