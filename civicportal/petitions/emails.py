"""What the author of a petition is told, and of some acts an official.

Each function makes one message; its templates have the same name.

The context is JSON in the reader's language: names and dates, never what people wrote in confidence. Every function
answers None when nobody can be reached: the account is gone or has no confirmed address.
"""

from collections.abc import Sequence
from datetime import timedelta

from civicportal.accounts.models import Person
from civicportal.accounts.queries import holders, recipient, staff_of
from civicportal.core.configuration import settings
from civicportal.core.i18n import long_date, moment_text, speaking
from civicportal.core.letters import unlinked
from civicportal.core.permissions import Actor, Permission, Role
from civicportal.deadlines.rules import RULES, Regime
from civicportal.institutions.models import Institution
from civicportal.notifications.attachments import attach
from civicportal.notifications.models import Message, Recipient
from civicportal.petitions.models import (
    Addition,
    Appeal,
    Assignment,
    DeskExport,
    MatterNote,
    Petition,
    Reclassification,
    Removal,
    Representative,
    Revision,
)
from civicportal.petitions.queries.receipts import mailed_receipt
from civicportal.petitions.states import AppealState
from civicportal.petitions.types import TYPES

Facts = dict[str, object]

attach("petitions.received", mailed_receipt)


def confirm(petition: Petition, token: dict[str, str]) -> Message | None:
    """Asks a guest to confirm the address. `token`: the reference of a CONFIRM_FILING token."""
    return _with_token(petition, token, slug="petitions.confirm")


def entered(petition: Petition, token: dict[str, str]) -> Message | None:
    """Asks somebody for whom an officer filed to confirm the address, to follow the matter and to get the receipt."""
    return _with_token(petition, token, slug="petitions.entered")


def remind(petition: Petition, token: dict[str, str]) -> Message | None:
    """The one reminder to confirm the address, with the same link."""
    return _with_token(petition, token, slug="petitions.remind")


def received(petition: Petition) -> Message | None:
    """The petition has reached an institution (or the triage desk) and its clock runs."""
    part = petition.assignments[-1]
    return _to_author(petition, slug="petitions.received", event=f"petition:{petition.id}:received", part=part,
                      more={"receipt": petition.receipt is not None})


def restored(petition: Petition) -> Message | None:
    """The filing was brought back from its receipt: who has it, and until when."""
    return _to_author(petition, slug="petitions.restored", event=f"petition:{petition.id}:restored",
                      part=petition.assignments[-1])


def transferred(petition: Petition, closed_assignment: Assignment, opened_assignment: Assignment) -> Message | None:
    """One institution passed the matter on, to another or to the triage desk, or that desk decided; and why."""
    reader = _reader(petition)
    if reader is None:
        return None
    former: Facts = {
        "former_institution": _holder(closed_assignment, reader.locale), "reason": opened_assignment.reason,
        "decided": closed_assignment.institution is None,
    }
    return _to_author(petition, slug="petitions.transferred", event=f"assignment:{opened_assignment.id}:transferred",
                      part=opened_assignment, more=former)


def assigned(petition: Petition, assignment: Assignment) -> Message | None:
    """An officer has taken or been given the matter: name and telephone (Enforcement Decree, Article 31)."""
    event = f"assignment:{assignment.id}:officer:{assignment.officer_id}"
    return _to_author(petition, slug="petitions.assigned", event=event, part=assignment, named=True)


def taken_over(parts: Sequence[Assignment]) -> Message | None:
    """To the officer who has a leaver's matters now: how many, without their titles."""
    officer = parts[0].officer
    reader = recipient(officer) if officer else None
    if reader is None:
        return None
    event = f"assignment:{parts[0].id}:taken-over:{reader.person_id}:{parts[0].version}"
    return Message(event=event, recipient=reader, slug="petitions.taken_over", context={"count": len(parts)})


