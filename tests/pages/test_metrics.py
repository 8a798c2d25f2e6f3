"""Figures for machines, and each alert provoked by what it is about."""

import os
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from civicportal.core import leases
from civicportal.core.clock import at, now
from civicportal.core.permissions import SYSTEM
from civicportal.core.tasks import init_tasks
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.pages import figures
from civicportal.petitions.services.record import keep_record
from civicportal.retention.services import running
from civicportal.switches.functions import Function
from civicportal.switches.services import switch_off
from civicportal.voting.models import Box, Log
from civicportal.voting.services.batches import make_batches
from tests.factories.notifications import sent
from tests.factories.petitions import filed
from tests.factories.voting import BoxFactory, as_worker, open_secret_box, vote, voters
from tests.needs import ROOT
from tests.pages.alerting import firing, metrics_named, rules, series

TOKEN = "a-token-that-only-tests-use-0123456789"
Disk = namedtuple("Disk", "total used free")


@pytest.fixture(autouse=True)
def settings_of_this_test(app):
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, metrics_token=TOKEN)
    yield
    app.config["SETTINGS"] = before


@pytest.fixture
def well(app, tmp_path):
    """A portal where all is well: the beat was just heard and retention ran."""
    leases.acquire("beat", "test", 15)
    running.run()
    with as_worker(app, tmp_path):
        keep_record()


def scrape(client):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


# who may

def test_without_the_token_there_is_no_such_page(client):
    plain = client.get("/metrics")
    assert plain.status_code == 404
    assert "civicportal_" not in plain.get_data(as_text=True)
    for header in ("Bearer wrong", "Bearer ", TOKEN[:-1], f"Basic {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_a_network_may_be_let_in_and_nothing_is_open_by_default(app, client):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_token="", metrics_networks="10.1.0.0/16")
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.2.2.3"}).status_code == 404
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_networks="")
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 404


def test_figures_name_nobody_and_are_never_stored(client, well):
    sent(address="reader@example.org")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert "example.org" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


# alerts

def test_when_all_is_well_nothing_fires(client, well):
    assert firing(scrape(client)) == set()


def test_every_rule_is_about_figures_there_are(client, well):
    told = {name for name, _labels in series(scrape(client))} | {"civicportal_requests_total"}
    for name, expression in rules().items():
        assert metrics_named(expression) <= told, name


def test_an_old_queue(client, well):
    row = sent()
    with atomic():
        current().get(OutboxMessage, row.id).next_try_at = now() - timedelta(seconds=301)
    assert firing(scrape(client)) == {"QueueOld"}
    switch_off(SYSTEM, Function.MAIL, minutes=60, reason_ko="점검", reason_en="Checks")
    assert firing(scrape(client)) == set()


def test_a_silent_beat(client, well):
    with atomic():
        current().get(leases.Lease, "beat").renewed_at = now() - timedelta(seconds=61)
    assert firing(scrape(client)) == {"BeatSilent"}


def test_no_beat_at_all_and_no_retention_ever(client):
    assert firing(scrape(client)) == {"BeatSilent", "RetentionStopped"}


def test_mail_that_fails(client, well):
    for number in range(6):
        sent(event=f"test:{number}")
    with atomic() as session:
        session.execute(update(OutboxMessage).values(state=DeliveryState.FAILED))
    assert firing(scrape(client)) == {"MailFailing"}
    with atomic() as session:
        session.execute(update(OutboxMessage).values(next_try_at=now() - timedelta(hours=2)))
    assert firing(scrape(client)) == set()


def test_mail_that_is_tried_again_and_again(client, well):
    for number in range(21):
        sent(event=f"test:{number}")
    with atomic() as session:
        session.execute(update(OutboxMessage).values(tries=2, next_try_at=now() + timedelta(hours=1)))
    assert firing(scrape(client)) == {"MailStuck"}


