"""Review: the queue of what is due next, and the decision on one task."""

from collections.abc import Callable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Forbidden
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.forms import PortalForm
from civicportal.forum.forms import ConfirmForm, ReasonForm, ReviewForm
from civicportal.forum.models import Task
from civicportal.forum.policies import can_decide, can_review
from civicportal.forum.queries.clock import clock_of
from civicportal.forum.queries.due import waiting_for_support
from civicportal.forum.queries.pages import public_by_number
from civicportal.forum.queries.review import review_queue, revised_from
from civicportal.forum.queries.visibility import task_of
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.routes.parts import act, page_of
from civicportal.forum.services import review as services
from civicportal.forum.states import TASK, ReviewDecision, TaskState


@blueprint.get("/forum/review")
@requires(Permission.FORUM_JOIN)
def reviews() -> ResponseReturnValue:
    """What waits for a review, the earliest due first; for the support unit also what is stuck elsewhere."""
    actor = require_actor()
    supports = actor.can(Permission.TASK_SUPPORT)
    if not supports and not actor.can(Permission.TASK_REVIEW):
        raise Forbidden(lazy("This page is for people with another role."))
    return render_template(
        "forum/reviews.html", rows=review_queue(actor), stuck=waiting_for_support() if supports else [],
        supports=supports, reviews=actor.can(Permission.TASK_REVIEW), clock=clock_of)


@blueprint.route("/forum/<task:number>/review", methods=["GET", "POST"])
@requires(Permission.TASK_REVIEW)
def review(number: str) -> ResponseReturnValue:
    """A task beside what the reviewer can do with it: take it, take it over, or decide."""
    actor = require_actor()
    task = task_of(number, actor)
    step, here = request.form.get("intent") or _possible(actor, task), url_for("forum.review", number=number)
    if step == "decide":
        verdict = ReviewForm()
        return _page(actor, task, step, verdict, lambda: services.decide_review(
            actor, task, decision=ReviewDecision(verdict.decision.data), met=verdict.met.data or (),
            reasons=verdict.reasons.data), done=_("Your decision is public now."), to=page_of(task))
    if step == "take_over":
        reason = ReasonForm()
        return _page(actor, task, step, reason, lambda: services.take_over(actor, task, reason=reason.reason.data),
                     done=_("The review is yours now."), to=here)
    return _page(actor, task, step, ConfirmForm(), lambda: services.take_review(actor, task),
                 done=_("The review is yours now."), to=here)


def _possible(actor: Actor, task: Task) -> str:
    """What the page offers; empty where there is nothing to do."""
    if TASK.may(actor, task, "take"):
        return "take"
    if task.state is not TaskState.IN_REVIEW or not can_review(actor, task):
        return ""
    return "decide" if can_decide(actor, task) else "take_over"


def _page(
    actor: Actor, task: Task, step: str, form: PortalForm, do: Callable[[], object], *, done: str, to: str
) -> ResponseReturnValue:
    return act(form, task, do, template="forum/review.html", done=done, to=to, step=step, version=task.versions[-1],
               clock=clock_of(task), similar=public_by_number(task.similar), own=not can_review(actor, task),
               revised=revised_from(task),
               reviewer=task.reviewer.name if task.reviewer else None)
