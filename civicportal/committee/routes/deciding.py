"""Deciding an item: who takes no part, what is moved, what was decided."""

from flask.typing import ResponseReturnValue

from civicportal.committee import services
from civicportal.committee.forms import MotionForm, RecordForm, RecuseForm
from civicportal.committee.models import Item, Member
from civicportal.committee.policies import can_keep_item, can_move, group, seat_of
from civicportal.committee.queries.bodies import seats
from civicportal.committee.queries.motions import pending
from civicportal.committee.queries.seating import seating
from civicportal.committee.routes.blueprint import blueprint
from civicportal.committee.routes.parts import act, held, stale
from civicportal.committee.states import MotionState
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import requires


@blueprint.route("/committees/items/<int:item_id>/recusal", methods=["GET", "POST"])
@requires(Permission.VOTE_CAST)
def recuse(item_id: int) -> ResponseReturnValue:
    """Say that a member takes no part: of the own seat, or by the support unit of any."""
    actor, item = held(item_id, _may_recuse, services.RECUSING)
    mine, keeps = seat_of(actor, item.body), can_keep_item(actor, item)
    open_to = _not_recused(item) if keeps else [mine] if mine else []
    form = RecuseForm()
    form.offer(open_to)
    if not keeps:
        del form.seat_id
    by_id = {seat.id: seat for seat in open_to}
    return act(
        form, item, lambda: services.recuse(
            actor, item, by_id[form.seat_id.data] if form.seat_id else open_to[0], reason=form.reason.data),
        template="committee/recuse.html", done=_("It is noted, with the reason. The quorum follows from it."),
        mine=None if keeps else mine)


def _may_recuse(actor: Actor, item: Item) -> bool:
    return can_keep_item(actor, item) or seat_of(actor, item.body) is not None


def _not_recused(item: Item) -> list[Member]:
    found, gone = seats(item.body), {row.member_id for row in seating(item).recusals}
    return [seat for seat in (*found.members, *found.alternates) if seat.id not in gone]


@blueprint.route("/committees/items/<int:item_id>/motion", methods=["GET", "POST"])
@requires(Permission.VOTE_CAST)
def move(item_id: int) -> ResponseReturnValue:
    """Put a decision to the members."""
    actor, item = held(item_id, can_move, services.RIGHTS)
    form = MotionForm()
    obstacle = services.obstacle(item, actor)
    if obstacle is not None:
        return stale(item, Conflict(obstacle), form)
    return act(
        form, item, lambda: services.open_motion(actor, item, proposal=form.proposal.data, reasons=form.reasons.data),
        template="committee/move.html", done=_("The motion is open. The members are told by e-mail."),
        sitting=seating(item), days=settings().motion_days, together=group(item))


@blueprint.route("/committees/items/<int:item_id>/decision", methods=["GET", "POST"])
@requires(Permission.VOTE_CAST)
def record(item_id: int) -> ResponseReturnValue:
    """Write down what the members decided, with the reasons as they are published."""
    actor, item = held(item_id, can_move, services.RIGHTS)
    motion, form = pending(item), RecordForm()
    shown = form.motion_id.data if form.is_submitted() else motion and motion.id
    if motion is None or motion.state is not MotionState.CARRIED or shown != motion.id:
        return stale(item, Conflict(lazy("No motion is carried that waits to be recorded.")), form)
    if not form.is_submitted():
        form.motion_id.data, form.reasons.data = motion.id, motion.reasons
    return act(
        form, item, lambda: services.record_decision(actor, item, motion, reasons=form.reasons.data),
        template="committee/record.html", done=_("The decision is public now, with the reasons and your name."),
        motion=motion, together=group(item))
