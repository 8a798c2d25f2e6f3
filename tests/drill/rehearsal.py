"""The steps of the drill, and what they have shown."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from civicportal.core.clock import now
from tests.drill.people import SLUG, filed_at, people_of
from tests.drill.site import Site, drill_site, restored_site

MORE = 20  # of so many filings, one more comes after the backup


@dataclass
class Report:
    """What was measured, in seconds by step, and what was lost. `window`: seconds of filings that the backup lacks."""

    service: str
    filings: int
    seconds: dict[str, float] = field(default_factory=dict)
    window: float = 0.0
    lost: int = 0
    back: int = 0
    ballots: str = ""
    record: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step, and say so."""
        started = time.monotonic()
        say(f"{self.service}: {name}…")
        yield
        self.seconds[name] = time.monotonic() - started
        say(f"{self.service}: {name} took {self.seconds[name]:.1f} s")

    def lines(self) -> list[str]:
        """The result, for people."""
        away = self.seconds["restore"] + self.seconds["start"]
        return [
            f"== {self.service}: {self.filings} filings and votes",
            f"minutes from the destruction to a portal that is ready: {away / 60:.1f}",
            f"loss window of the backup: {self.window:.1f} s, {self.lost} filings",
            f"brought back from receipts: {self.back} of {self.lost}, in {self.seconds['receipts']:.1f} s",
            f"vote: {self.ballots}",
            f"public record: {self.record}",
        ]


def say(text: str) -> None:
    """One line at once, for who waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def rehearse(folder: Path, service: str, filings: int) -> Report:
    """Fill a running portal, back it up, go on, destroy it, restore it elsewhere, and close what is left open."""
    report = Report(service, filings)
    with drill_site(folder, service) as site:
        people = people_of(site.stack, site.outside.drawer)
        with report.step("fill"):
            people.come(filings)
            people.act(filings - filings // MORE)
            people.count()
        site.start_web()
        with report.step("backup"):
            site.flask("backup", "--to", site.outside.store)
        with report.step("go on"):
            people.act(filings // MORE, keep=True)
            people.count()
            site.flask("voting", "export", SLUG, "--out", site.outside.published)
        ended = now()
        site.destroy()
        with report.step("restore"):
            elsewhere = restored_site(folder, site)
            there = elsewhere.__enter__()
        try:
            with report.step("start"):
                there.start_web()
            _measure(report, there, people.numbers, ended)
            _close(report, there, people.numbers)
            _vote(report, there)
        finally:
            elsewhere.__exit__(None, None, None)
    return report


def _measure(report: Report, site: Site, numbers: list[str], ended: object) -> None:
    """What the backup lacks."""
    count, newest = filed_at(people_of(site.stack, site.outside.drawer).app)
    report.lost = len(numbers) - count
    report.window = (ended - newest).total_seconds()  # type: ignore[operator]


def _vote(report: Report, site: Site) -> None:
    """What becomes of the vote and of the record, by what is kept outside."""
    if "goes on" in (said := site.flask("voting", "regain", SLUG, "--from", site.outside.published, done=False)):
        report.ballots = f"all back, it goes on ({said.splitlines()[0]})"
    elif said:
        report.ballots = f"{said.splitlines()[0]} {site.flask('voting', 'give-up', SLUG).strip()}"
    else:
        report.ballots = "no ballot of the log was lost, it goes on"
    said = site.flask("voting", "continue-log", "record", "--reason", "A rehearsal.", done=False)
    report.record = said.strip() or "nothing of it was lost"


def _close(report: Report, site: Site, numbers: list[str]) -> None:
    """What was lost comes back from the receipts that people kept."""
    receipts = sorted(site.outside.drawer.glob("*.json"))
    with report.step("receipts"):
        site.flask("receipts", "restore", *receipts)
    app = people_of(site.stack, site.outside.drawer).app
    report.back = filed_at(app)[0] - (len(numbers) - report.lost)
    assert site.answers(f"/en/petitions/{numbers[0]}") in (200, 404)