def test_heads_that_are_late(app, client, well, tmp_path):
    people = voters(3)
    box = open_secret_box(people)
    with as_worker(app, tmp_path):
        make_batches()
        assert firing(scrape(client)) == set()
        with atomic() as session:
            log = session.get_one(Log, session.get_one(Box, box.id).log_id)
            log.refused_at = now() - timedelta(minutes=11)
    vote(people[0], box)
    assert firing(scrape(client)) == {"HeadsLate"}


def test_a_vote_that_nobody_opened(client, well):
    BoxFactory(opens_at=now() - timedelta(minutes=6), closes_at=now() + timedelta(days=1))
    assert firing(scrape(client)) == {"VotesBehind"}


def test_a_record_that_is_not_kept(client, well):
    filed()
    with at(now() + timedelta(hours=27)):
        text = scrape(client)
    assert "RecordLate" in firing(text)


def test_a_full_disk(client, well, monkeypatch):
    monkeypatch.setattr(figures.shutil, "disk_usage", lambda _path: Disk(100, 91, 9))
    assert firing(scrape(client)) == {"DiskFull"}


def test_a_function_that_is_off_for_longer_than_was_said(client, well):
    switch_off(SYSTEM, Function.FILING, minutes=10, reason_ko="점검", reason_en="Checks")
    assert firing(scrape(client)) == set()
    with at(now() + timedelta(minutes=11)):
        leases.acquire("beat", "test", 15)
        assert firing(scrape(client)) == {"SwitchOverdue"}


def test_a_retention_that_stopped(client, well):
    with at(now() + timedelta(hours=37)):
        leases.acquire("beat", "test", 15)
        assert "RetentionStopped" in firing(scrape(client))


def test_a_broker_that_is_away(app, client, well):
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, redis_url="unix:///nowhere/broker.sock")
    init_tasks(app)
    try:
        assert firing(scrape(client)) == {"BrokerAway"}
    finally:
        app.config["SETTINGS"] = before
        init_tasks(app)


def test_a_database_that_is_away(client, well):
    def fail(*_args):
        raise db.engine.dialect.dbapi.OperationalError("secret host")

    event.listen(db.engine, "before_cursor_execute", fail)
    try:
        text = scrape(client)
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)
    assert firing(text) == {"DatabaseAway"}
    assert "secret" not in text


SERVE = """
import sys
from civicportal.app import create_app
from config import from_env
app = create_app(from_env(process="web"))
def broken():
    raise RuntimeError
broken.access = "public"
app.view_functions["pages.accessibility"] = broken
app.config["TRUSTED_HOSTS"] = ["localhost"]
client = app.test_client()
for _number in range(int(sys.argv[1])):
    client.get("/health/live")
for _number in range(int(sys.argv[2])):
    client.get("/en/accessibility")
    client.get("/health/live", headers={"Host": "evil.example"})
print(client.get("/metrics", headers={"Authorization": "Bearer " + app.config["SETTINGS"].metrics_token}).text)
"""


def test_errors_of_all_processes_are_counted_together(client, well, tmp_path):
    """Three processes, one after the other, as they are when some were started again."""
    env = {**os.environ, "METRICS_ROOT": str(tmp_path / "metrics"), "METRICS_TOKEN": TOKEN, "REDIS_URL": "memory://",
           "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite'}", "PYTHONPATH": str(ROOT)}

    def serve(good, bad):
        return subprocess.run([sys.executable, "-c", SERVE, str(good), str(bad)], env=env, capture_output=True,
                              text=True, check=True, cwd=tmp_path).stdout

    first = serve(40, 0)
    second = serve(20, 1)
    third = serve(20, 5)
    assert series(second)["civicportal_requests_total", frozenset({("status", "5xx")})] == 1
    assert "ErrorRate" not in firing(first)
    assert "ErrorRate" in firing(third, second)
    counted = series(third)
    assert counted["civicportal_requests_total", frozenset({("status", "5xx")})] == 6
    assert counted["civicportal_requests_total", frozenset({("status", "2xx")})] >= 80
    assert counted["civicportal_refusals_total", frozenset({("cause", "host")})] == 6
