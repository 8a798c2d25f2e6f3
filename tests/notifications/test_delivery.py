"""From the outbox to a mail server: one row a message, retries by the table, a visible end, nothing twice."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, NotFound
from civicportal.core.permissions import SYSTEM, Actor, Held, Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications import queries, services
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from tests.factories.notifications import message, rows, send, sent
from tests.mailserver import free_port, mail_server

OPERATOR = Actor(9, held=(Held(Role.OPERATOR),))
TABLE = [1, 5, 15, 60, 120, 240, 360, 600]


def deliver(row):
    """One try; the row afterwards."""
    services.deliver(row.id)
    return next(found for found in rows() if found.id == row.id)


def test_a_message_is_one_row_for_each_channel(app):
    by_mail, in_portal = send(message())
    assert (by_mail.channel, by_mail.state) == ("email", DeliveryState.WAITING)
    assert (in_portal.channel, in_portal.state) == ("portal", DeliveryState.SENT)


def test_a_repeat_of_a_message_is_nothing(app):
    send(message())
    assert len(send(message(address="other@example.org", context={"name": "Other"}))) == 2
    assert len(send(message(event="test:2"))) == 4
    assert len(send(message(person_id=2))) == 6


def test_a_message_of_a_change_that_failed_was_never_there(app):
    with pytest.raises(ZeroDivisionError):
        _send_and_fail()
    assert rows() == []


def _send_and_fail():
    with atomic():
        services.send(message())
        raise ZeroDivisionError


def test_without_a_server_mails_become_files(app, mails):
    row = deliver(sent(locale="ko", context={"name": "가온"}))
    (mail,) = mails()
    assert row.state is DeliveryState.SENT
    assert row.sent_at is not None
    assert (mail.to, mail.subject) == ("reader@example.org", "안녕하세요 가온")
    assert mail.message_id.startswith(f"<outbox-{row.id}.")
    assert mails("READER@example.org") == [mail]
    assert mails("other@example.org") == []


def test_a_mail_reaches_a_real_server(app, configure):
    with mail_server() as server:
        configure(smtp_url=server.url)
        row = deliver(sent(address="가온@müller.example.org"))
    assert row.state is DeliveryState.SENT
    assert server.recipients == ["가온@xn--mller-kva.example.org"]
    assert server.mails[0].get_body(("plain",)).get_content().startswith("Dear Ada,")


def test_a_delivered_message_is_not_sent_again(app, mails):
    row = deliver(sent())
    deliver(row)
    assert len(mails()) == 1


def test_only_one_worker_takes_a_message(app, mails):
    row = sent()
    assert services._claim(row.id) is not None
    assert deliver(row).state is DeliveryState.SENDING
    assert mails() == []


def test_a_dead_workers_message_is_free_after_half_a_minute(app, mails):
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        services._claim(row.id)
        clock.shift(timedelta(seconds=29))
        assert services.sweep() == 0
        clock.shift(timedelta(seconds=1))
        assert services.sweep() == 1
        assert deliver(row).state is DeliveryState.SENT
    assert len(mails()) == 1


def test_a_worker_that_was_too_slow_changes_nothing_any_more(app):
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        slow = services._claim(row.id)
        clock.shift(timedelta(seconds=31))
        services._claim(row.id)
        services._conclude(row.id, slow.tries - 1, services.Delivery(services.Outcome.NEVER, "late"))
        assert rows()[0].state is DeliveryState.SENDING


def test_a_message_that_kills_its_workers_ends(app):
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        for _ in range(len(TABLE) + 1):
            assert services._claim(row.id) is not None
            clock.shift(timedelta(seconds=31))
        assert deliver(row).state is DeliveryState.FAILED


@pytest.mark.parametrize("replies", [
    {"recipient_reply": "451 4.7.1 Later, reader@example.org"}, {"data_reply": "450 4.2.0 Busy"},
])
def test_a_4xx_is_tried_again_by_the_table_and_then_fails(app, configure, replies):
    with mail_server(**replies) as server, time_machine.travel(now(), tick=False) as clock:
        configure(smtp_url=server.url)
        start, row = now(), sent()
        for minutes in TABLE:
            row = deliver(row)
            assert row.state is DeliveryState.WAITING
            assert row.next_try_at == now() + timedelta(minutes=minutes)
            clock.shift(timedelta(minutes=minutes) - timedelta(seconds=1))
            assert deliver(row).tries == row.tries
            clock.shift(timedelta(seconds=1))
        row = deliver(row)
        assert now() - start < timedelta(hours=24)
    assert row.state is DeliveryState.FAILED
    assert row.error in ("451 4.7.1", "450 4.2.0")


@pytest.mark.parametrize("replies", [
    {"recipient_reply": "550 5.1.1 No reader@example.org here"}, {"data_reply": "554 No"},
])
def test_a_5xx_fails_at_once(app, configure, replies):
    with mail_server(**replies) as server:
        configure(smtp_url=server.url)
        row = deliver(sent())
    assert row.state is DeliveryState.FAILED
    assert row.error in ("550 5.1.1", "554")


def test_no_connection_is_tried_again(app, configure):
    configure(smtp_url=f"smtp://127.0.0.1:{free_port()}")
    row = deliver(sent())
    assert (row.state, row.error) == (DeliveryState.WAITING, "ConnectionRefusedError")


def test_a_server_that_wants_no_sign_in_from_us_is_our_fault_and_not_the_mails(app, configure):
    with mail_server() as server:
        configure(smtp_url=server.url.replace("//", "//user:secret@"))
        row = deliver(sent())
    assert row.state is DeliveryState.WAITING
    assert "secret" not in row.error


@pytest.mark.parametrize(("given", "error"), [
    ({"slug": "testing.broken"}, "not written: ZeroDivisionError"),
    ({"slug": "testing.missing"}, "not written: TemplateNotFound"),
    ({"address": "no address"}, "not an address"),
])
def test_what_can_never_be_sent_fails_visibly(app, mails, given, error):
    row = deliver(sent(**given))
    assert (row.state, row.error) == (DeliveryState.FAILED, error)
    assert [failed.id for failed in queries.failures(before=None, limit=5)] == [row.id]


def test_a_repeated_mail_carries_the_same_message_id(app, mails):
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        services._attempt(services._claim(row.id))
        clock.shift(timedelta(seconds=31))
        deliver(row)
    first, second = mails()
    assert first.message_id == second.message_id


def test_the_sweeper_hands_out_what_was_forgotten_once_in_half_a_minute(app):
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        assert services.sweep() == 0
        clock.shift(timedelta(seconds=30))
        assert services.sweep() == 1
        assert services.sweep() == 0
        clock.shift(timedelta(seconds=30))
        assert services.sweep() == 1
        assert deliver(row).state is DeliveryState.SENT
        clock.shift(timedelta(hours=1))
        assert services.sweep() == 0


def test_the_age_of_the_queue_is_that_of_the_oldest_due_message(app, configure):
    assert queries.queue_age() == timedelta(0)
    with time_machine.travel(now(), tick=False) as clock:
        row = sent()
        clock.shift(timedelta(minutes=7))
        assert queries.queue_age() == timedelta(minutes=7)
        configure(smtp_url=f"smtp://127.0.0.1:{free_port()}")
        deliver(row)
        assert queries.queue_age() == timedelta(0)


def failed() -> OutboxMessage:
    return deliver(sent(address="no address"))


def test_an_operator_sends_a_failed_message_again(app, mails):
    row = failed()
    with atomic():
        current().get(OutboxMessage, row.id).address = "reader@example.org"
    services.resend(OPERATOR, row.id)
    assert deliver(row).state is DeliveryState.SENT
    record = current().scalars(select(AuditEvent)).one()
    assert (record.name, record.actor_id, record.subject_id) == ("delivery:resent", 9, row.id)


@pytest.mark.parametrize("actor", [
    Actor(1, level=1, held=(Held(Role.CITIZEN),)), Actor(2, held=(Held(Role.OFFICER, 1),)),
])
def test_nobody_else_does(app, mails, actor):
    row = failed()
    with pytest.raises(Forbidden):
        services.resend(actor, row.id)
    assert rows()[0].state is DeliveryState.FAILED


def test_only_failed_messages_are_sent_again(app, mails):
    row = deliver(sent())
    with pytest.raises(Conflict):
        services.resend(OPERATOR, row.id)
    with pytest.raises(NotFound):
        services.resend(SYSTEM, 10_000)


def test_an_account_that_goes_takes_its_messages_along(app, mails):
    send(message(person_id=1))
    done = deliver(sent(person_id=1, event="test:2"))
    send(message(person_id=2))
    with atomic():
        services.cancel(1)
    left = rows()
    assert [(row.person_id, row.channel) for row in left] == [(1, "email"), (1, "email"), (2, "email"), (2, "portal")]
    assert [row.state for row in left if row.person_id == 1] == [DeliveryState.CANCELLED, DeliveryState.SENT]
    assert all(row.address is None and row.context == {} for row in left if row.person_id == 1)
    assert left[2].address == "reader@example.org"
    deliver(left[0])
    assert [mail.message_id for mail in mails()] == [mails()[0].message_id]
    assert done.id == left[1].id


def test_routine_of_delivery_leaves_no_audit_rows(app, mails):
    deliver(sent())
    assert current().scalars(select(AuditEvent)).all() == []
