"""`flask institutions`: reading institutions and regions from files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click
from flask.cli import AppGroup

from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM
from civicportal.institutions.csv_rows import FileProblem, Problem, institution_format, read_remits
from civicportal.institutions.services.imports import ImportReport, import_institutions, import_regions
from civicportal.institutions.standard_codes import STANDARD_CODES

institutions = AppGroup("institutions", help="Institutions and regions.")
CSV_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SKIP_BAD = click.option("--skip-bad", is_flag=True, help="Leave bad rows out instead of changing nothing.")
Run = Callable[[Callable[[int], None]], ImportReport]


@institutions.command("import")
@click.argument("file", type=CSV_FILE)
@click.option("--map", "mapping", type=click.Choice(["standard-codes"]), help="Read another format than the portal's.")
@click.option("--remits", type=CSV_FILE, help="Shared remit texts that the column remit_key names.")
@SKIP_BAD
def import_file(file: Path, mapping: str | None, remits: Path | None, skip_bad: bool) -> None:
    """Add and change institutions as FILE (.csv or .csv.gz) says. Rows may stand in any order."""

    def run(advance: Callable[[int], None]) -> ImportReport:
        own = institution_format(read_remits(remits) if remits else {})
        return import_institutions(SYSTEM, file, STANDARD_CODES if mapping else own, skip_bad=skip_bad, advance=advance)

    _report(file, run)


@institutions.command("import-regions")
@click.argument("file", type=CSV_FILE)
@SKIP_BAD
def import_regions_file(file: Path, skip_bad: bool) -> None:
    """Add and change regions as FILE says: code, name_ko, name_en, parent_code."""
    _report(file, lambda advance: import_regions(SYSTEM, file, skip_bad=skip_bad, advance=advance))


def _report(file: Path, run: Run) -> None:
    """Run an import, print its bad rows as a table and its counts; exit code 1 when nothing was changed.

    Commands speak English, like their help.
    """
    started = monotonic()
    with speaking("en"):
        try:
            with _progress(file) as advance:
                report = run(advance)
        except FileProblem as problem:
            raise click.ClickException(f"{file}: {problem.message}") from problem
        _table(report.problems + report.left_out)
    seconds = monotonic() - started
    if not report.written:
        raise click.ClickException(
            f"{len(report.problems)} bad rows, nothing was changed ({seconds:.1f} s). --skip-bad leaves them out.")
    click.echo(f"new {report.new}, changed {report.changed}, unchanged {report.unchanged}, "
               f"bad {len(report.problems)}, left out with them {len(report.left_out)} ({seconds:.1f} s)")


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar for people who wait; logs and pipes get none. The file is read twice."""
    if not sys.stderr.isatty():
        yield lambda _size: None
        return
    with click.progressbar(length=2 * file.stat().st_size, file=sys.stderr) as bar:
        yield bar.update


def _table(problems: list[Problem]) -> None:
    if not problems:
        return
    width = max(4, *(len(problem.code[:40]) for problem in problems))
    click.echo(f"{'row':>7}  {'code':{width}}  problem")
    for problem in problems:
        click.echo(f"{problem.row:>7}  {_plain(problem.code):{width}}  {_plain(str(problem.text))}")


def _plain(text: str) -> str:
    """Text that cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:200]
