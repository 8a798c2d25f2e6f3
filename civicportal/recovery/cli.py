"""`flask backup`, `flask restore` and what belongs to them."""

from datetime import timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from civicportal.core.clock import now
from civicportal.core.commands import bar, refusals
from civicportal.core.configuration import settings
from civicportal.recovery.manifest import Found, all_in
from civicportal.recovery.sealed import new_identity
from civicportal.recovery.services.backing_up import back_up
from civicportal.recovery.services.checking import check
from civicportal.recovery.services.moving import move
from civicportal.recovery.services.restoring import Restored
from civicportal.recovery.services.restoring import restore as put_back
from civicportal.voting.notes import instant

FOLDER = click.Path(file_okay=False, path_type=Path)
THERE = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
UNITS = ("bytes", "KB", "MB", "GB", "TB")


@click.command("backup-key")
@click.argument("file", type=FILE)
def backup_key(file: Path) -> None:
    """Make a key for backups: the private one goes into FILE, the public one is printed.

    Keep FILE away from the portal. Whoever has it can read the backups, and nobody else can.
    """
    try:
        public = new_identity(file)
    except OSError as error:
        raise click.ClickException(f"{file} was not written: {error.strerror}") from None
    click.echo(public)


@click.command("backup")
@click.option("--to", "store", required=True, type=FOLDER, help="The folder that holds backups; made when missing.")
@click.option("--keep", type=click.IntRange(min=0), help="How many to keep; 0: all. BACKUP_KEEP unless given.")
@with_appcontext
def backup(store: Path, keep: int | None) -> None:
    """Back up database, files and newest heads, sealed for BACKUP_RECIPIENTS, while the portal goes on."""
    with refusals():
        found, old = back_up(store, keep=settings().backup_keep if keep is None else keep, bar=bar)
    said = found.manifest
    click.echo(f"{found.folder}: {_size(said.size)}, {sum(said.tables.values())} rows, {said.files['count']} files.")
    if settings().media_root.startswith("s3://"):
        click.echo("The uploaded files are in an object store and not in this backup: have the store keep versions.")
    click.echo(f"Keys: {said.keys}")
    click.echo("Kept heads of the logs are in it as they were; their newest copy belongs somewhere else.")
    for name in old:
        click.echo(f"{name} was deleted.")


@click.command("backups")
@click.option("--in", "store", required=True, type=THERE, help="The folder that holds backups.")
@click.option("--max-hours", type=click.IntRange(min=1), help="End with 1 when the newest is older.")
def backups(store: Path, max_hours: int | None) -> None:
    """List the whole backups of a folder with their age; with --max-hours, an alert for a timer or a monitor."""
    found = list(all_in(store))
    for one in found:
        click.echo(f"{one.folder.name}  {_age(one):>12}  {_size(one.manifest.size):>10}  {one.manifest.database}")
    newest = found[-1].manifest.at if found else None
    if max_hours and (newest is None or newest < now() - timedelta(hours=max_hours)):
        raise click.ClickException(f"No backup in {store} is younger than {max_hours} hours.")


@click.command("restore")
@click.option("--from", "source", required=True, type=THERE, help="A backup, or the folder of backups: the newest.")
@click.option("--identity", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The file with the private key of one of BACKUP_RECIPIENTS.")
@click.option("--data", type=FOLDER, help="PostgreSQL: the empty folder for the data of the server.")
@click.option("--heads", type=THERE, help="A newer copy of LOG_HEADS_ROOT than that of the backup.")
@click.option("--replace", is_flag=True, help="Move a database and files that are here aside.")
@with_appcontext
def restore(source: Path, identity: Path, data: Path | None, heads: Path | None, replace: bool) -> None:
    """Put a backup back where the settings say. All of it is verified before anything takes its place."""
    with refusals():
        done = put_back(source, identity=identity, replace=replace, data=data, heads=heads, bar=bar)
    click.echo(f"{done.backup.folder.name}: the database of {instant(done.backup.manifest.at)} and {done.files} files "
               f"are back.")
    for path in done.aside:
        click.echo(f"What was there before is now {path}.")
    _say_next(done, source, data, heads)


def _say_next(done: Restored, source: Path, data: Path | None, heads: Path | None) -> None:
    if heads is None:
        click.echo("The kept heads may be as old as the database: only observers can tell what is missing from votes. "
                   "Give a newer copy with --heads where there is one.")
    if data is not None:
        click.echo(f"{done.segments} segments of the write-ahead log lie beside it. Start the server on {data}, and "
                   f"wait until it takes connections.")
    click.echo(f"Next, before anything is started:\n  flask --app wsgi db upgrade\n"
               f"  flask --app wsgi check-restored --from {source}\n  flask --app wsgi retention replay")


@click.command("check-restored")
@click.option("--from", "source", required=True, type=THERE, help="The backup, or its folder, as for `restore`.")
@with_appcontext
def check_restored(source: Path) -> None:
    """Compare the restored database with its backup, and keep votes closed that have lost ballots."""
    with refusals():
        done = check(source)
    for line in done.wrong:
        click.echo(f"WRONG: {line}", err=True)
    for log in done.behind:
        click.echo(f"{log.name}: {log.sentence}")
    if done.wrong:
        raise click.ClickException("This is not the database that was backed up.")
    click.echo("The database is the one that was backed up. "
               + ("The logs named above have lost entries." if done.behind else "No log has lost an entry."))


@click.command("move-database")
@click.option("--to", "url", required=True, help="postgresql+psycopg://user@host/name, migrated and empty.")
@with_appcontext
def move_database(url: str) -> None:
    """Copy the SQLite database into a PostgreSQL one, in one transaction, and compare both table by table.

    Nobody can write meanwhile. Uploaded files and kept heads stay where they are.
    """
    with refusals():
        moved = move(url, bar=bar)
    for one in moved:
        if one.rows:
            click.echo(f"{one.table:28} {one.rows:>9}  {one.digest[:16]}")
    click.echo(f"{sum(one.rows for one in moved)} rows in {len(moved)} tables are the same in both. Set DATABASE_URL "
               f"to the new database, then start the portal; nothing reads the SQLite file any more.")


def _age(found: Found) -> str:
    hours = (now() - found.manifest.at) / timedelta(hours=1)
    return f"{hours:.0f} h old" if hours < 72 else f"{hours / 24:.0f} days old"


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 else f"{size:.1f} {UNITS[unit]}"
