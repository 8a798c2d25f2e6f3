"""A vote held by the real services, step by step, at invented times: tests of what outsiders see of it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.permissions import SYSTEM, Actor, Role
from civicportal.core.transactions import current
from civicportal.voting.models import Box
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import Change, Receipt, cast, cast_open
from civicportal.voting.services.closing import close_box, finish_due
from civicportal.voting.services.export import export_box
from civicportal.voting.services.opening import open_box, plan_box
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.states import Secrecy
from civicportal.voting.trackers import new_nonce
from tests.factories.accounts import staff
from tests.factories.voting import voters

START = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
STEP = timedelta(minutes=11)


class Held:
    """An open vote with its first head. `people` may vote; `now` is where its clock stands."""

    def __init__(self, people: int | list[Person] = 12, **plan: Any) -> None:
        self.people = voters(people) if isinstance(people, int) else people
        self.now = START
        self.receipts: list[Receipt] = []
        values = {"slug": "library", "question": "Should the library open on Sundays?", "language": "en",
                  "opens_at": START, "closes_at": START + timedelta(days=7), **plan}
        with self.at(START - timedelta(days=1)):
            planned = plan_box(SYSTEM, **values)
        with self.at():
            open_box(planned)
            self.box_id = planned.id
            make_batch(self.box)

    @property
    def box(self) -> Box:
        """The box as it is in the database now."""
        current().rollback()
        current().expire_all()
        return current().get_one(Box, self.box_id)

    def at(self, instant: datetime | None = None) -> Any:
        """Act at this instant, or where the vote's clock stands."""
        return clock.at(instant or self.now)

    def actor(self, number: int) -> Actor:
        """The voter with this number, from 0."""
        return actor_for(current().get_one(Person, self.people[number].id))

    def cast(self, *choices: str) -> list[Receipt]:
        """The next voters vote."""
        with self.at():
            for choice in choices:
                actor = self.actor(len(self.receipts))
                if self.box.secrecy is Secrecy.OPEN:
                    self.receipts.append(cast_open(actor, self.box, choice=choice))
                else:
                    self.receipts.append(self._cast(actor, choice))
        return self.receipts[-len(choices):]

    def change(self, number: int, choice: str) -> Receipt:
        """The voter with this number votes otherwise."""
        before = self.receipts[number]
        with self.at():
            self.receipts[number] = self._cast(
                self.actor(number), choice, Change(before.tracker, before.change_secret or ""))
        return self.receipts[number]

    def _cast(self, actor: Actor, choice: str, change: Change | None = None) -> Receipt:
        return cast(voter_of(actor, self.box), self.box, choice=choice, nonce=new_nonce(), change=change)

    def batch(self) -> None:
        """Some minutes later, everything cast is logged, signed and judged."""
        self.now += STEP
        with self.at():
            make_batch(self.box, force=True)
            judge_due()

    def close(self) -> None:
        """At its closing instant the vote is closed, counted and judged."""
        self.now = self.box.closes_at
        with self.at():
            close_box(self.box)
            judge_due()

    def finish(self, days: int = 8) -> None:
        """Days after the close, it is final if nothing stands against it."""
        self.now = self.box.closes_at + timedelta(days=days)
        with self.at():
            finish_due()

    def export(self, folder: Path) -> Path:
        """The public files, as of now."""
        with self.at():
            export_box(self.box, folder)
        return folder


def operator() -> Actor:
    """Somebody who runs votes."""
    return actor_for(staff(Role.OPERATOR))


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and words of `python verify.py`, as anybody runs it: isolated, without the portal's libraries."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), str(folder), *arguments],
        capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout

