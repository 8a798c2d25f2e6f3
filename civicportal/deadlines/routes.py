"""The calendar: what everybody can read of it, and the operators' page."""

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.accounts.models import Person
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import public, require_actor, requires, step_up
from civicportal.deadlines import queries, services
from civicportal.deadlines.forms import ClosureForm
from civicportal.deadlines.models import Closure, ClosureKind
from civicportal.deadlines.policies import can_confirm_closure

blueprint = Blueprint("deadlines", __name__)


@blueprint.get("/calendar")
@public
def calendar() -> str:
    """Every day that was entered beside the public holidays: who, when and why, late ones with both dates."""
    return render_template("deadlines/calendar.html", rows=queries.told(), shown=queries.SHOWN, name_of=_name)


def _name(person: Person | None) -> str:
    """Who entered or decided; nobody is named where a command did it or the account is gone."""
    if person is None:
        return _("by command, at the portal's own machine")
    return person.name or _("somebody whose account was deleted")


@blueprint.get("/operator/calendar")
@requires(Permission.CALENDAR_EDIT)
def edit() -> str:
    """What waits for a second person, and what counts."""
    actor = require_actor()
    waiting = [(row, can_confirm_closure(actor, row)) for row in queries.waiting()]
    return render_template("deadlines/edit.html", waiting=waiting, rows=queries.coming(), name_of=_name)


@blueprint.route("/operator/calendar/new", methods=["GET", "POST"])
@requires(Permission.CALENDAR_EDIT)
@step_up
def new() -> ResponseReturnValue:
    """Enter a day; one that has begun waits for somebody else."""
    form = ClosureForm()
    try:
        if form.validate_on_submit():
            made = services.add_closure(
                require_actor(), day=form.day.data, kind=ClosureKind(form.kind.data), name_ko=form.name_ko.data,
                name_en=form.name_en.data, reason_ko=form.reason_ko.data, reason_en=form.reason_en.data)
            return _done(made)
    except Invalid as error:
        form.blame(error)
    except Conflict as error:
        form.day.errors = [str(error)]
    return make_response(render_template("deadlines/new.html", form=form), 400 if form.is_submitted() else 200)


def _done(made: Closure) -> ResponseReturnValue:
    if made.waiting:
        flash(_("This day has begun, so another operator must confirm it before it counts."), "warning")
    else:
        flash(_("The day counts from now on for every new due date."), "success")
    return redirect(url_for("deadlines.edit"), 303)


@blueprint.post("/operator/calendar/<int:closure_id>/confirm")
@requires(Permission.CALENDAR_EDIT)
@step_up
def confirm(closure_id: int) -> ResponseReturnValue:
    """Let a late entry of somebody else count."""
    return _decided(services.confirm_closure, closure_id, _("The day counts from now on for every new due date."))


@blueprint.post("/operator/calendar/<int:closure_id>/refuse")
@requires(Permission.CALENDAR_EDIT)
@step_up
def refuse(closure_id: int) -> ResponseReturnValue:
    """Do not let a late entry count."""
    return _decided(services.refuse_closure, closure_id, _("The entry does not count. Everybody can read that."))


def _decided(decide: Callable[[Actor, int], Closure], closure_id: int, sentence: str) -> ResponseReturnValue:
    try:
        decide(require_actor(), closure_id)
    except (Conflict, Forbidden) as error:
        flash(str(error), "warning")
    else:
        flash(sentence, "success")
    return redirect(url_for("deadlines.edit"), 303)


@blueprint.post("/operator/calendar/<int:closure_id>/remove")
@requires(Permission.CALENDAR_EDIT)
@step_up
def remove(closure_id: int) -> ResponseReturnValue:
    """Give a day that lies ahead back to the calendar."""
    day = queries.entry(closure_id).day
    try:
        services.remove_closure(require_actor(), day=day)
    except Conflict as error:
        flash(str(error), "warning")
    else:
        flash(_("The day is as in the calendar again."), "success")
    return redirect(url_for("deadlines.edit"), 303)
