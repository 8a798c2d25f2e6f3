"""Puts messages into the outbox and gets them out.

The row is written in the transaction of what it tells about. A worker claims it in a short transaction of its own,
sends outside any transaction, and marks it in a third. A worker that dies in between leaves a claim that runs out.
"""

import logging
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from civicportal.core import states
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import claim, insert_new
from civicportal.core.errors import NotFound
from civicportal.core.failures import places
from civicportal.core.i18n import speaking
from civicportal.core.letters import absolute_url
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.signing import derive_token, same
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic
from civicportal.notifications import policies, queries, rendering
from civicportal.notifications.attachments import attached
from civicportal.notifications.channels import CHANNELS
from civicportal.notifications.channels.base import Delivery, Outcome, Parcel
from civicportal.notifications.models import Message, OptOut, OutboxMessage
from civicportal.notifications.states import DELIVERY, DeliveryState
from civicportal.switches.functions import Function
from civicportal.switches.queries import why_off

__all__ = ["cancel", "deliver", "mark_read", "opt_in", "opt_out", "policies", "resend", "send", "sweep"]

UNIQUE = ("event", "person_id", "channel", "slug")
BACKOFF_MINUTES = (1, 5, 15, 60, 120, 240, 360, 600)
CLAIM = timedelta(seconds=30)
SWEEP_ROWS = 500
log = logging.getLogger(__name__)


def send(message: Message) -> None:
    """Put a message into the outbox, once for each of its channels; a repeat of the same message is nothing.

    Belongs inside the `atomic()` of what it tells about. An optional mail the person does not want is left out.
    """
    with atomic() as session:
        for name in message.channels:
            if name == "email" and message.optional and queries.opted_out(message.recipient.person_id, message.slug):
                continue
            if insert_new(session, OutboxMessage, _row(message, name), UNIQUE) and not CHANNELS[name].instant:
                _hand_over(session, message, name)


def _row(message: Message, channel: str) -> dict[str, object]:
    present, recipient = now(), message.recipient
    row: dict[str, object] = {
        "event": message.event, "slug": message.slug, "channel": channel, "person_id": recipient.person_id,
        "address": recipient.address, "locale": recipient.locale, "context": message.context,
        "optional": message.optional, "created_at": present, "next_try_at": present,
    }
    if message.token:
        row["token"] = message.token
    if CHANNELS[channel].instant:
        return row | {"state": DeliveryState.SENT, "sent_at": present}
    return row | {"state": DeliveryState.WAITING, "claimed_until": present + CLAIM}


def _hand_over(session: Session, message: Message, channel: str) -> None:
    row_id = session.scalar(select(OutboxMessage.id).where(
        OutboxMessage.event == message.event, OutboxMessage.person_id == message.recipient.person_id,
        OutboxMessage.channel == channel, OutboxMessage.slug == message.slug,
    ))
    enqueue("notifications.deliver", int(row_id or 0))


def deliver(message_id: int) -> None:
    """Try once to deliver a message that is due; quiet when it is not, another worker has it, or mail is off."""
    taken = _claim(message_id)
    if taken is not None:
        _conclude(message_id, taken.tries, _attempt(taken))


def _claim(message_id: int) -> OutboxMessage | None:
    present = now()
    with atomic() as session:
        if why_off(Function.MAIL):
            return None
        found = select(OutboxMessage).where(OutboxMessage.id == message_id, queries.due(present))
        row = session.scalar(claim(found, session))
        if row is None:
            return None
        states.apply(DELIVERY, row, "claim", SYSTEM)
        if row.tries > len(BACKOFF_MINUTES):  # only where workers kept dying over this one
            _fail(row, "stopped the worker")
            return None
        row.tries += 1
        row.claimed_until = present + CLAIM
        return row


def _attempt(row: OutboxMessage) -> Delivery:
    """Write and send, outside any transaction."""
    try:
        parcel = _parcel(row)
    except Exception as error:  # a template may raise anything; the queue goes on, operators see it
        log.error("message %s (%s) cannot be written: %s", row.id, row.slug, places(error))
        return Delivery(Outcome.NEVER, f"not written: {type(error).__name__}")
    return CHANNELS[row.channel].send(parcel, settings())


def _parcel(row: OutboxMessage) -> Parcel:
    portal = settings()
    unsubscribe_url = _unsubscribe_url(row) if row.optional else None
    written = rendering.letter(row.slug, row.locale, row.context, row.token, unsubscribe_url=unsubscribe_url)
    host = portal.sender.rpartition("@")[2]
    return Parcel(
        serial=row.id, message_id=f"<outbox-{row.id}.{derive_token('message-id', row.id, row.event)[:16]}@{host}>",
        sender_name=portal.portal_name(row.locale), address=row.address or "", at=now(),
        subject=written.subject, text=written.text, html=written.html,
        unsubscribe_url=unsubscribe_url, attachments=attached(row.slug, row.context),
    )


