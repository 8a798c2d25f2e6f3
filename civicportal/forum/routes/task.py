"""One task: its page, the versions of its text, following it."""

from typing import Any

from flask import render_template, request, url_for

from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import current_actor, public, require_actor, requires
from civicportal.core.word_diff import changes
from civicportal.forum.models import Task
from civicportal.forum.policies import can_support
from civicportal.forum.queries.arguments import columns
from civicportal.forum.queries.clock import clock_of
from civicportal.forum.queries.listing import is_following
from civicportal.forum.queries.pages import public_by_number
from civicportal.forum.queries.review import reviews_of
from civicportal.forum.queries.timeline import timeline
from civicportal.forum.queries.versions import former_of, version_of, versions_of
from civicportal.forum.queries.visibility import is_writer, linked_petition, proposer, task_of
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.routes.parts import press, shown
from civicportal.forum.services import following
from civicportal.forum.services.ballot import vote_runs
from civicportal.forum.states import ARGUABLE, CHANGEABLE, EXTENDABLE, TASK, Side, TaskState
from civicportal.forum.task_blocks import task_blocks
from civicportal.petitions.language import detect
from civicportal.voting.queries.totals import published_totals
from civicportal.voting.queries.trust import dispute_of

Link = tuple[str, object]


@blueprint.get("/forum/<task:number>")
@public
def show(number: str) -> str:
    """A task: where it stands and until when, its vote, its words, reviews, arguments and every step."""
    actor, task = current_actor(), shown(number)
    after = {side: request.args.get(side.value) for side in Side}
    arguments, box = columns(task, actor, after), task.box
    return render_template(
        "forum/show.html", task=task, version=task.versions[-1], proposer=proposer(task, actor),
        clock=clock_of(task), box=box, totals=published_totals(box) if box else None,
        dispute=dispute_of(box.id) if box else None, steps=timeline(task, actor),
        blocks=task_blocks(task.id, current_locale()), reviews=reviews_of(task), spoken=detect,
        petition=linked_petition(task, actor), similar=public_by_number(task.similar), public=bool(task.submitted_at),
        sides=((Side.FOR, arguments.pro), (Side.AGAINST, arguments.contra)), arguments=arguments, page_at=after,
        arguable=task.state in ARGUABLE,
        follows=is_following(actor, task), actions=_actions(actor, task), duties=_duties(actor, task))


def _actions(actor: Actor | None, task: Task) -> list[Link]:
    """What who proposed it can do, the likeliest first."""
    if actor is None or not is_writer(actor, task):
        return []
    verbs = [
        ("forum.edit", _("Change the text as asked"), task.state is TaskState.RETURNED),
        ("forum.submit", _("Check and submit it"), TASK.may(actor, task, "submit")),
        ("forum.edit", _("Change the text"), task.state in CHANGEABLE - {TaskState.RETURNED}),
        ("forum.withdraw", _("Withdraw it"), TASK.may(actor, task, "withdraw") and not vote_runs(task)),
    ]
    return [(url_for(endpoint, number=task.number), title) for endpoint, title, possible in verbs if possible]


def _duties(actor: Actor | None, task: Task) -> list[Link]:
    """What reviewers and the support unit can do."""
    if actor is None:
        return []
    reviewable = actor.can(Permission.TASK_REVIEW) and task.state in (TaskState.SUBMITTED, TaskState.IN_REVIEW)
    verbs = [
        ("forum.review", _("Review this task"), reviewable),
        ("forum.extend", _("Move the due date"), can_support(actor, task) and task.state in EXTENDABLE),
        ("forum.bring", _("Bring it to the Committee without the threshold"), TASK.may(actor, task, "bring")),
    ]
    return [(url_for(endpoint, number=task.number), title) for endpoint, title, possible in verbs if possible]


@blueprint.get("/forum/<task:number>/versions")
@public
def versions(number: str) -> str:
    """The versions of the text, and what each changed in the one before."""
    task = shown(number)
    every = versions_of(task)
    version = version_of(task, request.args.get("version", every[0].number, type=int))
    before = former_of(version)
    parts = {name: changes(getattr(before or version, name), getattr(version, name))
             for name in ("title", "problem", "idea")}
    links = [(url_for("forum.versions", number=number, version=one.number), str(one.number), one is version)
             for one in reversed(every)]
    return render_template("forum/versions.html", task=task, version=version, before=before, links=links,
                           proposer=proposer(task), **parts)


@blueprint.post("/forum/<task:number>/follow")
@requires(Permission.FORUM_JOIN)
def follow(number: str) -> Any:
    """Be told of each step, or no more."""
    actor = require_actor()
    task = task_of(number, actor)
    if request.form.get("follow") == "no":
        return press(task, lambda: following.unfollow(actor, task), done=_("You get no more notices of this task."))
    return press(task, lambda: following.follow(actor, task), done=_("We tell you each step of this task."))
