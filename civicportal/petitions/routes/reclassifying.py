"""Giving a petition another type, and the second person's decision on it."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _, long_date, moment_text
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.acting import act
from civicportal.deadlines.rules import Regime
from civicportal.petitions.forms.desk import ReclassifyDecideForm, ReclassifyForm
from civicportal.petitions.models import Assignment
from civicportal.petitions.policies import can_decide_reclassification, can_reclassify
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.reclassifications import waiting
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import reclassifying as services
from civicportal.petitions.types import TYPES, offered


@blueprint.route("/desk/matters/<number:number>/type", methods=["GET", "POST"])
@requires(Permission.MATTER_ANSWER)
def reclassify(number: str) -> ResponseReturnValue:
    """Choose the type; each tells until when the answer would be due."""
    actor, form = require_actor(), ReclassifyForm()
    petition = queries.matter(actor, number, or_held=form.is_submitted())
    part = queries.part_of(actor, petition, form.part.data if form.is_submitted() else None)
    if not form.is_submitted() and (part.closed_at or not can_reclassify(actor, part) or waiting(petition)):
        raise NotFound
    seen(petition, actor)
    form.to_type.choices = [
        SelectChoice(kind.name, kind.title, render_kw={"hint": _until(part, kind.name)})
        for kind in offered() if kind.name != petition.type and kind.rule]
    if not form.is_submitted():
        form.part.data, form.version.data = part.id, part.version
    return act(
        form, lambda: services.reclassify(actor, part, to_type=form.to_type.data, reason=form.reason.data,
                                          version=form.version.data),
        page=lambda: render_template("petitions/desk/reclassify.html", form=form, petition=petition,
                                     type=TYPES[petition.type].title),
        to=url_for("petitions.matter", number=number), done=_("Your change is stored."),
        too_late=lambda error: too_late(petition, error, typed=form.reason.data or ""))


@blueprint.route("/desk/matters/<number:number>/type/decide", methods=["GET", "POST"])
@requires(Permission.MATTER_ASSIGN)
def reclassify_decide(number: str) -> ResponseReturnValue:
    """The second person: change the type, or leave it."""
    actor, form = require_actor(), ReclassifyDecideForm()
    petition = queries.matter(actor, number)
    change = waiting(petition)
    if change is None or not can_decide_reclassification(actor, change):
        raise NotFound
    part = queries.part_of(actor, petition)
    seen(petition, actor)
    return act(
        form, lambda: (services.confirm if form.verdict.data == "confirm" else services.refuse)(actor, change),
        page=lambda: render_template(
            "petitions/desk/reclassify_decide.html", form=form, petition=petition, change=change,
            former=TYPES[change.from_type].title, type=TYPES[change.to_type].title,
            until=_day(part, change.to_type), now_until=long_date(part.due_date)),
        to=url_for("petitions.matter", number=number), done=_("Your decision is stored."),
        too_late=lambda error: too_late(petition, error))


def _day(part: Assignment, type_name: str) -> str:
    """Until when the answer would be due as another type; of an hour rule the minute."""
    deadline = services.deadline_as(part, type_name)
    hours = deadline.rule.regime is Regime.WORKING_HOURS
    return moment_text(deadline.due_at) if hours else long_date(deadline.due_date)


def _until(part: Assignment, type_name: str) -> str:
    day = _day(part, type_name)
    if services.deadline_as(part, type_name).due_at > part.due_at:
        return _("The answer would be due by %(day)s, later than now. A second person decides.", day=day)
    return _("The answer would be due by %(day)s.", day=day)
