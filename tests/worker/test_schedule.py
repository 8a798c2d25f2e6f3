"""Beat: what it dispatches exists, and of several beats one does it."""

from datetime import timedelta

import pytest
import time_machine

from civicportal.core import leases
from civicportal.core.clock import now
from civicportal.core.tasks import celery
from civicportal.core.transactions import current
from worker.schedule import SCHEDULE
from worker.scheduler import LEASE_SECONDS, RENEW_SECONDS, LeaseScheduler

SWEEP = {"sweep": {"task": "notifications.sweep", "schedule": timedelta(seconds=1)}}


@pytest.fixture
def beats(app):
    """Two schedulers of one portal, and what each of them dispatched."""
    celery.conf.beat_schedule = SWEEP
    made = [Beat(app=celery), Beat(app=celery)]
    yield made
    for beat in made:
        beat.close()


class Beat(LeaseScheduler):
    """Remembers what it dispatches."""

    def __init__(self, *args, **options):
        self.dispatched = []
        super().__init__(*args, **options)

    def apply_async(self, entry, **options):
        self.dispatched.append(entry.task)
        return super().apply_async(entry, **options)


def turn(clock, beats, seconds):
    """Let all beats tick through some seconds."""
    for _ in range(seconds * 2):
        for beat in beats:
            while beat.tick() == 0:
                pass
        clock.shift(timedelta(seconds=0.5))


def test_every_scheduled_task_exists(app):
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(celery.tasks)


def test_one_of_two_beats_dispatches(beats):
    with time_machine.travel(now(), tick=False) as clock:
        turn(clock, beats, 20)
    assert len(beats[0].dispatched) >= 15
    assert beats[1].dispatched == []


def test_the_other_takes_over_when_the_first_falls_silent(beats):
    with time_machine.travel(now(), tick=False) as clock:
        turn(clock, beats, 5)
        turn(clock, beats[1:], LEASE_SECONDS - 2)
        assert beats[1].dispatched == []
        turn(clock, beats[1:], RENEW_SECONDS + 3)
        assert beats[1].dispatched
        before = len(beats[0].dispatched)
        turn(clock, beats, 5)
        assert len(beats[0].dispatched) == before
    assert LEASE_SECONDS + RENEW_SECONDS < 20


def test_an_orderly_stop_hands_over_at_once(beats):
    with time_machine.travel(now(), tick=False) as clock:
        turn(clock, beats, 5)
        beats[0].close()
        turn(clock, beats[1:], 2)
    assert beats[1].dispatched


def test_each_renewal_is_a_heartbeat(beats):
    with time_machine.travel(now(), tick=False) as clock:
        beats[0].tick()
        clock.shift(timedelta(seconds=RENEW_SECONDS))
        assert now() - leases.last_renewed("beat") == timedelta(seconds=RENEW_SECONDS)
        beats[0].tick()
        current().rollback()  # the next question sees what the beat wrote meanwhile
        assert leases.last_renewed("beat") == now()


def test_no_tick_waits_longer_than_a_renewal(beats):
    assert all(0 <= beat.tick() <= RENEW_SECONDS for beat in beats)
