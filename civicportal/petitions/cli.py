"""`flask receipts`: checking receipts of filings, and bringing back what they hold. `flask petitions`: due dates."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path

import click
from flask.cli import AppGroup

from civicportal.core.commands import refusals
from civicportal.core.configuration import settings
from civicportal.core.i18n import timezone
from civicportal.core.permissions import SYSTEM
from civicportal.deadlines.counting import Deadline, Extension, Pause
from civicportal.deadlines.queries import portal_deadline
from civicportal.deadlines.rules import STATUTORY_ARTICLE, Rule, of_days
from civicportal.deadlines.steps import as_json, clock_steps
from civicportal.petitions.filing_receipts import MAX_BYTES, Checked, Verdict
from civicportal.petitions.services.receipts import verify
from civicportal.petitions.services.restoring import Beside, Outcome, Restored, restore
from civicportal.petitions.types import TYPES
from civicportal.voting.notes import instant

petitions = AppGroup("petitions", help="Petitions and their due dates.")
receipts = AppGroup("receipts", help="Receipts of filings.")
FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
SENTENCES = {
    Verdict.GENUINE: "genuine", Verdict.ALTERED: "ALTERED: the contents are not what was signed",
    Verdict.FORGED: "FORGED: the key it names has not signed this",
    Verdict.UNKNOWN_KEY: "UNKNOWN KEY: no key of the settings, and none that was given, has signed it",
    Verdict.NO_RECEIPT: "not a receipt of a filing",
}
BAR_FROM = 10
YEARS = range(1950, 2200)
OUTCOMES = {
    Outcome.RESTORED: "brought back",
    Outcome.WAITING: "brought back; its author is asked to confirm the address",
    Outcome.THERE: "is there already, nothing was done",
    Outcome.OTHER: "REFUSED: the portal has another filing under this number",
    Outcome.SHORT: "REFUSED: the short form does not hold what was filed",
    Outcome.UNUSABLE: "REFUSED: this portal has no such type of filing, or cannot write to its author",
}


@receipts.command("verify")
@FILES
@click.option("--key", "keys", multiple=True, help="A further public key, as `flask voting keys` prints it.")
def verify_files(files: tuple[Path, ...], keys: tuple[str, ...]) -> None:
    """Say of each of FILES whether it is a genuine receipt. Needs no database and no network.

    The keys are those of the settings RECEIPT_SIGNING_KEYS and RECEIPT_VERIFY_KEYS. Ends with 1 unless all are genuine.
    """
    bad = 0
    for path in files:
        with refusals():
            checked = verify(read(path), keys)
        click.echo(f"{path}: {sentence(checked)}")
        bad += not checked.genuine
    if bad:
        raise click.exceptions.Exit(1)


def read(path: Path) -> bytes:
    """The bytes of a receipt; of a longer file no more than can be one."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def sentence(checked: Checked) -> str:
    """The outcome in one line."""
    told = checked.statement
    if told is None:
        return SENTENCES[checked.verdict]
    return f"{SENTENCES[checked.verdict]} ({told.host}, number {told.number}, filed {instant(told.at)})"


