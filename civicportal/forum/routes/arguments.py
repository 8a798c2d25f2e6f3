"""Arguments for and against: adding one, saying whether one helps, hiding one that breaks the rules."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict
from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.forum.forms import ArgumentForm, ReasonForm
from civicportal.forum.models import Task
from civicportal.forum.policies import can_argue, is_own
from civicportal.forum.queries.visibility import argument_of, task_of
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.routes.parts import act, held, page_of, press, stale
from civicportal.forum.services import arguments as services
from civicportal.forum.states import ARGUABLE, Side

COLUMNS = "#arguments"


@blueprint.route("/forum/<task:number>/argue", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def argue(number: str) -> ResponseReturnValue:
    """Write an argument."""
    actor, task = held(number, lambda actor, _task: can_argue(actor))
    if request.method == "GET" and task.state not in ARGUABLE:
        return stale(task, Conflict(services.OVER))
    form = ArgumentForm(data={"side": request.args.get("side")})
    return act(form, task, lambda: services.argue(
        actor, task, side=Side(form.side.data), text=form.text.data, language=current_locale()),
        template="forum/argue.html", done=_("Your argument is added."), to=page_of(task) + COLUMNS)


@blueprint.post("/forum/<task:number>/arguments/<int:argument_id>/rating")
@requires(Permission.FORUM_JOIN)
def rate(number: str, argument_id: int) -> ResponseReturnValue:
    """Say whether an argument helps."""
    actor = require_actor()
    task = task_of(number, actor)
    argument = argument_of(task, argument_id)
    helpful = request.form.get("helpful") == "yes"
    here: dict[str, Any] = {side.value: request.args.get(side.value) for side in Side}
    return press(task, lambda: services.rate(actor, argument, helpful=helpful),
                 to=url_for("forum.show", number=number, **here, _anchor=f"argument-{argument_id}"))


@blueprint.route("/forum/<task:number>/arguments/<int:argument_id>/hide", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def hide(number: str, argument_id: int) -> ResponseReturnValue:
    """Hide an argument, with the reason in its place."""
    actor, task = held(number, _moderates)
    argument, form, back = argument_of(task, argument_id), ReasonForm(), page_of(task) + COLUMNS
    if request.method == "GET" and argument.hidden_at:
        return stale(task, Conflict(_("This argument is hidden.")))
    return act(form, task, lambda: services.hide(actor, argument, reason=form.reason.data),
               template="forum/hide.html", argument=argument, done=_("The argument is hidden."), to=back)


def _moderates(actor: Actor, task: Task) -> bool:
    return (actor.can(Permission.TASK_REVIEW) or actor.can(Permission.TASK_SUPPORT)) and not is_own(actor, task)
