"""What the support unit does to a task, in public: bring it to the Committee, move a due date."""

from flask import request
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict
from civicportal.core.i18n import _, timezone
from civicportal.core.permissions import Permission
from civicportal.core.web.access import requires
from civicportal.deadlines.calendar import end_of
from civicportal.forum.forms import ExtendForm, ReasonForm
from civicportal.forum.policies import can_support
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.routes.parts import MOVED_ON, act, held, stale
from civicportal.forum.services import support as services
from civicportal.forum.states import EXTENDABLE, TASK


@blueprint.route("/forum/<task:number>/bring", methods=["GET", "POST"])
@requires(Permission.TASK_SUPPORT)
def bring(number: str) -> ResponseReturnValue:
    """Bring a task to the Committee without the threshold, marked as such."""
    actor, task = held(number, can_support)
    if request.method == "GET" and not TASK.fits("bring", task):
        return stale(task, Conflict(MOVED_ON))
    form = ReasonForm()
    return act(form, task, lambda: services.bring(actor, task, reason=form.reason.data), template="forum/bring.html",
               done=_("The task is with the Committee."))


@blueprint.route("/forum/<task:number>/due-date", methods=["GET", "POST"])
@requires(Permission.TASK_SUPPORT)
def extend(number: str) -> ResponseReturnValue:
    """Move the due date of the present step to the end of a later day."""
    actor, task = held(number, can_support)
    form = ExtendForm()
    if task.due_at is None or task.state not in EXTENDABLE:
        return stale(task, Conflict(MOVED_ON), form)
    return act(form, task, lambda: services.extend_due(
        actor, task, due_at=end_of(form.due_at.data, timezone()), reason=form.reason.data),
        template="forum/extend.html", done=_("The date is moved."))
