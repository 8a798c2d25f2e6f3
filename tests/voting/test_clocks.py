"""Workers whose clocks differ: what one of them has signed binds the others."""

import time
from datetime import timedelta
from threading import Event

import pytest

from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Head
from civicportal.voting.notes import Signer, parse_checkpoint, parse_rotation
from civicportal.voting.queries.log import keys
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.keys import record_key
from civicportal.voting.services.log import append, open_log, sign_head
from civicportal.voting.states import KeyPurpose
from tests.factories.voting import LOG_KEY, open_secret_box
from tests.voting.ballots import at_once, heads, pend
from tests.voting.test_rotation import NEW_KEY, restart

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("worker")


def signer(part):
    return Signer.from_setting(part, "localhost", "log")


def endorsed_at():
    return parse_rotation(keys(KeyPurpose.LOG)[-1].endorsement).at


def test_a_vote_is_not_extended_once_a_head_was_signed_at_its_close():
    box = open_secret_box(3)
    pend(box, "yes", "no", "no")
    with at(box.closes_at):
        make_batches()
    with at(box.closes_at - SECOND), pytest.raises(Conflict):
        extend_box(SYSTEM, box, closes_at=box.closes_at + DAY, reason="The hall was closed.")


def test_a_vote_is_extended_after_a_head_signed_just_before_its_close():
    box = open_secret_box(3)
    old = box.closes_at
    pend(box, "yes", "no", "no")
    with at(old - SECOND):
        make_batches()
    with at(old - 2 * SECOND):
        extend_box(SYSTEM, box, closes_at=old + DAY, reason="The hall was closed.")
    assert box.closes_at == old + DAY


def test_no_head_is_dated_before_the_vote_opened():
    box = open_secret_box(3)
    with at(box.opened_at - SECOND):
        make_batches()
    assert heads(box) == []
    with at(box.opened_at):
        make_batches()
    assert parse_checkpoint(current().get_one(Head, heads(box)[0].head_id).note).lines["at"] >= (
        box.opens_at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def test_a_change_of_key_is_dated_after_every_head_of_the_old_one(app):
    moment = now().replace(microsecond=0)
    log = open_log("minutes")
    append(log, ["a"])
    with at(moment + 3 * SECOND):
        sign_head(log, lines={})
    restart(app, NEW_KEY, LOG_KEY)
    with at(moment):
        sign_head(open_log("letters"), lines={})
    assert endorsed_at() == moment + 3 * SECOND
    old, new = keys(KeyPurpose.LOG)
    assert (old.retired_at, new.first_used_at) == (moment, moment + 3 * SECOND)


def test_a_change_of_key_waits_for_whoever_is_signing(app):
    log = open_log("minutes")
    record_key(KeyPurpose.LOG, [signer(LOG_KEY)])
    log_id, signing, later = log.id, Event(), now().replace(microsecond=0) + DAY

    def sign():
        with atomic() as session:
            record_key(KeyPurpose.LOG, [signer(LOG_KEY)])
            signing.set()
            time.sleep(0.5)
            session.add(Head(log_id=log_id, number=1, size=0, root=bytes(32), at=later, note="signed"))

    def change():
        signing.wait(60)
        record_key(KeyPurpose.LOG, [signer(NEW_KEY), signer(LOG_KEY)])

    assert at_once(app, sign, change) == []
    assert endorsed_at() == later


def test_several_workers_change_the_key_once(app):
    record_key(KeyPurpose.LOG, [signer(LOG_KEY)])
    held = [signer(NEW_KEY), signer(LOG_KEY)]
    assert at_once(app, *[lambda: record_key(KeyPurpose.LOG, held)] * 4) == []
    old, new = keys(KeyPurpose.LOG)
    assert (old.retired_at is None, new.retired_at is None) == (False, True)