def _unsubscribe_url(row: OutboxMessage) -> str:
    with speaking(row.locale):
        return absolute_url("notifications.unsubscribe", message_id=row.id, signature=_signature(row))


def _signature(row: OutboxMessage) -> str:
    return derive_token("unsubscribe", row.id, row.person_id, row.slug)


def _conclude(message_id: int, tries: int, delivery: Delivery) -> None:
    """Mark how a try ended, unless the claim ran out and the row is in other hands."""
    with atomic() as session:
        mine = select(OutboxMessage).where(
            OutboxMessage.id == message_id, OutboxMessage.state == DeliveryState.SENDING, OutboxMessage.tries == tries)
        row = session.scalar(claim(mine, session))
        if row is None:
            return
        row.claimed_until = None
        if delivery.outcome is Outcome.SENT:
            states.apply(DELIVERY, row, "sent", SYSTEM)
            row.sent_at, row.error = now(), None
        elif delivery.outcome is Outcome.LATER and tries <= len(BACKOFF_MINUTES):
            states.apply(DELIVERY, row, "retry", SYSTEM)
            row.next_try_at = now() + timedelta(minutes=BACKOFF_MINUTES[tries - 1])
            row.error = delivery.detail
        else:
            _fail(row, delivery.detail)


def _fail(row: OutboxMessage, detail: str) -> None:
    states.apply(DELIVERY, row, "fail", SYSTEM)
    row.claimed_until, row.error = None, detail[:255]
    log.warning("message %s (%s) could not be delivered: %s", row.id, row.slug, detail)


def sweep() -> int:
    """Ask workers again for what is due and lies about: lost broker messages, retries, claims of dead workers.

    A waiting row is handed out at most once per half minute, and none while mail is switched off. Returns how many
    were handed out.
    """
    present = now()
    with atomic() as session:
        if why_off(Function.MAIL):
            return 0
        free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= present)
        found = select(OutboxMessage).where(queries.due(present), free)
        rows = session.scalars(claim(found.order_by(OutboxMessage.next_try_at).limit(SWEEP_ROWS), session)).all()
        for row in rows:
            if row.state is DeliveryState.WAITING:
                row.claimed_until = present + CLAIM
            enqueue("notifications.deliver", row.id)
    return len(rows)


def resend(actor: Actor, message_id: int) -> None:
    """Send a failed message again, with all its tries. Raises NotFound, Forbidden or Conflict."""
    with atomic():
        row = queries.message(message_id)
        states.apply(DELIVERY, row, "resend", actor)
        row.tries, row.next_try_at, row.claimed_until = 0, now(), now() + CLAIM
        record(AuditName.DELIVERY_RESENT, actor, "delivery", row.id)
        enqueue("notifications.deliver", row.id)


def cancel(person_id: int) -> None:
    """The account is gone: stop what is on its way, drop its notices, forget address and contents of the rest."""
    with atomic() as session:
        mine = OutboxMessage.person_id == person_id
        for row in session.scalars(select(OutboxMessage).where(mine, OutboxMessage.channel != "portal")):
            if DELIVERY.fits("cancel", row):
                states.apply(DELIVERY, row, "cancel", SYSTEM)
        session.flush()
        session.execute(delete(OutboxMessage).where(mine, OutboxMessage.channel == "portal"))
        session.execute(delete(OptOut).where(OptOut.person_id == person_id))
        session.execute(update(OutboxMessage).where(mine).values(address=None, context={}, token=None))


def mark_read(actor: Actor, notice_id: int) -> OutboxMessage:
    """The person has opened this notice of theirs. Raises NotFound."""
    row = queries.notice(actor, notice_id)
    if row.read_at is None:
        with atomic():
            row = queries.notice(actor, notice_id)
            row.read_at = now()
    return row


def opt_out(message_id: int, signature: str) -> None:
    """No more mails of the kind of this optional one; asking twice is the same. Raises NotFound for a wrong link."""
    with atomic() as session:
        row = check_opt_out(message_id, signature)
        values = {"person_id": row.person_id, "slug": row.slug, "created_at": now()}
        insert_new(session, OptOut, values, ("person_id", "slug"))


def opt_in(person_id: int, slug: str) -> None:
    """The person asks for mails of this optional kind, whatever was said about them before."""
    with atomic() as session:
        session.execute(delete(OptOut).where(OptOut.person_id == person_id, OptOut.slug == slug))


def check_opt_out(message_id: int, signature: str) -> OutboxMessage:
    """The optional message that an unsubscribe link belongs to. Raises NotFound."""
    row = queries.message(message_id)
    if not row.optional or not same(signature, _signature(row)):
        raise NotFound
    return row
