"""What the pages of a task share: loading it, doing one thing to it, and the page for those who come too late."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, DomainError, Forbidden, Invalid
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.web import acting
from civicportal.core.web.access import current_actor, require_actor
from civicportal.core.web.forms import PortalForm
from civicportal.forum.models import Task
from civicportal.forum.queries.visibility import task_of

MOVED_ON = lazy("This has changed since you opened the page. Look at it again before you go on.")


def shown(number: str) -> Task:
    """The task if the visitor may see it. Raises NotFound for hidden and absent ones alike."""
    return task_of(number, current_actor())


def held(number: str, may: Callable[[Actor, Task], bool]) -> tuple[Actor, Task]:
    """The actor and a task to which the actor may do something. Raises NotFound or Forbidden."""
    actor = require_actor()
    task = task_of(number, actor)
    if not may(actor, task):
        raise Forbidden(lazy("You do not have the right to do this."))
    return actor, task


def act(
    form: PortalForm, task: Task, do: Callable[[], object], *, template: str, done: str, to: str = "",
    **context: Any,
) -> ResponseReturnValue:
    """A page with a form that does one thing, then leads to the address `to`, else to the task."""
    return acting.act(
        form, do, page=lambda: render_template(template, form=form, task=task, **context), to=to or page_of(task),
        done=done, too_late=lambda error: stale(task, error, form))


def press(task: Task, do: Callable[[], object], *, done: str = "", to: str = "") -> ResponseReturnValue:
    """What a lone button does; what stands against it is said on the task's page."""
    try:
        do()
    except (Conflict, Forbidden, Invalid) as error:
        flash(str(error.message), "error")
    else:
        if done:
            flash(done, "success")
    return redirect(to or page_of(task), 303)


def stale(task: Task, error: DomainError, form: PortalForm | None = None) -> Response:
    """Why it was not done, and what was typed, kept for copying."""
    return acting.not_done(error, number=task.number, back_url=page_of(task), typed=acting.long_texts(form))


def page_of(task: Task) -> str:
    """Address of the task's page."""
    return url_for("forum.show", number=task.number)
