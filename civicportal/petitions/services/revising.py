"""Changing what is public already: each change is a version that everybody can read, with its reason and its role.

A change that takes out what must not be public hides the words of the versions before it from the public; author and
officials go on reading them.
"""

from sqlalchemy import func, select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.copies import forget_copies
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.language import detect
from civicportal.petitions.models import AnswerVersion, Assignment, Petition, Revision
from civicportal.petitions.models.publication import REASON_MAX, TEXT
from civicportal.petitions.policies import can_correct, is_outside
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.queries.revisions import subject_of
from civicportal.petitions.services.given import words
from civicportal.petitions.services.leaks import check_leaks
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import WAS_PUBLIC, AnswerState, RecordAct, Reviser
from civicportal.switches.functions import Function
from civicportal.switches.services import require

_NO_RIGHT = lazy("You do not have the right to do this.")


def keep_first(petition: Petition) -> None:
    """Keep what a petition says on becoming public as its first version. Inside atomic()."""
    _add(petition, TEXT, petition.text, role=Reviser.AUTHOR, title=petition.title)


def keep_answer(part: Assignment, text: str) -> None:
    """Keep an answer that is sent as its first version. Inside atomic()."""
    _add(part.petition, subject_of(part), text, role=Reviser.INSTITUTION)


def revise(
    actor: Actor, petition: Petition, *, title: str, text: str, reason: str, withhold: bool, base_version: int
) -> Revision:
    """Change the title and text of a petition that is public or was removed; the author is told.

    `withhold`: the versions before must not be public any more. `base_version`: the one the page was opened with.
    Raises Forbidden; Conflict when it never was public, or was changed meanwhile; Invalid for what is missing or too
    long, or when nothing was changed.
    """
    with atomic():
        lock(petition)
        if not is_outside(actor, petition):
            raise Forbidden(_NO_RIGHT)
        if petition.publication not in WAS_PUBLIC or base_version != _newest(petition, TEXT):
            raise _moved_on()
        why = _reason(reason)
        title = " ".join(words(title, "title", missing=_("Give a title, short enough for a line."),
                               longest=settings().title_max_characters).split())
        text = words(text, "text", missing=_("Write what it is about."), longest=settings().text_max_characters)
        if (title, text) == (petition.title, petition.text):
            raise Conflict(lazy("Nothing was changed."))
        if not withhold:
            require(Function.PUBLISHING)
        petition.title, petition.text = title, text
        made = _add(petition, TEXT, text, role=Reviser.OPERATOR, title=title, reason=why, withheld=withhold)
        record(AuditName.TEXT_REVISED, actor, "petition", petition.id, subject=TEXT, version=made.number)
        enter(petition, RecordAct.REVISED, hash_of(title, text))
        forget_copies()
        tell(emails.revised(petition, made))
        return made


def correct(
    actor: Actor, part: Assignment, *, text: str, reason: str, withhold: bool, base_version: int,
    leaks_seen: bool = False,
) -> Revision:
    """Correct an answer that was sent; the author is told, and whoever reads it sees that it was changed, and why.

    `leaks_seen`: the actor has looked at the personal data found in it. Raises LeaksFound, and as `revise` does.
    """
    with atomic() as session:
        lock(part)
        if not can_correct(actor, part):
            raise Forbidden(_NO_RIGHT)
        answer = part.answer
        if answer is None or answer.state is not AnswerState.SENT or base_version != _newest(part.petition,
                                                                                             subject_of(part)):
            raise _moved_on()
        why = _reason(reason)
        written = words(text, "text", missing=_("Write the answer first."), longest=settings().text_max_characters)
        former = newest_text(answer)
        if former is not None and former.text == written:
            raise Conflict(lazy("Nothing was changed."))
        check_leaks(actor, part, written, seen=leaks_seen)
        answer.current += 1
        answer.language = detect(written, part.petition.language)
        session.add(AnswerVersion(answer_id=answer.id, number=answer.current, text=written,
                                  author_id=actor.person_id))
        made = _add(part.petition, subject_of(part), written, role=Reviser.INSTITUTION, reason=why, withheld=withhold)
        record(AuditName.TEXT_REVISED, actor, "petition", part.petition.id, subject=made.subject, version=made.number)
        enter(part.petition, RecordAct.REVISED, hash_of(written))
        forget_copies()
        tell(emails.revised(part.petition, made))
        return made


def _reason(text: str) -> str:
    return words(text, "reason", missing=_("Write the reason. Everybody can read it."), longest=REASON_MAX)


def _newest(petition: Petition, subject: str) -> int:
    return current().scalar(select(func.max(Revision.number)).where(
        Revision.petition_id == petition.id, Revision.subject == subject)) or 0


def _add(
    petition: Petition, subject: str, text: str, *, role: Reviser, title: str = "", reason: str = "",
    withheld: bool = False,
) -> Revision:
    made = Revision(petition_id=petition.id, subject=subject, number=_newest(petition, subject) + 1, title=title,
                    text=text, role=role, reason=reason, withheld=withheld, at=now())
    current().add(made)
    current().flush()
    return made


def _moved_on() -> Conflict:
    return Conflict(lazy("This has changed since you opened the page. Look at it again before you go on."))
