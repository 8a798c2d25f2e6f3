"""Proposing: the words, the check with similar tasks, the receipt; changing and withdrawing; a person's own tasks."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.forum.forms import ConfirmForm, SubmitForm, TaskForm
from civicportal.forum.models import Task
from civicportal.forum.policies import can_write
from civicportal.forum.queries.clock import clock_of, row_clock
from civicportal.forum.queries.listing import followed, my_tasks
from civicportal.forum.queries.similar import SimilarTask, similar_to, similar_to_text
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.routes.parts import MOVED_ON, act, held, page_of, stale
from civicportal.forum.services import propose as services
from civicportal.forum.services.ballot import vote_runs
from civicportal.forum.states import CHANGEABLE, COMPARED, TASK, Origin, TaskState
from civicportal.petitions.models import Petition
from civicportal.petitions.number import parse
from civicportal.petitions.queries.desk import desks
from civicportal.petitions.queries.visibility import own_petition
from civicportal.voting.queries.totals import totals_of_many

WORDS = ("title", "problem", "idea")


@blueprint.route("/forum/propose", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def propose() -> ResponseReturnValue:
    """The words of a new task, which are kept as a draft."""
    actor = require_actor()
    petition = _carried_on(actor)
    places = {} if petition else {place.code: place for place in desks(actor)}
    form = TaskForm([(code, place.name(current_locale())) for code, place in places.items()], data=_taken(petition))
    if form.is_submitted() and (_later() or form.validate()):
        place = places.get(form.institution.data) if form.institution else None
        origin = Origin.PROPOSAL if petition else Origin.GOVERNMENT if place else Origin.CITIZEN
        try:
            task = services.start_task(
                actor, **_words(form), origin=origin, institution_id=place.id if place else None,
                petition_number=petition.number if petition else None, whole=not _later())
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.form_errors.append(str(error.message))
        else:
            return _onward(task)
    return _ask(form, task=None, petition=petition)


def _carried_on(actor: Actor) -> Petition | None:
    """The answered proposal that the address names. Raises NotFound for one that is not the actor's."""
    typed = request.args.get("petition")
    if not typed:
        return None
    try:
        petition = own_petition(parse(typed), actor)
    except ValueError:
        petition = None
    if petition is None:
        raise NotFound
    return petition


def _taken(petition: Petition | None) -> dict[str, str]:
    return {"title": petition.title, "idea": petition.text} if petition else {}


def _words(form: TaskForm) -> dict[str, str]:
    return {**{name: form[name].data or "" for name in WORDS}, "language": current_locale()}


def _later() -> bool:
    """Whether the words are only to be kept, with whatever is still missing."""
    return request.form.get("intent") == "later"


def _ask(form: TaskForm, *, task: Task | None, petition: Petition | None) -> ResponseReturnValue:
    similar: list[SimilarTask] = []
    if task is not None and form.difference and form.difference.errors:
        similar = similar_to_text(*(form[name].data or "" for name in WORDS), but=task.id)
    page = render_template("forum/edit.html", form=form, task=task, petition=petition, similar=similar)
    return make_response(page, 400 if form.errors else 200)


def _onward(task: Task) -> ResponseReturnValue:
    """After a draft: the check, or later."""
    if _later():
        flash(_("It is kept. Go on whenever you like."), "success")
        return redirect(url_for("forum.my"), 303)
    return redirect(url_for("forum.submit", number=task.number), 303)


@blueprint.route("/forum/<task:number>/edit", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def edit(number: str) -> ResponseReturnValue:
    """Change the words: of a draft in place, of a public task as a new version."""
    actor, task = held(number, can_write)
    if request.method == "GET" and task.state not in CHANGEABLE:
        return stale(task, Conflict(MOVED_ON))
    form = TaskForm(compared=task.state in COMPARED, obj=task.versions[-1])
    if form.is_submitted() and (_later() or form.validate()):
        said = form.difference.data if form.difference else None
        try:
            services.save_version(actor, task, **_words(form), whole=not _later(), difference=said)
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return stale(task, error, form)
        else:
            if task.state in (TaskState.DRAFT, TaskState.RETURNED):
                return _onward(task)
            flash(_("The text is stored as version %(number)s.", number=task.versions[-1].number), "success")
            return redirect(page_of(task), 303)
    return _ask(form, task=task, petition=None)


@blueprint.route("/forum/<task:number>/submit", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def submit(number: str) -> ResponseReturnValue:
    """The words once more, similar tasks, what happens next; then hand it in."""
    actor, task = held(number, can_write)
    if request.method == "GET" and not TASK.fits("submit", task):
        return redirect(page_of(task), 303)
    form, similar = SubmitForm(obj=task), similar_to(task)
    if form.validate_on_submit():
        try:
            services.submit(actor, task, difference=form.difference.data)
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return stale(task, error, form)
        else:
            return redirect(url_for("forum.submitted", number=number), 303)
    page = render_template("forum/submit.html", form=form, task=task, version=task.versions[-1], similar=similar,
                           limits=settings())
    return make_response(page, 400 if form.errors else 200)


@blueprint.get("/forum/<task:number>/submitted")
@requires(Permission.FORUM_JOIN)
def submitted(number: str) -> ResponseReturnValue:
    """The receipt: the number, what happens next and until when."""
    _actor, task = held(number, can_write)
    if task.state is not TaskState.SUBMITTED:
        return redirect(page_of(task), 303)
    return render_template("forum/submitted.html", task=task, clock=clock_of(task))


@blueprint.route("/forum/<task:number>/withdraw", methods=["GET", "POST"])
@requires(Permission.FORUM_JOIN)
def withdraw(number: str) -> ResponseReturnValue:
    """Take a task back, after asking once more."""
    actor, task = held(number, can_write)
    if request.method == "GET" and not TASK.fits("withdraw", task):
        return stale(task, Conflict(MOVED_ON))
    if request.method == "GET" and vote_runs(task):
        return stale(task, Conflict(services.RUNS))
    return act(ConfirmForm(), task, lambda: services.withdraw(actor, task), template="forum/withdraw.html",
               done=_("The task is withdrawn."))


@blueprint.get("/my-matters/tasks")
@requires(Permission.FORUM_JOIN)
def my() -> ResponseReturnValue:
    """What I proposed, and what I follow."""
    actor, after, more = require_actor(), request.args.get("after"), request.args.get("followed")
    page, others = my_tasks(actor, cursor=after), followed(actor, cursor=more)
    boxes = [row.box.id for row in (*page.rows, *others.rows) if row.box]
    return render_template(
        "forum/my.html", rows=page.rows, followed=others.rows, clock=row_clock, totals=totals_of_many(boxes),
        older=url_for("forum.my", after=page.next_cursor, followed=more) if page.next_cursor else None,
        older_followed=url_for("forum.my", after=after, followed=others.next_cursor) if others.next_cursor else None)
