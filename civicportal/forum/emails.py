"""What authors and followers are told. The context is JSON in the reader's language and names no citizen."""

from civicportal.core.i18n import moment_text, speaking
from civicportal.core.letters import unlinked
from civicportal.forum.models import TaskEvent
from civicportal.forum.queries.due import due_of
from civicportal.forum.queries.timeline import text_of, title_of, who_of
from civicportal.forum.states import TaskState
from civicportal.notifications.models import Message, Recipient


def step(event: TaskEvent, reader: Recipient) -> Message:
    """A step of a task that the reader proposed."""
    context = _facts(event, reader)
    return Message(event=_name(event), recipient=reader, slug="forum.step", context=context | {
        "yours_to_mend": event.state is TaskState.RETURNED})


def step_followed(event: TaskEvent, reader: Recipient) -> Message:
    """A step of a task that the reader follows. The reader can do without these."""
    return Message(event=_name(event), recipient=reader, slug="forum.followed", context=_facts(event, reader),
                   optional=True)


def _name(event: TaskEvent) -> str:
    return f"task-event:{event.id}"


def _facts(event: TaskEvent, reader: Recipient) -> dict[str, object]:
    task = event.task
    with speaking(reader.locale):
        due = due_of(task) if task.state is event.state else None
        return {
            "number": task.number, "title": unlinked(task.title), "what": title_of(event), "who": who_of(event),
            "text": text_of(event), "reason": event.reason or "",
            "due": moment_text(due.at) if due else None, "next": due.text if due else None,
        }
