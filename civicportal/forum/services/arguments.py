"""Arguments for and against: writing, rating, hiding."""

from sqlalchemy import func, select

from civicportal.accounts.models import Person
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.copies import forget_copies
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import atomic, current, lock
from civicportal.forum.models import Argument, ArgumentRating, Task
from civicportal.forum.policies import can_argue, can_hide, can_rate
from civicportal.forum.ranking import HIDDEN, rank
from civicportal.forum.services.given import reason_of, words
from civicportal.forum.services.history import note
from civicportal.forum.states import ARGUABLE, Side
from civicportal.petitions.language import detect
from civicportal.switches.functions import Function
from civicportal.switches.services import require

OVER = lazy("Arguments can be added and rated while a task is read or voted on.")


def argue(actor: Actor, task: Task, *, side: Side, text: str, language: str) -> Argument:
    """Add an argument. `language`: that of the page.

    Raises Invalid for a text that is missing or too long, Conflict outside reading and vote and after
    `arguments_per_person` arguments on this task, Forbidden, Unavailable while publishing is switched off.
    """
    with atomic() as session:
        require(Function.PUBLISHING)
        if not can_argue(actor):
            raise Forbidden(lazy("You do not have the right to do this."))
        session.get_one(Person, actor.person_id, with_for_update=True)
        session.refresh(task)
        _check_running(task)
        said = words(text, "text", missing=_("Write your argument."), longest=settings().argument_max_characters)
        written = session.scalar(select(func.count()).select_from(Argument).where(
            Argument.task_id == task.id, Argument.author_id == actor.person_id)) or 0
        if written >= settings().arguments_per_person:
            raise Conflict(_("You have written %(count)s arguments on this task. That is the most for one person.",
                             count=written))
        argument = Argument(task=task, author_id=actor.person_id, side=side, text=said,
                            language=detect(said, language))
        session.add(argument)
        return argument


def rate(actor: Actor, argument: Argument, *, helpful: bool) -> None:
    """Say whether an argument helps; saying something else later replaces it.

    Raises Forbidden for the argument's author, Conflict outside reading and vote and for a hidden argument.
    """
    with atomic() as session:
        lock(argument)
        if not can_rate(actor, argument):
            raise Forbidden(lazy("You cannot rate an argument of your own."))
        _check_running(argument.task)
        if argument.hidden_at is not None:
            raise Conflict(lazy("This argument is hidden."))
        own = session.scalar(select(ArgumentRating).where(
            ArgumentRating.argument_id == argument.id, ArgumentRating.person_id == actor.person_id))
        if own is None:
            session.add(ArgumentRating(argument_id=argument.id, person_id=actor.person_id, helpful=helpful))
        else:
            own.helpful = helpful
        recount(argument)


def hide(actor: Actor, argument: Argument, *, reason: str) -> None:
    """Hide an argument that breaks the rules. Its place stays, with the reason instead of the text.

    Raises Invalid, Forbidden, and Conflict when it is hidden already.
    """
    with atomic():
        lock(argument)
        if not can_hide(actor, argument):
            raise Forbidden(lazy("You do not have the right to do this."))
        if argument.hidden_at is not None:
            raise Conflict(lazy("This argument is hidden."))
        argument.hidden_at, argument.hidden_reason, argument.rank = now(), reason_of(reason), HIDDEN
        part = "reviewer" if actor.can(Permission.TASK_REVIEW) else "support"
        note(argument.task, "hide", actor, reason=argument.hidden_reason, who=part, tell=False,
             details={"argument": argument.id})
        forget_copies()


def recount(argument: Argument) -> None:
    """Bring the figures of a locked argument up to date with its ratings."""
    session = current()
    session.flush()
    said = {helpful: count for helpful, count in session.execute(  # noqa: C416 - a row is no pair for dict()
        select(ArgumentRating.helpful, func.count()).where(ArgumentRating.argument_id == argument.id)
        .group_by(ArgumentRating.helpful))}
    argument.helpful, argument.unhelpful = said.get(True, 0), said.get(False, 0)
    argument.rank = HIDDEN if argument.hidden_at else rank(argument.helpful, argument.unhelpful)


def _check_running(task: Task) -> None:
    if task.state not in ARGUABLE:
        raise Conflict(OVER)
