"""`flask receipts`: checking receipts of filings without the portal, and bringing back what they hold."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup

from civicportal.core.commands import refusals
from civicportal.core.permissions import SYSTEM
from civicportal.petitions.filing_receipts import MAX_BYTES, Checked, Verdict
from civicportal.petitions.services.receipts import verify
from civicportal.petitions.services.restoring import Beside, Outcome, Restored, restore
from civicportal.voting.notes import instant

receipts = AppGroup("receipts", help="Receipts of filings.")
FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
SENTENCES = {
    Verdict.GENUINE: "genuine", Verdict.ALTERED: "ALTERED: the contents are not what was signed",
    Verdict.FORGED: "FORGED: the key it names has not signed this",
    Verdict.UNKNOWN_KEY: "UNKNOWN KEY: no key of the settings, and none that was given, has signed it",
    Verdict.NO_RECEIPT: "not a receipt of a filing",
}
BAR_FROM = 10
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
