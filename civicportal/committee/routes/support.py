"""What the support unit does in public: join items, move dates, keep bodies and their seats."""

from collections.abc import Callable

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.committee import services
from civicportal.committee.forms import BodyForm, CommitteeForm, ExtendForm, JoinForm, ReasonForm, SeatForm
from civicportal.committee.policies import can_keep_item
from civicportal.committee.queries import bodies as queries
from civicportal.committee.queries import queue
from civicportal.committee.routes.blueprint import blueprint
from civicportal.committee.routes.parts import act, held
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _, timezone
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.deadlines.calendar import end_of

RULES = ("name_ko", "name_en", "mandate_ko", "mandate_en", "quorum_percent", "quorum_least", "capacity")
TERM = ("name", "affiliation", "seat", "starts_on", "ends_on")


@blueprint.route("/committees/items/<int:item_id>/join", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def join(item_id: int) -> ResponseReturnValue:
    """Let an item follow the decision on another."""
    actor, item = held(item_id, can_keep_item, services.KEEPERS)
    others = {one.id: one for one in queue.joinable(item)}
    form = JoinForm()
    form.offer(list(others.values()))
    return act(
        form, item, lambda: services.join_items(actor, item, others[form.other_id.data], reason=form.reason.data),
        template="committee/join.html", done=_("The items are decided together. The history of both tasks says so."),
        others=others)


@blueprint.route("/committees/items/<int:item_id>/unjoin", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def unjoin(item_id: int) -> ResponseReturnValue:
    """Let a joined item be decided by itself again."""
    actor, item = held(item_id, can_keep_item, services.KEEPERS)
    form = ReasonForm()
    return act(form, item, lambda: services.unjoin(actor, item, reason=form.reason.data),
               template="committee/unjoin.html", done=_("The item is decided by itself again."))


@blueprint.route("/committees/items/<int:item_id>/due-date", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def extend(item_id: int) -> ResponseReturnValue:
    """Move the due date of an item to the end of a later day."""
    actor, item = held(item_id, can_keep_item, services.KEEPERS)
    form = ExtendForm()
    return act(
        form, item, lambda: services.extend_item(
            actor, item, due_at=end_of(form.due_on.data, timezone()), reason=form.reason.data),
        template="committee/extend.html", done=_("The date is moved."))


@blueprint.route("/support/committees/new", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def body_new() -> ResponseReturnValue:
    """Make a body."""
    form = BodyForm()
    return _save(form, lambda: services.add_body(require_actor(), slug=form.slug.data, values=_rules(form)).slug,
                 template="committee/body_edit.html", done=_("The committee is set up."), body=None)


@blueprint.route("/support/committees/<string:slug>/edit", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def body_edit(slug: str) -> ResponseReturnValue:
    """Change a body's name, mandate and rules."""
    body = queries.body(slug)
    form = BodyForm(obj=body)
    del form.slug

    def save() -> str:
        services.save_body(require_actor(), body, values=_rules(form))
        return slug

    return _save(form, save, template="committee/body_edit.html", done=_("Your changes were saved."), body=body)


@blueprint.route("/support/committees/<string:slug>/members/new", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def member_new(slug: str) -> ResponseReturnValue:
    """Give a seat to somebody."""
    body, form = queries.body(slug), SeatForm()
    form.offer(body)

    def save() -> str:
        services.add_member(require_actor(), body, address=form.address.data, values=_term(form))
        return slug

    return _save(form, save, template="committee/member_edit.html", done=_("The seat is given."), body=body, seat=None)


@blueprint.route("/support/committees/<string:slug>/members/<int:seat_id>", methods=["GET", "POST"])
@requires(Permission.COMMITTEE_RECORD)
def member_edit(slug: str, seat_id: int) -> ResponseReturnValue:
    """Change a seat, or end its term."""
    body = queries.body(slug)
    seat = queries.seat(body, seat_id)
    form = SeatForm(obj=seat)
    form.offer(body, seat)
    del form.address

    def save() -> str:
        services.save_member(require_actor(), seat, values=_term(form))
        return slug

    return _save(form, save, template="committee/member_edit.html", done=_("Your changes were saved."), body=body,
                 seat=seat)


def _save(
    form: CommitteeForm, save: Callable[[], str], *, template: str, done: str, **context: object
) -> ResponseReturnValue:
    """Save when the form is right, and lead to the page of the body; else show the form."""
    if form.validate_on_submit():
        try:
            slug = save()
        except Invalid as error:
            form.blame(error)
        else:
            flash(done, "success")
            return redirect(url_for("committee.body", slug=slug), 303)
    return make_response(render_template(template, form=form, **context), 400 if form.errors else 200)


def _rules(form: BodyForm) -> services.BodyFields:
    return services.BodyFields(**{name: form[name].data for name in RULES})


def _term(form: SeatForm) -> services.SeatFields:
    return services.SeatFields(**{name: form[name].data for name in TERM},
                               alternate_for_id=form.alternate_for_id.data or None)
