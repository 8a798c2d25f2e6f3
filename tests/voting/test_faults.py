"""Everything is killed while people vote: distinct receipts = roll = net ballots = tally, and one crossing.

Clients send the same form again until it is answered, as a browser does when somebody presses the button again.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from bench.casting.crowd import Voter, fill_in, sign_in
from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.extensions import db
from civicportal.voting.models import Box
from civicportal.voting.services import open_box, plan_box
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import PolicyKind
from config import from_env
from tests import needs
from tests.cluster import Cluster, own_cluster, programs
from tests.processes import Stack, running_stack, wait
from worker import commands

SLUG = "while-all-is-killed"
CLIENTS, LATE, TRIES = 8, 30, 900
CHOICES = ("yes", "no", "yes", "abstain")
SKEW = {"web": -6, "worker-2": 6, "beat-2": -60}
MARGIN, MORE = 30, 45  # seconds
VICTIMS = ("web", "worker", "beat", "broker", "postgresql", "worker-2", "beat-2")
TOO_LATE = (409, 410)
DICE = random.SystemRandom()
pytestmark = pytest.mark.processes


@dataclass
class Crowd:
    """Voters with their forms. `receipts`: the tracker that each sign-in got; `too_late`: who was told it is closed."""

    port: int
    voters: Iterator[Voter]
    receipts: dict[str, Voter] = field(default_factory=dict)
    too_late: set[str] = field(default_factory=set)
    repeats: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    queue: threading.Lock = field(default_factory=threading.Lock)

    def run(self, meanwhile: Callable[[], None]) -> None:
        """All clients at once, while something else goes on."""
        threads = [threading.Thread(target=self._work) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        meanwhile()
        for thread in threads:
            thread.join()
        assert self.failures == []

    def _work(self) -> None:
        while (voter := self._next()) is not None and not self.failures:
            self._insist(voter)

    def _next(self) -> Voter | None:
        with self.queue:
            return next(self.voters, None)

    def _insist(self, voter: Voter) -> None:
        """Send the form until the answer says what became of it; one in ten sends it once more after that."""
        for number in range(TRIES):
            status, page = self._send(voter)
            if status == 200 and voter.tracker(SLUG) in page:
                with self.lock:
                    self.receipts[voter.key] = voter
                    self.repeats += number
                if DICE.random() > 0.1:
                    return
                voter.headers["X-Again"] = "1"
            elif status in TOO_LATE:
                self.too_late.add(voter.key)
                return
            elif 200 <= status < 500:
                self.failures.append(f"{status}: {page[:3000]}")
                return
            else:
                time.sleep(0.1)
        self.failures.append(f"no answer after {TRIES} tries")

    def _send(self, voter: Voter) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", f"/en/votes/{SLUG}/ballot", voter.body, voter.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (HTTPException, OSError):
            return 0, ""
        finally:
            connection.close()


@dataclass
class Site:
    """A portal of many processes on a database server of its own, and its vote."""

    stack: Stack
    cluster: Cluster
    engine: Engine
    keys: list[str]
    closes_at: datetime

    def kill(self, name: str) -> None:
        """kill -9, and start it again."""
        if name == "postgresql":
            self.cluster.kill()
            time.sleep(1)
            self.cluster.start()
            return
        self.stack.kill(name)
        time.sleep(0.5)
        self.stack.start(name)

    def seconds_left(self) -> float:
        """Until the vote closes."""
        return (self.closes_at - now()).total_seconds()

    def extend(self, app: Flask) -> None:
        """Give the slow more time, as an operator would. The database may be away."""
        with app.app_context(), suppress(SQLAlchemyError):
            box = db.session.scalars(select(Box)).one()
            extend_box(SYSTEM, box, closes_at=self.closes_at + timedelta(seconds=MORE), reason="Slow machines.")
            self.closes_at = box.closes_at

    def one(self, query: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text(query)).scalar()


def prepared(stack: Stack, count: int, seconds: int) -> tuple[list[str], datetime]:
    """Open the vote for so many people and seconds; the keys of their sign-ins, and when it closes."""
    app = create_app(from_env(commands.environment(stack.env, "cli"), process="cli"))
    with app.app_context():
        keys = sign_in(count)
        set_policy(SYSTEM, scope="test", kind=PolicyKind.NUMBER, value=count // 4, min_level=1, reason="A test.")
        policy_id = db.session.execute(text("SELECT id FROM threshold_policies")).scalar_one()
        box = plan_box(SYSTEM, slug=SLUG, question="Does it hold?", language="en", opens_at=now(),
                       closes_at=now() + timedelta(seconds=seconds), policy_id=policy_id)
        open_box(box)
        closes_at = box.closes_at
        db.session.remove()
        db.engine.dispose()
    return keys, closes_at


@pytest.fixture
def site(tmp_path, request):
    """Web, two workers, two beats, broker and database; some clocks go wrong."""
    needs.need(programs(), "a PostgreSQL server to start")
    with own_cluster() as cluster, running_stack(
        tmp_path, cluster.url, None, "smtp://127.0.0.1:9", LOG_HEADS_ROOT=str(tmp_path / "heads"),
        BALLOT_BATCH_MINUTES="0", PROMISE_MINUTES="10", SESSION_MAX_HOURS="12",
    ) as stack:
        stack.skew |= SKEW
        keys, closes_at = prepared(stack, *request.param)
        time.sleep(-SKEW["web"])  # its clock is behind: for it the vote opens later
        stack.start("web", "worker-2", "beat-2")
        engine = create_engine(cluster.url, poolclass=NullPool)
        yield Site(stack, cluster, engine, keys, closes_at)
        engine.dispose()


def ended(process: Callable[[], object]) -> bool:
    """Whether a condition holds; the database may be away while it is asked."""
    try:
        return bool(process())
    except Exception:
        return False


def vote_and_kill(site: Site, pauses: list[tuple[float, str]]) -> Crowd:
    """Most vote while processes are killed; the last come one by one around the closing instant."""
    app = create_app(from_env(commands.environment(site.stack.env, "cli"), process="cli"))
    crowd = Crowd(site.stack.port, chain(
        fill_in(app, site.keys[:-LATE], CHOICES), late(site, fill_in(app, site.keys[-LATE:], CHOICES))))

    def kill() -> None:
        for pause, victim in pauses:
            time.sleep(pause)
            site.kill(victim)

    def hold_open() -> None:
        while len(crowd.receipts) + len(crowd.too_late) < len(site.keys) - LATE and not crowd.failures:
            if site.seconds_left() < MARGIN:
                site.extend(app)
            time.sleep(1)

    keeper = threading.Thread(target=hold_open)
    keeper.start()
    crowd.run(kill)
    keeper.join()
    assert len(crowd.receipts) >= len(site.keys) - LATE
    assert crowd.too_late, "nobody came too late"
    assert crowd.repeats > 0, "the kills went unnoticed"
    return crowd


def late(site: Site, voters: Iterator[Voter]) -> Iterator[Voter]:
    """Voters of whom some come in time and some do not."""
    while site.seconds_left() > 12:
        time.sleep(0.5)
    for voter in voters:
        time.sleep(0.8)
        yield voter
    wait(lambda: ended(lambda: site.one("SELECT state FROM boxes") == "closed"), 180, "end of the vote")
    yield voter


def check(site: Site, crowd: Crowd, folder: Path) -> None:
    """Nothing was lost, nothing counts twice, and the verifier agrees."""
    wait(lambda: ended(lambda: site.one("SELECT tally IS NOT NULL FROM boxes")), 180, "tally")
    wait(lambda: ended(lambda: site.one("SELECT count(*) FROM crossings")), 120, "crossed threshold")
    voted = len(crowd.receipts)
    trackers = {voter.tracker(SLUG) for voter in crowd.receipts.values()}
    assert crowd.receipts.keys() | crowd.too_late == set(site.keys)
    assert not crowd.receipts.keys() & crowd.too_late
    assert voted == len(trackers) == site.one("SELECT count(*) FROM roll") == site.one("SELECT roll_size FROM boxes")
    assert site.one("SELECT count(*) FROM pending_ballots") == 0
    assert site.one("SELECT tally FROM boxes") == Counter(voter.choice for voter in crowd.receipts.values())
    assert site.one("SELECT count(*) FROM crossings") == 1
    site.stack.run("flask", "--app", "wsgi", "voting", "export", SLUG, "--out", str(folder))
    logged = [json.loads(line) for line in (folder / "ballots.jsonl").read_text().splitlines()]
    assert sorted(leaf["tracker"] for leaf in logged) == sorted(trackers)
    check_it = [sys.executable, folder / "verify.py", folder]
    verdict = subprocess.run(check_it, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("site", [(1_000, 75)], indirect=True, ids=["1,000 votes"])
def test_votes_outlive_every_kill(site, tmp_path):
    crowd = vote_and_kill(site, [(1, victim) for victim in VICTIMS])
    check(site, crowd, tmp_path / "out")


@pytest.mark.faults
@pytest.mark.parametrize("site", [(20_000, 75)], indirect=True, ids=["20,000 votes"])
def test_many_votes_outlive_many_kills(site, tmp_path):
    kills = [(DICE.uniform(3, 9), victim) for _ in range(6) for victim in DICE.sample(VICTIMS, len(VICTIMS))]
    crowd = vote_and_kill(site, kills)
    check(site, crowd, tmp_path / "out")
