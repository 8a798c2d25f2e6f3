"""Proposing a task: writing it, handing it in, mending it, taking it back.

People vote only on a text that a reviewer has accepted: one that is changed while it is read goes back to review, and
the reading period begins anew once it is accepted. From the first vote on the text stays as it is.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from civicportal.accounts.models import Person
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, lazy, local
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import Task, TaskVersion
from civicportal.forum.number import compose, count_of
from civicportal.forum.policies import can_propose, can_write
from civicportal.forum.queries.similar import SimilarTask, similar_to, similar_to_text
from civicportal.forum.services.ballot import cancel_vote, drop_vote, forget_vote, vote_runs, voted
from civicportal.forum.services.given import DIFFERENCE_MAX, reason_of, refused, words
from civicportal.forum.services.history import allow, change, hold, note
from civicportal.forum.services.limits import check_tasks, check_versions
from civicportal.forum.states import CHANGEABLE, COMPARED, Origin, TaskState
from civicportal.petitions.language import detect
from civicportal.petitions.models import Petition
from civicportal.petitions.plain import normalise
from civicportal.petitions.states import PetitionState
from civicportal.switches.functions import Function
from civicportal.switches.services import require
from civicportal.voting.states import BoxState

NUMBER_TRIES = 5
PROPOSAL = "proposal"
RUNS = lazy("The vote on this task still runs. You can withdraw it when the vote has closed.")


@dataclass(frozen=True)
class Words:
    """What a task says."""

    title: str
    problem: str
    idea: str

    def language(self, page_language: str) -> str:
        """The language it is written in."""
        return detect("\n".join(astuple(self)), page_language)


def start_task(
    actor: Actor, *, title: str, problem: str, idea: str, language: str, origin: Origin = Origin.CITIZEN,
    petition_number: str | None = None, institution_id: int | None = None, whole: bool = True,
) -> Task:
    """Begin a task as a draft that its author alone sees.

    A newest draft with the same words is that draft: a form may come twice. `language`: that of the page.
    `petition_number`: the answered proposal of the actor's own that it carries on (origin PROPOSAL). `institution_id`:
    in whose name the actor proposes (origin GOVERNMENT). `whole`: false to keep a draft in which something is still
    missing. Raises Invalid with a sentence for each field, Conflict when the proposal was carried on already or the
    actor has too many tasks (settings `tasks_per_person`, `tasks_days`), Forbidden.
    """
    place = institution_id if origin is Origin.GOVERNMENT else None
    if not can_propose(actor, place) or (origin is Origin.GOVERNMENT and place is None):
        raise Forbidden(lazy("You do not have the right to do this."))
    said = _words(title, problem, idea, whole=whole)
    with atomic():
        author = current().get_one(Person, actor.person_id, with_for_update=True)
        if origin is not Origin.PROPOSAL and (sent_before := _draft_with(author, said)) is not None:
            return sent_before
        if place is None:
            check_tasks(actor)
        number = _carried_on(actor, petition_number) if origin is Origin.PROPOSAL else None
        task = _insert(Task(
            title=said.title, language=said.language(language), origin=origin, author=author, institution_id=place,
            petition_number=number, state=TaskState.DRAFT))
        task.versions.append(TaskVersion(number=1, title=said.title, problem=said.problem, idea=said.idea))
        return task


def _draft_with(author: Person, said: Words) -> Task | None:
    """The author's newest draft, if it has these words."""
    drafts = select(Task).where(Task.author_id == author.id, Task.state == TaskState.DRAFT)
    draft = current().scalar(drafts.order_by(Task.id.desc()).limit(1))
    last = draft.versions[-1] if draft else None
    return draft if last and (last.title, last.problem, last.idea) == astuple(said) else None


def save_version(
    actor: Actor, task: Task, *, title: str, problem: str, idea: str, language: str, whole: bool = True,
    difference: str | None = None,
) -> TaskVersion:
    """Change the text. A draft is overwritten; a task that is public gets a further version, if anything changed.

    `whole`: false to keep a draft in which something is still missing. `difference`: as in `submit`, for a task that
    was submitted. In the reading period a new version goes back to review and its planned vote is void.
    Raises Invalid, Forbidden, and Conflict where the text can change no more, or has been changed too often.
    """
    found = similar_to_text(title, problem, idea, but=task.id) if task.state is not TaskState.DRAFT else []
    with atomic():
        hold(task)
        said = _words(title, problem, idea, whole=whole or task.state is not TaskState.DRAFT)
        if not can_write(actor, task):
            raise Forbidden(lazy("Only who proposed the task can change it."))
        _check_changeable(task)
        last = task.versions[-1]
        if (last.title, last.problem, last.idea) == astuple(said):
            return last
        if task.state is not TaskState.DRAFT:
            check_versions(task)
        if task.state in COMPARED:
            _compare(task, found, difference)
        task.title, task.language = said.title, said.language(language)
        if task.state is TaskState.DRAFT:
            last.title, last.problem, last.idea = astuple(said)
            return last
        task.versions.append(TaskVersion(
            number=last.number + 1, title=said.title, problem=said.problem, idea=said.idea))
        current().flush()
        if task.state is TaskState.READING:
            _revise(actor, task)
        else:
            note(task, "edit", actor, tell=False)
        return task.versions[-1]


