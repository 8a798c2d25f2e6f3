"""One item: its figures, its place, who votes, the motions with their votes by name; and a member's vote."""

from datetime import timedelta
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.committee import services
from civicportal.committee.forms import VoteForm
from civicportal.committee.models import Item
from civicportal.committee.policies import (
    can_keep_item,
    can_move,
    can_recuse,
    can_vote,
    group,
    has_own,
    seat_of,
)
from civicportal.committee.queries import queue
from civicportal.committee.queries.figures import figures
from civicportal.committee.queries.history import history
from civicportal.committee.queries.motions import has_voted, pending, votes_on
from civicportal.committee.queries.seating import seating
from civicportal.committee.queries.task_place import task_place
from civicportal.committee.routes.blueprint import blueprint
from civicportal.committee.routes.parts import page_of, stale
from civicportal.committee.states import ItemState, MotionState
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, DomainError
from civicportal.core.i18n import _, ngettext
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import current_actor, public, require_actor, requires
from civicportal.forum.queries.clock import standing
from civicportal.forum.task_blocks import TASK_BLOCKS, TaskBlock
from civicportal.petitions.language import detect
from civicportal.petitions.queries.clock import ClockView
from civicportal.voting.kinds import KINDS
from civicportal.voting.states import BoxState
from civicportal.voting.wording import instant_text

Link = tuple[str, object, bool]

TASK_BLOCKS.add(TaskBlock("queue", "committee/_task_block.html", lambda task_id, _locale: task_place(task_id)))


@blueprint.get("/committees/items/<int:item_id>")
@public
def item(item_id: int) -> Any:
    """Everything about one item."""
    return _page(queue.item(item_id))


@blueprint.post("/committees/items/<int:item_id>/vote")
@requires(Permission.VOTE_CAST)
def vote(item_id: int) -> ResponseReturnValue:
    """A member's vote on the motion that the page showed."""
    actor, found = require_actor(), queue.item(item_id)
    form = VoteForm()
    motion = next((one for one in found.motions if one.id == form.motion_id.data), None)
    if motion is None:
        return stale(found, Conflict(services.CHANGED))
    form.offer(motion)
    if not form.validate_on_submit():
        return make_response(_page(found, form), 400)
    try:
        services.vote(actor, motion, choice=form.choice.data)
    except DomainError as error:
        return stale(found, error)
    title = KINDS[motion.box.kind].option_title(form.choice.data)
    flash(_("You voted: %(choice)s. Everybody can read it with your name.", choice=title), "success")
    return redirect(page_of(found), 303)


def _page(found: Item, form: VoteForm | None = None) -> str:
    actor, together = current_actor(), group(found)
    first = together[0]
    obstacle = services.obstacle(first, actor)
    return render_template(
        "committee/item.html", item=found, first=first, together=together, place=queue.place_of(found),
        figures=[(one, figures(one)) for one in together], disputes=queue.disputes(together),
        clock=_clock(found), sitting=seating(first),
        obstacle=obstacle, motions=[votes_on(motion) for motion in reversed(first.motions)],
        pending=pending(first), form=form or _ballot(actor, first), actions=_actions(actor, found, obstacle),
        steps=history(found), detect=detect,
        own=actor is not None and has_own(actor, found) and seat_of(actor, found.body) is not None)


def _clock(found: Item) -> ClockView | None:
    if found.state is not ItemState.QUEUED:
        return None
    if not queue.overdue(found):
        sentence = _("To be decided: %(when)s", when=standing(found.due_at, late=False))
        return ClockView(sentence, late=False, soon=False)
    days = max(1, (now() - found.due_at) // timedelta(days=1))
    sentence = ngettext("It was to be decided by %(moment)s: %(num)d day overdue",
                        "It was to be decided by %(moment)s: %(num)d days overdue", days,
                        moment=instant_text(found.due_at))
    return ClockView(sentence, late=True, soon=False, note=_(
        "The support unit can move the date, with a reason that everybody can read."))


def _ballot(actor: Actor | None, first: Item) -> VoteForm | None:
    """The form of a member who has not voted yet on the open motion."""
    motion = pending(first)
    if actor is None or motion is None or motion.state is not MotionState.OPEN or motion.box.state is not BoxState.OPEN:
        return None
    if not can_vote(actor, motion) or has_voted(actor, motion):
        return None
    form = VoteForm(formdata=None)
    form.offer(motion)
    return form


def _actions(actor: Actor | None, found: Item, obstacle: object | None) -> list[Link]:
    """What the actor can do now: (address, title, whether it is the next step). `obstacle`: to a motion."""
    if actor is None or found.state is not ItemState.QUEUED:
        return []
    motion, first = pending(queue.leader(found)), queue.leader(found) is found
    seat, keeps = seat_of(actor, found.body), can_keep_item(actor, found)
    carried = motion is not None and motion.state is MotionState.CARRIED
    verbs = [
        ("committee.record", _("Record the decision"), first and carried and can_move(actor, found), True),
        ("committee.move", _("Move a motion"),
         can_move(actor, found) and first and obstacle is None, True),
        ("committee.recuse", _("Say that somebody takes no part") if keeps else _("Say that I take no part"),
         motion is None and (keeps or (seat is not None and can_recuse(actor, found, seat))), False),
        ("committee.join", _("Decide it together with another item"),
         keeps and motion is None and first and not found.joined, False),
        ("committee.unjoin", _("Decide it by itself again"), keeps and motion is None and not first, False),
        ("committee.extend", _("Move the due date"), keeps, False),
    ]
    return [(url_for(endpoint, item_id=found.id), title, next_step)
            for endpoint, title, possible, next_step in verbs if possible]