def exported(operator: Person, export: DeskExport, institution: Institution, by: str) -> Message | None:
    """To an operator: who took a list out of the portal, how long it is, and why."""
    reader = recipient(operator)
    if reader is None:
        return None
    return Message(event=f"export:{export.id}", recipient=reader, slug="petitions.exported", context={
        "by": by, "institution": institution.name(reader.locale), "rows": export.rows, "reason": export.reason})


def result(petition: Petition, assignment: Assignment) -> Message | None:
    """The answer is there, and how to rate it."""
    return _to_author(petition, slug="petitions.result", event=f"assignment:{assignment.id}:result", part=assignment,
                      named=True)


def reasked(petition: Petition, assignment: Assignment) -> Message | None:
    """The author asked for a further answer: who has it now, and until when."""
    return _to_author(petition, slug="petitions.reasked", event=f"assignment:{assignment.id}:reasked", part=assignment)


def published(petition: Petition) -> Message | None:
    """Others can read the petition now."""
    return _to_author(petition, slug="petitions.published", event=f"petition:{petition.id}:published")


def publication_refused(petition: Petition) -> Message | None:
    """The petition stays private, and why; the matter itself goes on."""
    reader = _reader(petition)
    if reader is None or petition.refusal is None:
        return None
    with speaking(reader.locale):
        reason: Facts = {"reason": str(petition.refusal.reason.title)}
    return _to_author(petition, slug="petitions.publication_refused",
                      event=f"petition:{petition.id}:publication-refused", more=reason)


def added_to(petition: Petition, addition: Addition, part: Assignment) -> list[Message]:
    """Something was added: a mail and a notice to the officer in charge, else a notice to those at the desk."""
    if part.officer is not None:
        people = [part.officer]
    elif part.institution_id is not None:
        people = staff_of(part.institution_id, Permission.MATTER_TAKE)
    else:
        people = holders(Role.OPERATOR)
    about = {subject.person_id for subject in petition.subjects}
    people = [person for person in people if person.id not in about]
    channels = ("email", "portal") if part.officer else ("portal",)
    context: Facts = {"number": petition.number, "title": petition.title, "placed": part.institution_id is not None}
    return [Message(event=f"addition:{addition.id}", recipient=reader, slug="petitions.added_to", context=context,
                    channels=channels) for reader in filter(None, map(recipient, people))]


def noted(petition: Petition, note: MatterNote, colleague: Person, by: str) -> Message | None:
    """To an official who was named in a note: who wrote it and on which matter, never what it says."""
    reader = recipient(colleague)
    if reader is None:
        return None
    return Message(event=f"note:{note.id}", recipient=reader, slug="petitions.noted",
                   context={"number": petition.number, "by": by})


def reclassified(change: Reclassification, part: Assignment) -> Message | None:
    """The petition has another type: which, why, and when it is due now."""
    reader = _reader(change.petition)
    if reader is None:
        return None
    with speaking(reader.locale):
        more: Facts = {"former": str(TYPES[change.from_type].title), "type": str(TYPES[change.to_type].title),
                       "reason": change.reason}
    return _to_author(change.petition, slug="petitions.reclassified", event=f"reclassification:{change.id}:in-force",
                      part=part, more=more)


def reclassification_waiting(change: Reclassification, actor: Actor) -> list[Message]:
    """A change of type that gives more time waits: to everybody who may decide on it."""
    about = {subject.person_id for subject in change.petition.subjects} | {actor.person_id}
    people = [one for one in staff_of(change.institution_id, Permission.MATTER_ASSIGN) if one.id not in about]
    return [Message(event=f"reclassification:{change.id}:waiting", recipient=reader,
                    slug="petitions.reclassification_waiting", context={"number": change.petition.number})
            for reader in filter(None, map(recipient, people))]


