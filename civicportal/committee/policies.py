"""Who may do what in a body: the support unit keeps it, the chair moves and records, members vote and recuse.

Nobody decides on a task of their own. Seats of authors are not emptied by the portal: who is missing would tell who
wrote it.
"""

from datetime import date

from civicportal.committee.models import Body, Item, Member, Motion
from civicportal.committee.states import ITEM, MOTION, Seat
from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.permissions import Actor, Permission
from civicportal.forum.policies import is_own


def today() -> date:
    """The present day on the portal's clocks: terms are counted in days."""
    return local(now()).date()


def seat_of(actor: Actor, body: Body) -> Member | None:
    """The seat that the person holds in the body today."""
    day = today()
    return next((seat for seat in body.members if seat.person_id == actor.person_id and seat.sits(day)), None)


def can_keep(actor: Actor) -> bool:
    """The support unit: bodies, seats, and recusals in a member's name."""
    return actor.can(Permission.COMMITTEE_RECORD)


def group(of: Item) -> list[Item]:
    """The item that is decided with all that are joined to it, itself first."""
    first = of.joined_to or of
    return [first, *first.joined]


def has_own(actor: Actor, item: Item) -> bool:
    """Whether a task of the actor's own is decided with the item."""
    return any(is_own(actor, one.task) for one in group(item))


def can_keep_item(actor: Actor, item: Item) -> bool:
    """The support unit, never where a task of the own is decided."""
    return can_keep(actor) and not has_own(actor, item)


def can_move(actor: Actor, item: Item) -> bool:
    """The support unit, or the chair of the item's body in its term; never where a task of the own is decided.

    A chair who takes no part in the item, or in one that is decided with it, leaves it to the support unit.
    """
    seat = seat_of(actor, item.body)
    recused = {row.member_id for one in group(item) for row in one.recusals}
    chairs = seat is not None and seat.seat is Seat.CHAIR and seat.id not in recused
    return (can_keep(actor) or chairs) and not has_own(actor, item)


def can_record(actor: Actor, motion: Motion) -> bool:
    """Whoever may move on the item."""
    return can_move(actor, motion.item)


def can_recuse(actor: Actor, item: Item, seat: Member) -> bool:
    """The member itself while in its term; for others the support unit, never where a task of the own is decided."""
    return can_keep_item(actor, item) or (seat.person_id == actor.person_id and seat.sits(today()))


def can_vote(actor: Actor, motion: Motion) -> bool:
    """Those the motion was put to (members who have not recused, and who stands in); never on a task of the own."""
    invited = any(entry["person_id"] == actor.person_id for entry in motion.box.members or ())
    return invited and not has_own(actor, motion.item)


for verb in ("forward", "return", "decline"):
    ITEM.permit(verb, can_move)
MOTION.permit("record", can_record)