def submit(actor: Actor, task: Task, *, difference: str | None = None) -> None:
    """Hand a task in for review, the first time or mended; from now on everybody can read it.

    `difference`: what sets it apart, needed when a task that is close to it is public (`queries.similar`). Raises
    Invalid, Forbidden, Conflict when nothing was mended or the vote on the former text still runs, and Unavailable
    while filing or publishing is switched off.
    """
    found = similar_to(task)
    with atomic():
        require(Function.FILING)
        require(Function.PUBLISHING)
        hold(task)
        allow(task, "submit", actor)
        last = task.versions[-1]
        _words(last.title, last.problem, last.idea)
        _check_mended(task)
        _compare(task, found, difference)
        if task.box_id is not None:
            forget_vote(task)
        task.reviewer = None
        task.submitted_at = task.submitted_at or now()
        change(task, "submit", actor, due_at=now() + timedelta(days=settings().review_days))


def withdraw(actor: Actor, task: Task, *, reason: str | None = None) -> None:
    """Take a task back before its vote begins; a planned vote is void. Raises Forbidden or Conflict.

    One that the Committee returned while its vote runs must wait for the end: people are voting on it.
    """
    with atomic():
        hold(task)
        allow(task, "withdraw", actor)
        if vote_runs(task):
            raise Conflict(RUNS)
        change(task, "withdraw", actor, reason=reason_of(reason) if reason and reason.strip() else None)
        cancel_vote(task, lazy("The task was withdrawn before the vote."))


def _words(title: str, problem: str, idea: str, *, whole: bool = True) -> Words:
    said = Words(normalise(" ".join(title.split())), normalise(problem).strip(), normalise(idea).strip())
    limits = {"title": settings().title_max_characters, "problem": settings().text_max_characters,
              "idea": settings().text_max_characters}
    missing = {"title": _("Give a title, so that others see what it is about."),
               "problem": _("Write what the problem is."), "idea": _("Write what should change.")}
    problems: dict[str, object] = {}
    for field, longest in limits.items():
        text = getattr(said, field)
        if not text and whole:
            problems[field] = missing[field]
        elif len(text) > longest:
            problems[field] = _("The text is too long. Use at most %(count)s characters.", count=longest)
    if problems:
        raise Invalid(_("Something is missing."), fields=problems)
    return said


def _carried_on(actor: Actor, petition_number: str | None) -> str:
    """The number of the answered proposal. Raises Invalid, the same for what is not there and what is another's."""
    number = current().scalar(select(Petition.number).where(
        Petition.number == (petition_number or ""), Petition.author_id == actor.person_id, Petition.type == PROPOSAL,
        Petition.state == PetitionState.ANSWERED))
    if number is None:
        raise refused("petition_number", _("You can carry on a proposal of your own once it is answered."))
    former = current().scalar(select(Task.number).where(
        Task.petition_number == number, Task.state != TaskState.WITHDRAWN).limit(1))
    if former is not None:
        raise Conflict(_("This proposal was carried on already: %(number)s.", number=former))
    return number


def _insert(task: Task) -> Task:
    """Store the task under the next free number of the year."""
    session, year = current(), local(now()).year
    for _try in range(NUMBER_TRIES):
        task.number = compose(year, _last_count(year) + 1)
        try:
            with session.begin_nested():
                session.add(task)
        except IntegrityError:
            continue
        return task
    raise Conflict(_("We could not find a free number. Please send it again."))


def _last_count(year: int) -> int:
    last = current().scalar(
        select(Task.number).where(Task.number.like(f"T-{year:04d}-%"))
        .order_by(func.length(Task.number).desc(), Task.number.desc()).limit(1))
    return count_of(last) if last else 0


def _compare(task: Task, found: Sequence[SimilarTask], difference: str | None) -> None:
    """Note the tasks that are like this one. Raises Invalid where the author is to say how it differs.

    What was said before counts for the tasks that were shown then, not for others.
    """
    said = normalise(difference or "").strip()
    close = {one.number for one in found if one.close}
    if close and (task.difference is None or close - set(task.similar)):
        words(said, "difference", missing=_("Say how your task differs from the ones shown."), longest=DIFFERENCE_MAX)
    elif said:
        words(said, "difference", missing="", longest=DIFFERENCE_MAX)
    task.difference, task.similar = said or task.difference, [one.number for one in found]


def _revise(actor: Actor, task: Task) -> None:
    """A text that was changed while people read it waits for a reviewer, and its vote for another reading period."""
    drop_vote(task, lazy("The text was changed while people read it, so a reviewer looks at it again before a vote."))
    task.reviewer = None
    change(task, "revise", actor, due_at=now() + timedelta(days=settings().review_days))


def _check_changeable(task: Task) -> None:
    if task.state is TaskState.IN_REVIEW:
        raise Conflict(lazy("A reviewer is looking at this text. You can change it when the review has ended."))
    if task.state not in CHANGEABLE:
        raise Conflict(lazy("The text can change no more: from the first vote on it stays as it is."))
    if vote_runs(task) or (task.state is TaskState.READING and voted(task)):
        raise Conflict(lazy("The vote on this text still runs. You can change it when the vote has closed."))
    if task.state is TaskState.READING and task.box is not None and task.box.state is BoxState.VOID:
        raise Conflict(lazy("The planned vote on this text is void. The support unit decides what follows."))


def _check_mended(task: Task) -> None:
    if task.state is not TaskState.RETURNED:
        return
    if vote_runs(task):
        raise Conflict(lazy("The vote on the former text still runs. You can submit it again when it has closed."))
    returned = next(event for event in reversed(task.events) if event.state is TaskState.RETURNED
                    and event.verb in ("return", "committee_return"))
    if task.versions[-1].number == returned.details["version"]:
        raise Conflict(lazy("Change the text first: nothing has changed since it was returned."))
