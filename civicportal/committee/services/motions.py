"""Motions: who takes no part, what the members are asked, and their votes by name."""

from datetime import timedelta

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for, recipient
from civicportal.committee import emails
from civicportal.committee.models import Item, Member, Motion, Recusal
from civicportal.committee.policies import can_keep_item, can_move, can_recuse, can_vote, group, has_own
from civicportal.committee.queries.queue import disputed
from civicportal.committee.queries.seating import Seating, seating
from civicportal.committee.services.holding import CHANGED, check_no_motion, check_undecided, hold_alone
from civicportal.committee.states import MotionState, Proposal
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, lazy, ngettext, speaking
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.forum.services.given import reason_of, words
from civicportal.notifications.services import send
from civicportal.voting.models import Box
from civicportal.voting.services.casting import cast_open
from civicportal.voting.services.opening import open_box, plan_box
from civicportal.voting.states import BoxState, Secrecy, TieRule, Totals

SUBJECT = "item"
RIGHTS = lazy("Only the chair or the support unit can do this, and never for a task of their own.")
RECUSING = lazy("A member can say this for their own seat, and the support unit for every seat, "
                "but never where a task of their own is decided.")
DISPUTED = lazy("A vote that this item rests on is disputed. Nothing is decided until that is settled.")
QUESTIONS = {
    Proposal.FORWARD: lazy("Shall %(body)s forward “%(title)s” to the strategy meeting?"),
    Proposal.RETURN: lazy("Shall %(body)s return “%(title)s” for changes?"),
    Proposal.DECLINE: lazy("Shall %(body)s decline “%(title)s”?"),
}


def recuse(actor: Actor, item: Item, seat: Member, *, reason: str) -> Recusal:
    """Note that a member takes no part in an item, for a public reason; who stands in and the quorum follow from it.

    Raises Forbidden, Invalid without a reason, and Conflict once a motion is open or carried, for a decided item, or
    when it is noted already.
    """
    with atomic() as session:
        hold_alone(*group(item))
        if seat.body_id != item.body_id or not can_recuse(actor, item, seat):
            raise Forbidden(RECUSING)
        said = reason_of(reason)
        for one in group(item):
            check_undecided(one)
            check_no_motion(one)
        if any(row.member_id == seat.id for row in seating(item).recusals):
            raise Conflict(_("It is noted already that %(name)s takes no part.", name=seat.name))
        made = Recusal(item_id=item.id, member_id=seat.id, reason=said, by_name=actor.name)
        session.add(made)
        record(AuditName.MEMBER_RECUSED, actor, "item", item.id, seat_id=seat.id)
        return made


def open_motion(actor: Actor, item: Item, *, proposal: Proposal, reasons: str) -> Motion:
    """Put a decision to the members; they vote by name from now on, for `motion_days` days, and are told by mail.

    The quorum is counted now, after the recusals, and stays. Raises Forbidden, Invalid without reasons, and Conflict
    where the item is decided or joined to another, a motion is open or carried, the vote it rests on is disputed, too
    few members are left, or the vote cannot be held now.
    """
    with atomic() as session:
        hold_alone(item)
        if not can_move(actor, item):
            raise Forbidden(RIGHTS)
        said = words(reasons, "reasons", missing=_("Write the reasons. Everybody can read them."))
        sitting = _ready(item)
        motion = Motion(
            item=item, box=_plan(item, proposal, sitting), proposal=proposal, reasons=said, quorum=sitting.quorum,
            stand_ins={str(seat.person_id): sitting.stand_ins[seat.id].name for seat in sitting.voters
                       if seat.id in sitting.stand_ins},
            state=MotionState.OPEN, moved_by_id=actor.person_id, moved_by_name=actor.name)
        session.add(motion)
        session.flush()
        record(AuditName.MOTION_MOVED, actor, "item", item.id, proposal=proposal.value)
        _tell(motion, sitting)
        return motion


def vote(actor: Actor, motion: Motion, *, choice: str) -> None:
    """Cast a member's vote, by name and for good. Raises Forbidden, Conflict, Invalid (see `voting.cast_open`)."""
    if not can_vote(actor, motion):
        raise Forbidden(lazy("This motion is put to others. Whoever takes no part in an item does not vote on it."))
    if motion.state is not MotionState.OPEN:
        raise Conflict(CHANGED)
    cast_open(actor, motion.box, choice=choice)


def obstacle(item: Item, actor: Actor | None = None) -> object | None:
    """Why no motion is possible on an item now, as a sentence; None where one is.

    An `actor` of the support unit is also told of one that cannot reach its quorum because tasks of members' own are
    decided. Nobody else is: it would tell who wrote them.
    """
    try:
        sitting = _ready(item)
    except Conflict as error:
        return error.message
    return _out_of_reach(item, sitting) if actor is not None and can_keep_item(actor, item) else None


def _out_of_reach(item: Item, sitting: Seating) -> str | None:
    people = (current().get_one(Person, seat.person_id) for seat in sitting.voters)
    able = sum(not has_own(actor_for(person), item) for person in people)
    if able >= sitting.quorum:
        return None
    return _("Of the %(asked)s members who take part only %(able)s may vote: the task is the others’ own. The quorum "
             "of %(quorum)s cannot be reached. First note that they take no part, so that alternates stand in.",
             asked=len(sitting.voters), able=able, quorum=sitting.quorum)


def _ready(item: Item) -> Seating:
    """Who votes on a motion. Raises Conflict where none is possible."""
    check_undecided(item)
    check_no_motion(item)
    if item.joined_to is not None:
        raise Conflict(_("This item is decided together with %(number)s. Move there.",
                         number=item.joined_to.task.number))
    if disputed(item):
        raise Conflict(DISPUTED)
    sitting = seating(item)
    if not sitting.possible:
        raise Conflict(_too_few(item, sitting))
    return sitting


def _too_few(item: Item, sitting: Seating) -> str:
    """Why no motion is possible: how many are left, and how many it takes."""
    left = len(sitting.voters)
    return ngettext(
        "No motion is possible: %(left)s member is left who takes part, and at least %(least)s must vote.",
        "No motion is possible: %(left)s members are left who take part, and at least %(least)s must vote.",
        left, left=left, least=item.body.quorum_least)


def _plan(item: Item, proposal: Proposal, sitting: Seating) -> Box:
    """The members' vote, open. Raises Conflict where it cannot be held now, such as in an election silence."""
    task, opens = item.task, now()
    with speaking(task.language):
        question = str(QUESTIONS[proposal]) % {"body": item.body.name(task.language), "title": task.title}
    box = plan_box(
        SYSTEM, slug=f"motion-{item.id}-{len(item.motions) + 1}", question=question, language=task.language,
        secrecy=Secrecy.OPEN, members=[{"person_id": seat.person_id, "name": seat.name} for seat in sitting.voters],
        opens_at=opens, closes_at=opens + timedelta(days=settings().motion_days), may_change=False, totals=Totals.LIVE,
        tie=TieRule.STATUS_QUO, quorum=sitting.quorum, subject_kind=SUBJECT, subject_id=item.id,
        subject_path=f"/committees/items/{item.id}")
    open_box(box)
    if box.state is not BoxState.OPEN:
        raise Conflict(box.refusal.title if box.refusal else CHANGED)
    return box


def _tell(motion: Motion, sitting: Seating) -> None:
    for seat in sitting.voters:
        person = current().get(Person, seat.person_id)
        reader = recipient(person) if person else None
        if reader is not None:
            send(emails.motion_opened(motion, reader))