def represent(representative: Representative, token: dict[str, str]) -> Message | None:
    """Asks somebody to act for the author. Says no word of what was filed: the address may be a wrong one."""
    person, petition = representative.person, representative.petition
    reader = recipient(person, unconfirmed=True) if person else None
    if reader is None:
        return None
    with speaking(reader.locale):
        until = moment_text(representative.invited_at + timedelta(days=settings().confirm_days))
    author = unlinked((petition.author and petition.author.name) or "")
    return Message(event=f"representative:{representative.id}:invited", recipient=reader, slug="petitions.represent",
                   context={"number": petition.number, "author": author, "until": until}, token=token,
                   channels=("email",))
def appeal_decided(appeal: Appeal) -> Message | None:
    """What was decided on the author's appeal, and why."""
    more: Facts = {"granted": appeal.state is AppealState.GRANTED, "decision": appeal.decision}
    return _to_author(appeal.refusal.petition, slug="petitions.appeal_decided", event=f"appeal:{appeal.id}:decided",
                      more=more)


def removed(petition: Petition, removal: Removal) -> Message | None:
    """Others can no longer read the petition: why, and who decided it."""
    reader = _reader(petition)
    if reader is None:
        return None
    with speaking(reader.locale):
        more: Facts = {"reason": str(removal.reason.title), "authority": removal.authority}
    return _to_author(petition, slug="petitions.removed", event=f"removal:{removal.id}:made", more=more)


def put_back(petition: Petition) -> Message | None:
    """Others can read the petition again."""
    return _to_author(petition, slug="petitions.published", event=f"removal:{petition.removals[-1].id}:taken-back")


def revised(petition: Petition, revision: Revision) -> Message | None:
    """A public text of the petition, or an answer to it, was changed: by whom in which role, and why."""
    reader = _reader(petition)
    if reader is None:
        return None
    with speaking(reader.locale):
        more: Facts = {"who": str(revision.role.title), "reason": revision.reason, "subject": revision.subject}
    return _to_author(petition, slug="petitions.revised", event=f"revision:{revision.id}:made", more=more)


def _reader(petition: Petition) -> Recipient | None:
    return recipient(petition.author) if petition.author else None


def _to_author(
    petition: Petition, *, slug: str, event: str, part: Assignment | None = None, named: bool = False,
    more: Facts | None = None,
) -> Message | None:
    reader = _reader(petition)
    if reader is None:
        return None
    context: Facts = {"number": petition.number, "title": petition.title}
    if part is not None:
        context |= _part_facts(part, reader.locale)
    if part is not None and named:
        context |= _officer_facts(part, reader.locale)
    return Message(event=event, recipient=reader, slug=slug, context=context | (more or {}))


def _with_token(petition: Petition, token: dict[str, str], *, slug: str) -> Message | None:
    reader = recipient(petition.author, unconfirmed=True) if petition.author else None
    if reader is None:
        return None
    with speaking(reader.locale):
        until = moment_text(petition.asked_at + timedelta(days=settings().confirm_days))
    context: Facts = {"number": petition.number, "title": unlinked(petition.title), "until": until}
    return Message(event=f"petition:{petition.id}:filed", recipient=reader, slug=slug, context=context, token=token,
                   channels=("email",))


def _holder(part: Assignment, locale: str) -> str:
    """Who has or had a part, by name: the institution, or the team that runs the portal."""
    return part.institution.name(locale) if part.institution else settings().operator_name(locale)


def _part_facts(part: Assignment, locale: str) -> Facts:
    with speaking(locale):
        in_hours = RULES[part.rule, part.rule_version].regime is Regime.WORKING_HOURS
        due = moment_text(part.due_at) if in_hours else long_date(part.due_date)
    return {"institution": _holder(part, locale), "placed": part.institution is not None, "due": due}


def _officer_facts(part: Assignment, locale: str) -> Facts:
    """The officer's name and an office telephone number, never the person's own."""
    department, institution = part.department, part.institution
    phone = (department and department.phone) or (institution and institution.phone)
    return {
        "officer": part.officer.name if part.officer else None, "phone": phone or None,
        "department": department.name(locale) if department else None,
    }
