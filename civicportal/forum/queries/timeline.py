"""The course of a task for its page, its feed and its messages: what was, what is now, what is still to come."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, lazy, moment_text
from civicportal.core.permissions import Actor
from civicportal.core.steps import Step as PortalStep
from civicportal.forum.models import Task, TaskEvent
from civicportal.forum.queries.due import due_of
from civicportal.forum.queries.visibility import proposer
from civicportal.forum.states import TaskState
from civicportal.petitions.language import detect
from civicportal.voting.states import BoxState

TITLES: Mapping[str, object] = {
    "submit": lazy("Submitted"),
    "take": lazy("A reviewer took it on"),
    "take_over": lazy("Another reviewer took it over"),
    "return": lazy("Returned for changes"),
    "decline": lazy("Declined in review"),
    "accept": lazy("Accepted: everybody can read and discuss it"),
    "edit": lazy("The text was changed"),
    "revise": lazy("The text was changed while people read it"),
    "extend": lazy("The due date was moved"),
    "start_voting": lazy("The vote has opened"),
    "cross": lazy("The threshold was reached"),
    "cross_later": lazy("The threshold was reached after the task had gone to the Committee"),
    "refer": lazy("Handed to the Committee"),
    "expire": lazy("The vote closed below the threshold"),
    "void": lazy("The planned vote is void"),
    "bring": lazy("Brought to the Committee without a threshold"),
    "withdraw": lazy("Withdrawn"),
    "hide": lazy("An argument was hidden"),
    "join": lazy("To be decided together with another task"),
    "unjoin": lazy("To be decided by itself again"),
    "committee_forward": lazy("Forwarded to the strategy meeting"),
    "committee_adopt": lazy("Adopted"),
    "committee_decline": lazy("Declined by the Committee"),
    "committee_return": lazy("Returned by the Committee for changes"),
}
VOIDED = lazy("The vote is void, so the task has ended")
VOID = lazy("The vote is void")
PARTS: Mapping[str, object] = {
    "reviewer": lazy("Reviewer %(name)s"), "support": lazy("Support unit: %(name)s"),
    "committee": lazy("Committee: %(name)s"), "operator": lazy("Operator: %(name)s"),
}


@dataclass(frozen=True)
class Step(PortalStep):
    """One step of a task. `box`: the slug of its vote."""

    box: str = ""


def timeline(task: Task, actor: Actor | None = None) -> list[Step]:
    """All steps in order: past ones by time, then the present one, then those to come."""
    return [*past(task, actor), *_present(task), *_future(task)]


def past(task: Task, actor: Actor | None = None) -> list[Step]:
    """What has happened, oldest first, as `actor` may read it: citizens are not named."""
    return [step_of(event, actor) for event in task.events]


def step_of(event: TaskEvent, actor: Actor | None = None) -> Step:
    """One line of the history, in the reader's language."""
    return Step(
        key=f"event-{event.id}", state="past", title=title_of(event), at=event.at, who=who_of(event, actor),
        text=text_of(event), reason=event.reason or "",
        language=detect(event.reason, event.task.language) if event.reason else "",
        box=str(event.details.get("box", "")))


def title_of(event: TaskEvent) -> str:
    """What was done, in a few words."""
    if event.verb == "expire" and event.details.get("void"):
        return str(VOIDED)
    if event.verb == "void" and event.state is not TaskState.READING:
        return str(VOID)
    return str(TITLES[event.verb])


def who_of(event: TaskEvent, actor: Actor | None = None) -> str:
    """Who did it: officials by name, an institution by its name, a citizen without, the portal itself."""
    if event.who == "author":
        return proposer(event.task, actor)
    if event.who in PARTS:
        return str(PARTS[event.who]) % {"name": event.name or ""}
    return _("The portal, by itself")


def text_of(event: TaskEvent) -> str:
    """The facts of the step as a sentence; empty where the title says it all."""
    made = _TEXTS.get(event.verb)
    return made(event) if made else ""


def _crossed(event: TaskEvent) -> str:
    return _("Crossed at head %(head)s under version %(policy)s of the threshold.",
             head=event.details["head"], policy=event.details["policy"])


def _edited(event: TaskEvent) -> str:
    return _("Version %(number)s.", number=event.details["version"])


def _revised(event: TaskEvent) -> str:
    return _("Version %(number)s. A reviewer looks at it again; once it is accepted, the reading period begins anew.",
             number=event.details["version"])


def _extended(event: TaskEvent) -> str:
    old, new = (datetime.fromisoformat(str(event.details[name])) for name in ("from", "to"))
    return _("From %(old)s to %(new)s.", old=moment_text(old), new=moment_text(new))


def _joined(event: TaskEvent) -> str:
    if "leads" in event.details:
        return _("%(number)s follows the decision on this task.", number=event.details["leads"])
    return _("It follows the decision on %(number)s.", number=event.details["follows"])


def _unjoined(event: TaskEvent) -> str:
    other = event.details.get("leads") or event.details["follows"]
    return _("It was joined with %(number)s.", number=other)


def _withdrawn(event: TaskEvent) -> str:
    if event.details.get("because") == "author_gone":
        return _("The author's account is gone, so nobody can change the task.")
    return ""


_TEXTS: Mapping[str, Callable[[TaskEvent], str]] = {
    "cross": _crossed, "cross_later": _crossed, "edit": _edited, "revise": _revised, "extend": _extended,
    "join": _joined, "unjoin": _unjoined, "withdraw": _withdrawn,
}


def _present(task: Task) -> Iterator[Step]:
    due = due_of(task)
    if due is not None:
        text = _("Overdue since %(moment)s.", moment=moment_text(due.at)) if due.overdue else _(
            "By %(moment)s.", moment=moment_text(due.at))
        title = due.text
        if task.state is TaskState.IN_COMMITTEE:
            title = _("The strategy meeting decides") if task.forwarded_at else _("The Committee decides")
        yield Step("present", "present", title, who=due.who, text=text)
    elif task.state is TaskState.VOTING and task.box is not None:
        text = _("The vote has closed and is being counted.")
        if task.box.state is BoxState.OPEN:
            text = _("Open until %(moment)s.", moment=moment_text(task.box.closes_at))
        yield Step("present", "present", _("Vote: yes or no"), who=_("Everybody who may vote"), text=text,
                   box=task.box.slug)


def _future(task: Task) -> Iterator[Step]:
    course = (
        (TaskState.SUBMITTED, _("A reviewer decides by published criteria")),
        (TaskState.READING, _("Everybody can read and discuss it for %(days)s days", days=settings().reading_days)),
        (TaskState.VOTING, _("Vote: yes or no")),
        (TaskState.IN_COMMITTEE, _("With enough yes votes it goes to the Committee")),
        (TaskState.ADOPTED, _("The Committee decides, with reasons")),
    )
    place = {
        TaskState.DRAFT: 0, TaskState.RETURNED: 0, TaskState.SUBMITTED: 1, TaskState.IN_REVIEW: 1,
        TaskState.READING: 2, TaskState.VOTING: 3,
    }.get(task.state, len(course))
    for state, title in course[place:]:
        yield Step(f"future-{state.value}", "future", title)
