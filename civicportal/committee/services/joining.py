"""Deciding related items together, and giving more time: the support unit does both, with public reasons."""

from datetime import datetime

from sqlalchemy import select

from civicportal.committee.models import Item, ItemExtension
from civicportal.committee.policies import can_keep_item
from civicportal.committee.services.holding import CHANGED, check_no_motion, check_undecided, hold, hold_alone
from civicportal.committee.states import ItemState
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.events import subscribe
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.forum.news import TaskDueMoved
from civicportal.forum.services.given import reason_of, refused
from civicportal.forum.services.history import note
from civicportal.forum.services.support import move_due

KEEPERS = lazy("Only the support unit can do this, and never for a task of their own.")


def join_items(actor: Actor, item: Item, other: Item, *, reason: str) -> None:
    """Let `item` follow the decision on `other`; the history of both tasks says so.

    Raises Forbidden, Invalid without a reason, and Conflict where one is decided, joined or being voted on, or where
    others are joined to `item`.
    """
    with atomic():
        hold(item, other)
        _allow(actor, item, other)
        said = reason_of(reason)
        _check_pair(item, other)
        item.joined_to = other
        record(AuditName.ITEM_JOINED, actor, "item", item.id, joined_to=other.id)
        note(item.task, "join", actor, reason=said, details={"follows": other.task.number}, who="support")
        note(other.task, "join", actor, reason=said, details={"leads": item.task.number}, who="support")


def unjoin(actor: Actor, item: Item, *, reason: str) -> None:
    """Let a joined item be decided by itself again; the history of both tasks says so.

    Raises Forbidden, Invalid without a reason, and Conflict when it is not joined, decided, or being voted on.
    """
    with atomic():
        other = item.joined_to
        hold(item, *([other] if other else []))
        _allow(actor, item)
        if other is None or item.joined_to is not other:
            raise Conflict(CHANGED)
        said = reason_of(reason)
        check_undecided(item)
        check_no_motion(other)
        item.joined_to = None
        record(AuditName.ITEM_UNJOINED, actor, "item", item.id, joined_to=other.id)
        note(item.task, "unjoin", actor, reason=said, details={"follows": other.task.number}, who="support")
        note(other.task, "unjoin", actor, reason=said, details={"leads": item.task.number}, who="support")


def extend_item(actor: Actor, item: Item, *, due_at: datetime, reason: str) -> None:
    """Move the date by which an item is to be decided to a later instant, with a public reason; its task's too.

    Raises Forbidden, Invalid for a date that is not later or a missing reason, Conflict for a decided item.
    """
    with atomic():
        hold(item)
        _allow(actor, item)
        check_undecided(item)
        said, old = reason_of(reason), item.due_at
        if due_at <= old or due_at <= now():
            raise refused("due_on", _("The new date must be later than the present one and in the future."))
        item.due_at = due_at
        item.extensions.append(
            ItemExtension(old_due_at=old, new_due_at=due_at, reason=said, by_name=actor.name))
        record(AuditName.ITEM_EXTENDED, actor, "item", item.id)
        move_due(actor, item.task, due_at=due_at, old=old, reason=said)


@subscribe(TaskDueMoved)
def follow_due(event: TaskDueMoved) -> None:
    """The date of a task that waits in the queue is its item's too."""
    item = current().scalar(select(Item).where(Item.task_id == event.task_id, Item.state == ItemState.QUEUED))
    if item is not None:
        hold_alone(item)
        item.due_at = event.new
        item.extensions.append(ItemExtension(
            old_due_at=event.old, new_due_at=event.new, reason=event.reason, by_name=event.by_name))


def _allow(actor: Actor, *items: Item) -> None:
    if not all(can_keep_item(actor, item) for item in items):
        raise Forbidden(KEEPERS)


def _check_pair(item: Item, other: Item) -> None:
    """Raise Conflict unless `item` can follow `other`."""
    if item is other or item.body_id != other.body_id:
        raise Conflict(lazy("Choose another item of the same queue."))
    for one in (item, other):
        check_undecided(one)
        check_no_motion(one)
    if item.joined_to is not None or other.joined_to is not None:
        raise Conflict(lazy("This item is joined already. Undo that first."))
    if item.joined:
        raise Conflict(lazy("Others are joined to this item. Join the other item to it instead."))
