"""Reads the outbox: a person's notices, and the health of delivery."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from civicportal.core.clock import now
from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.notifications.models import OptOut, OutboxMessage
from civicportal.notifications.states import DeliveryState

Before = tuple[datetime, int] | None


def notices(actor: Actor, *, before: Before, limit: int) -> Sequence[OutboxMessage]:
    """The person's own notices, the newest first; `before`: only those older than this time and id."""
    return _newest(_own(actor), before, limit)


def _newest(rows: Select[OutboxMessage], before: Before, limit: int) -> Sequence[OutboxMessage]:
    time, number = OutboxMessage.created_at, OutboxMessage.id
    if before:
        rows = rows.where(or_(time < before[0], and_(time == before[0], number < before[1])))
    return current().scalars(rows.order_by(time.desc(), number.desc()).limit(limit)).all()


def notice(actor: Actor, notice_id: int) -> OutboxMessage:
    """One of the person's own notices. Raises NotFound, for another's as for none."""
    found = current().scalar(_own(actor).where(OutboxMessage.id == notice_id))
    if found is None:
        raise NotFound
    return found


def _own(actor: Actor) -> Select[OutboxMessage]:
    return select(OutboxMessage).where(
        OutboxMessage.person_id == actor.person_id, OutboxMessage.channel == "portal",
        OutboxMessage.state == DeliveryState.SENT,
    )


def message(message_id: int) -> OutboxMessage:
    """One row of the outbox. Raises NotFound."""
    found = current().get(OutboxMessage, message_id)
    if found is None:
        raise NotFound
    return found


def due(moment: datetime) -> ColumnElement[bool]:
    """Rows a worker may take at `moment`: waiting ones whose time has come, and those another worker let go stale."""
    return or_(
        and_(OutboxMessage.state == DeliveryState.WAITING, OutboxMessage.next_try_at <= moment),
        and_(OutboxMessage.state == DeliveryState.SENDING, OutboxMessage.claimed_until <= moment),
    )


def queue_age() -> timedelta:
    """How long the oldest message that is due has been waiting for a worker."""
    moment = now()
    oldest = current().scalar(select(func.min(OutboxMessage.next_try_at)).where(due(moment)))
    return moment - oldest if oldest else timedelta(0)


def counts() -> dict[DeliveryState, int]:
    """Mails by state."""
    rows = current().execute(
        select(OutboxMessage.state, func.count()).where(OutboxMessage.channel == "email").group_by(OutboxMessage.state))
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in DeliveryState}


def failures(*, before: Before, limit: int) -> Sequence[OutboxMessage]:
    """Messages that could not be delivered, the newest first; `before`: only those older than this time and id."""
    return _newest(select(OutboxMessage).where(OutboxMessage.state == DeliveryState.FAILED), before, limit)


def opted_out(person_id: int, slug: str) -> bool:
    """Whether the person wants no more mails of this optional kind."""
    return current().scalar(select(OptOut.id).where(OptOut.person_id == person_id, OptOut.slug == slug)) is not None
