"""What casting a vote costs: `python -m bench.vote` (about four minutes, on a PostgreSQL server of its own).

Signed-in people vote through the real endpoint, eight at a time, all in one box. In the same run and seconds apart:
pgbench writing the same two rows in one transaction at eight clients; the control, a plain ORM view that ends with
the same receipt; the same votes spread over a hundred boxes; and the hot box with a foreign key that leads to it.
Printed are medians of the rounds and ratios within them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from time import sleep

from flask import Flask
from sqlalchemy import text

from bench.casting import cpu
from bench.casting.control import ControlBase, ControlPoll
from bench.casting.crowd import fill_in, sign_in, write_requests
from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.voting.models import Box
from civicportal.voting.services import open_box, plan_box
from config import from_env
from tests.cluster import Cluster, own_cluster
from tests.mailserver import free_port
from worker import commands

VOTES, ROUNDS, BOXES, SECONDS = 1_500, 5, 100, 3
WARM_UP = 200
TWO_ROWS = """BEGIN;
INSERT INTO roll (box_id, key) VALUES ({box}, md5(random()::text) || md5(random()::text)) ON CONFLICT DO NOTHING;
INSERT INTO pending_ballots (box_id, tracker, choice, leaf)
VALUES ({box}, md5(random()::text), 'yes', '{leaf}') ON CONFLICT DO NOTHING;
COMMIT;
"""
LEAF = json.dumps({"choice": "yes", "revise": "0" * 64, "tracker": "-".join(["0000"] * 8)})
FOREIGN_KEY = "ALTER TABLE {table} ADD CONSTRAINT bench_hot FOREIGN KEY (box_id) REFERENCES boxes (id) NOT VALID"


@dataclass(frozen=True)
class Run:
    """One measurement: votes a second, CPU milliseconds a vote, milliseconds of the slowest hundredth."""

    rate: float
    application: float
    postgresql: float
    slowest: float


@dataclass(frozen=True)
class Bench:
    """Everything that stays the same between the rounds."""

    app: Flask
    cluster: Cluster
    folder: Path
    port: int
    server: int
    keys: list[str]

    def vote(self, addresses: list[str]) -> Run:
        """Everybody votes once, at these addresses in turn. Raises RuntimeError when one gets no receipt."""
        file = self.folder / "requests"
        write_requests(file, fill_in(self.app, self.keys), addresses)
        used = self._used()
        shown = subprocess.run(
            [sys.executable, "-m", "bench.casting.load", str(self.port), str(file)], check=True, capture_output=True)
        milliseconds, refused, seconds = json.loads(shown.stdout)
        if refused:
            raise RuntimeError(f"{refused} of {len(milliseconds)} votes got no receipt at {addresses[0]}")
        spent = [1000 * (after - before) / len(milliseconds) for before, after in zip(used, self._used(), strict=True)]
        return Run(len(milliseconds) / seconds, *spent, quantiles(milliseconds, n=100)[98])

    def pgbench(self, box: Box) -> float:
        """Transactions a second of the two rows alone."""
        script = self.folder / "two-rows.sql"
        script.write_text(TWO_ROWS.format(box=box.id, leaf=LEAF))
        shown = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", str(SECONDS), "-f", script, "-h",
             "127.0.0.1", "-p", str(self.cluster.port), "-U", "postgres", "postgres"],
            check=True, capture_output=True, text=True).stdout
        return float(next(line.split()[2] for line in shown.splitlines() if line.startswith("tps")))

    def _used(self) -> tuple[float, float]:
        assert self.cluster.server is not None  # noqa: S101 - it runs
        return cpu.seconds(self.server), cpu.seconds(self.cluster.server.pid)


def box(name: str) -> Box:
    """An open vote for everybody with a confirmed address."""
    made = plan_box(SYSTEM, slug=name, question="Is this fast?", language="en", opens_at=now(),
                    closes_at=now() + timedelta(days=1))
    open_box(made)
    return made


def address(slug: str) -> str:
    return f"/en/votes/{slug}/ballot"


@contextmanager
def foreign_keys() -> Iterator[None]:
    """While it lasts, every entry of the roll and every ballot locks the row of its box."""
    for table in ("roll", "pending_ballots"):
        with atomic():
            current().execute(text(FOREIGN_KEY.format(table=table)))
    yield
    for table in ("roll", "pending_ballots"):
        with atomic():
            current().execute(text(f"ALTER TABLE {table} DROP CONSTRAINT bench_hot"))


@contextmanager
def served(env: dict[str, str], port: int) -> Iterator[int]:
    """The web processes of production; gives the id of the first."""
    command = [*commands.web("127.0.0.1", port)[:-1], "bench.casting.server:app"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        sleep(5)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def prepared() -> Iterator[Bench]:
    """Server, portal and crowd."""
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name:
        given = {"DATABASE_URL": cluster.url, "REDIS_URL": "memory://", "INSTANCE_PATH": name, "MEDIA_ROOT": name,
                 "PORTAL_URL": "http://127.0.0.1"}
        app, port = create_app(from_env(given, process="cli")), free_port()
        with app.app_context():
            db.create_all()
            ControlBase.metadata.create_all(db.engine)
            keys = sign_in(VOTES)
            with served({**os.environ, **given}, port) as server:
                yield Bench(app, cluster, Path(name), port, server, keys)
            db.engine.dispose()


def measure(bench: Bench) -> Iterator[dict[str, Run | float]]:
    """The rounds, each with everything seconds apart."""
    raw, many = box("raw"), [address(box(f"one-of-many-{number}").slug) for number in range(BOXES)]
    control = _control
    Bench(bench.app, bench.cluster, bench.folder, bench.port, bench.server, bench.keys[:WARM_UP]).vote(
        [address(box("warm-up").slug)])
    bench.vote([control()])
    for number in range(ROUNDS):
        hot, keyed = box(f"hot-{number}"), box(f"keyed-{number}")
        found: dict[str, Run | float] = {
            "pgbench": bench.pgbench(raw), "control": bench.vote([control()]),
            "hot": bench.vote([address(hot.slug)]),
            "spread": bench.vote(many[number:] + many[:number]),
        }
        with foreign_keys():
            found |= {"pgbench, foreign key": bench.pgbench(raw), "foreign key": bench.vote([address(keyed.slug)])}
        yield found


def _control() -> str:
    """The address of a new vote of the control."""
    with atomic() as session:
        poll = ControlPoll(votes=0)
        session.add(poll)
        session.flush()
        return f"/en/control/{poll.id}/vote"


def main() -> None:
    """Print the figures."""
    say = sys.stdout.write
    rounds: list[dict[str, Run | float]] = []
    with prepared() as bench:
        for found in measure(bench):
            rounds.append(found)
            say(f"round {len(rounds)} of {ROUNDS}\n")
    print_figures(rounds)


def print_figures(rounds: list[dict[str, Run | float]]) -> None:
    """A line for each thing measured, then the ratios with what is asked of them."""
    say = sys.stdout.write
    say(f"\n{'':24}{'per second':>12}{'app ms':>9}{'PG ms':>8}{'p99 ms':>9}\n")
    for name in rounds[0]:
        runs = [found[name] for found in rounds]
        if isinstance(runs[0], Run):
            columns = [median(getattr(run, field) for run in runs) for field in Run.__dataclass_fields__]
            say(f"{name:24}{columns[0]:>12.0f}{columns[1]:>9.2f}{columns[2]:>8.2f}{columns[3]:>9.1f}\n")
        else:
            say(f"{name:24}{median(runs):>12.0f}\n")  # type: ignore[type-var]

    def ratio(above: str, below: str, field: str = "rate") -> float:
        return median(_value(found[above], field) / _value(found[below], field) for found in rounds)

    say(f"\nvotes / pgbench             {ratio('hot', 'pgbench'):.3f}  (at least 0.08)\n")
    say(f"votes / control             {ratio('hot', 'control'):.2f}   (at least 1.2)\n")
    say(f"p99, votes / control        {ratio('hot', 'control', 'slowest'):.2f}   (at most 2)\n")
    say(f"one hot box / {BOXES} boxes     {ratio('hot', 'spread'):.2f}   (at least 0.8)\n")
    say(f"foreign key to the hot box  {ratio('foreign key', 'hot'):.2f}   of the votes; "
        f"{ratio('pgbench, foreign key', 'pgbench'):.2f} of pgbench\n")


def _value(found: Run | float, field: str) -> float:
    return float(getattr(found, field)) if isinstance(found, Run) else found


if __name__ == "__main__":
    main()
