"""Writing and sending the answer of one part. Every saved text is kept; `revising` alone changes a sent one."""

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.i18n import _, moment_text
from civicportal.core.permissions import Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions import emails
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.language import detect
from civicportal.petitions.models import Answer, AnswerVersion, Assignment
from civicportal.petitions.plain import normalise
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.services.claim import claim
from civicportal.petitions.services.leaks import check_leaks
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.placement import settle_petition
from civicportal.petitions.services.record import enter
from civicportal.petitions.services.revising import keep_answer
from civicportal.petitions.states import ANSWER, ASSIGNMENT, AnswerState, RecordAct


class TextConflict(Conflict):
    """Somebody saved another text meanwhile: `text`, by `author`, is now version `number`."""

    def __init__(self, theirs: AnswerVersion) -> None:
        self.text, self.author, self.number = theirs.text, theirs.author.name or "", theirs.number
        super().__init__(_("%(name)s saved another text at %(moment)s, after you opened the page.",
                           name=self.author, moment=moment_text(theirs.saved_at)))


def save(actor: Actor, assignment: Assignment, *, text: str, base_version: int) -> AnswerVersion:
    """Keep a text of the answer as its next version. `base_version`: the one the page was opened with, 0 for none.

    The same text again is no new version. Raises TextConflict when somebody else saved meanwhile, Invalid for an
    empty text, Conflict when the part has moved on, or Forbidden.
    """
    with atomic() as session:
        claim(actor, assignment, "answer")
        written = normalise(text)
        if not written:
            raise _empty()
        answer = assignment.answer or _begin(assignment)
        latest = newest_text(answer)
        if latest and latest.text == written:
            return latest
        if latest and latest.number != base_version:
            raise TextConflict(latest)
        answer.current += 1
        answer.language = detect(written, assignment.petition.language)
        version = AnswerVersion(answer_id=answer.id, number=answer.current, text=written, author_id=actor.person_id)
        session.add(version)
        record(AuditName.ANSWER_SAVED, actor, "assignment", assignment.id, version=version.number)
        return version


def send(actor: Actor, assignment: Assignment, *, base_version: int, leaks_seen: bool = False) -> Answer:
    """Send the version that was shown for checking: the part closes, the petition settles, the author is told.

    `leaks_seen`: the actor has looked at the personal data found in it. Sent again it stays as it is and nobody is told
    twice. Raises LeaksFound, and as `save` does.
    """
    with atomic() as session:
        lock(assignment)
        answer = assignment.answer
        if answer and _sent_already(actor, answer, base_version):
            return answer
        claim(actor, assignment, "answer")
        latest = newest_text(answer)
        if answer is None or latest is None:
            raise _empty()
        if latest.number != base_version:
            raise TextConflict(latest)
        check_leaks(actor, assignment, latest.text, seen=leaks_seen)
        apply(ANSWER, answer, "send", actor)
        apply(ASSIGNMENT, assignment, "answer", actor)
        answer.sent_at = assignment.closed_at = now()
        session.flush()
        settle_petition(actor, assignment.petition)
        keep_answer(assignment, latest.text)
        enter(assignment.petition, RecordAct.ANSWERED, hash_of(latest.text))
        tell(emails.result(assignment.petition, assignment))
        return answer


def _begin(assignment: Assignment) -> Answer:
    answer = Answer(assignment=assignment, language=assignment.petition.language)
    session = current()
    session.add(answer)
    session.flush()
    return answer


def _sent_already(actor: Actor, answer: Answer, base_version: int) -> bool:
    same = answer.state is AnswerState.SENT and answer.current == base_version
    return same and ANSWER.permits("send", actor, answer)


def _empty() -> Invalid:
    sentence = _("Write the answer first.")
    return Invalid(sentence, fields={"text": sentence})
