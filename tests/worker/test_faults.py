"""kill -9 of worker and broker: no message is lost, and each kill repeats at most one mail per delivery process."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import needs
from tests.databases import fresh_database
from tests.mailserver import mail_server
from tests.processes import Stack, running_stack, wait
from worker.commands import TASK_PROCESSES

RESUME_SECONDS = 60
SERVICES = [("sqlite", "embedded"), ("postgresql", "redis")]
pytestmark = pytest.mark.processes


@pytest.fixture(params=SERVICES, ids="-".join)
def stack_on(request, tmp_path):
    """Makes a stack that mails to a server, on SQLite with the embedded broker or on PostgreSQL with Redis."""
    database, broker = request.param
    needs.need(database == "sqlite" or needs.postgresql(), "PostgreSQL")
    needs.need(broker == "embedded" or needs.redis(), "Redis")
    with fresh_database(needs.POSTGRESQL if database == "postgresql" else None, tmp_path) as url:
        yield lambda smtp_url: running_stack(tmp_path, url, needs.REDIS if broker == "redis" else None, smtp_url)


def states(stack: Stack) -> Counter[str]:
    """Messages in the outbox by state."""
    engine = create_engine(stack.database_url)
    with engine.connect() as connection:
        found = Counter(connection.execute(text("SELECT state FROM outbox_messages")).scalars().all())
    engine.dispose()
    return found


def check(server, stack: Stack, count: int, kills: int) -> None:
    """Everything arrived; nothing more often than the kills explain."""
    assert states(stack) == {"sent": count}
    copies = Counter(str(mail["Message-ID"]) for mail in server.mails)
    assert len(copies) == count
    assert len(server.mails) - count <= kills * TASK_PROCESSES, copies.most_common(5)
    assert max(copies.values()) <= kills + 1


def logs(folder: Path) -> str:
    return "".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in folder.glob("*.log"))


def test_killed_processes_lose_nothing(stack_on):
    count, kills = 24, 2
    with mail_server(delay=0.5) as server, stack_on(server.url) as stack:
        victims = [name for name in ("broker",) if name in stack.running]
        stack.run("tests.worker.traffic", "0", str(count))
        wait(lambda: len(server.mails) >= 4, RESUME_SECONDS, "mail")
        stack.kill("worker")
        stack.start("worker")
        wait(lambda: len(server.mails) >= 12, RESUME_SECONDS, "mail after the worker was killed")
        if victims:
            stack.kill(*victims)
            stack.start(*victims)
        wait(lambda: states(stack) == {"sent": count}, RESUME_SECONDS, f"end of delivery: {logs(stack.folder)}")
        check(server, stack, count, kills)


@pytest.mark.parametrize("stack_on", SERVICES[:1], ids="-".join, indirect=True)  # a shared broker stays up
def test_messages_written_while_the_broker_is_away_are_only_late(stack_on):
    with mail_server() as server, stack_on(server.url) as stack:
        stack.kill("broker")
        stack.run("tests.worker.traffic", "0", "3")
        assert states(stack) == {"waiting": 3}
        stack.start("broker")
        wait(lambda: states(stack) == {"sent": 3}, RESUME_SECONDS, f"late mail: {logs(stack.folder)}")
        check(server, stack, 3, 0)


@pytest.mark.faults
def test_many_kills_in_a_row_lose_nothing(stack_on):
    count, rounds = 300, 6
    with mail_server(delay=0.2) as server, stack_on(server.url) as stack:
        stack.run("tests.worker.traffic", "0", str(count))
        for number in range(rounds):
            reached = len(server.mails) + 20
            wait(lambda: len(server.mails) >= reached, 2 * RESUME_SECONDS, f"mail in round {number}")  # noqa: B023
            victim = "broker" if number % 2 and "broker" in stack.running else "worker"
            stack.kill(victim)
            stack.start(victim)
        wait(lambda: states(stack) == {"sent": count}, 5 * RESUME_SECONDS, f"end of delivery: {logs(stack.folder)}")
        check(server, stack, count, rounds)