@receipts.command("restore")
@FILES
@click.option("--files", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder with files that belong to the receipts; found by their content, whatever their names.")
def restore_files(files: tuple[Path, ...], folder: Path | None) -> None:
    """File again what each receipt of FILES holds, with its number and its time.

    What is there already stays as it is, so the command can be run again. Institutions receive what was lost with the
    clock it had, and authors get a mail. Ends with 1 unless all of it is in the portal afterwards.
    """
    beside = Beside.of(sorted(folder.rglob("*")) if folder else ())
    lost = 0
    with _bar(files) as paths:
        for path in paths:
            with refusals():
                done = restore(SYSTEM, read(path), beside)
            click.echo(f"{path}: {_outcome(done)}")
            lost += not done.done
    click.echo(f"{len(files)} receipts, {len(files) - lost} of them in the portal.")
    if lost:
        raise click.exceptions.Exit(1)


def _outcome(done: Restored) -> str:
    if done.outcome is Outcome.NOT_GENUINE or done.checked.statement is None:
        return f"REFUSED: {sentence(done.checked)}"
    missing = f"; without {len(done.missing)} of its files: {', '.join(done.missing)}" if done.missing else ""
    return f"{OUTCOMES[done.outcome]} (number {done.checked.statement.number}){missing}"


@contextmanager
def _bar(files: Sequence[Path]) -> Iterator[Iterator[Path] | Sequence[Path]]:
    """A bar for people who wait for many; logs and pipes get none."""
    if len(files) < BAR_FROM or not sys.stderr.isatty():
        yield files
        return
    with click.progressbar(files, label="Receipts", file=sys.stderr) as bar:
        yield bar


def _moment(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """Read an instant such as 2025-10-02T17:30+09:00."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is no time. Write it like 2025-10-02T17:30+09:00.") from error
    if found.tzinfo is None:
        raise click.BadParameter(f"{text} has no zone. Write it like 2025-10-02T17:30+09:00.")
    return _countable(found)


def _countable(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise click.BadParameter(f"Years from {YEARS[0]} to {YEARS[-1]} can be counted.")
    return moment


def _pauses(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> list[Pause]:
    """Read FROM/TO: two instants, or two days of the portal's calendar."""
    found = []
    for text in texts:
        since, _slash, until = text.partition("/")
        try:
            found.append(Pause(_edge(context, option, since, time()), _edge(context, option, until, time(23, 59))))
        except ValueError as error:
            raise click.BadParameter(f"{text}: {error}.") from error
    return found


def _edge(context: click.Context, option: click.Parameter, text: str, at: time) -> datetime:
    if len(text) == len("2025-10-02"):
        return _countable(datetime.combine(datetime.fromisoformat(text).date(), at, timezone()))
    moment = _moment(context, option, text)
    assert moment is not None  # noqa: S101 - only no text gives no moment
    return moment


def _known(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of a type, also of one that was renamed."""
    if name not in TYPES:
        raise click.BadParameter(f"{name!r} is not one of {', '.join(TYPES.names())}.")
    return name


@petitions.command("due")
@click.option("--type", "name", required=True, callback=_known, metavar="TYPE", help="The type of filing.")
@click.option("--days", type=click.IntRange(1, 400), help="The period of the service, for a statutory petition.")
@click.option("--received", "received_at", required=True, callback=_moment, help="When it was received, with zone.")
@click.option("--filed", "filed_at", callback=_moment, help="When it was filed, if that was earlier.")
@click.option("--pause", "pauses", multiple=True, callback=_pauses, metavar="FROM/TO",
              help="A time that does not count: two instants with zone, or two days. Can be repeated.")
@click.option("--extend", "extensions", multiple=True, metavar="LENGTH",
              help="An extension such as 7d, 3h or 1m. A second one needs the citizen's consent.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
def due(name: str, days: int | None, received_at: datetime, filed_at: datetime | None, pauses: list[Pause],
        extensions: tuple[str, ...], form: str) -> None:
    """Say when something is due, and every step that leads to the date.

    JSON has the members due_at (exclusive), due_date and steps; civicportal/deadlines/steps.py describes them.
    """
    with refusals():
        rule = _rule(name, days)
        longer = [Extension(rule.in_units(text)) for text in extensions]
        deadline = portal_deadline(rule, received_at, pauses=pauses, extensions=longer, filed_at=filed_at)
        if form == "text":
            _say(deadline)
            return
        told = as_json(deadline, settings().locales, timezone())
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _rule(name: str, days: int | None) -> Rule:
    """The rule of a type; where each service has its own period, one of that many days. Raises ValueError."""
    rule = TYPES[name].rule
    if (rule is None) != (days is not None):
        raise ValueError("give --days for a type whose period is set by the service, and for no other")
    return rule or of_days(name, 1, days or 0, STATUTORY_ARTICLE)


def _say(deadline: Deadline) -> None:
    """Print every step, one a line, what is not verified marked so."""
    for step in clock_steps(deadline):
        if step.date is not None:
            place = "not counted" if step.number is None else f"{step.number:>11}"
            click.echo(f"  {step.date:%Y-%m-%d %a}  {place:>11}  {step.text}".rstrip())
            continue
        click.echo(f"{step.text}. {step.article}".rstrip(". ") + ".")
        if step.unverified:
            click.echo(f"  unverified: {step.unverified}")
