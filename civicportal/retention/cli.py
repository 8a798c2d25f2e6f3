"""`flask retention` and `flask people`: what is kept, held, told and forgotten."""

from pathlib import Path

import click
from flask.cli import AppGroup

from civicportal.core.commands import refusals
from civicportal.core.configuration import settings
from civicportal.core.permissions import SYSTEM
from civicportal.retention.models import HeldKind
from civicportal.retention.queries import holds
from civicportal.retention.services import erasures, holding, people, removals, running

retention = AppGroup("retention", help="What is kept for how long.")
person = AppGroup("people", help="What the portal keeps about one person.")


@retention.command("run")
def run() -> None:
    """Let go now what was kept long enough, as the worker does every night."""
    with refusals():
        for name, count in running.run().items():
            click.echo(f"{name:10}  {count}")


@retention.command("replay")
def replay() -> None:
    """After a backup was put back: erase whoever was erased since, and remove what was removed from the public."""
    with refusals():
        if not any((Path(settings().erasures_root) / name).is_file() for name in (erasures.FILE, removals.FILE)):
            raise click.ClickException("There are no lists in ERASURES_ROOT.")
        done, kept = erasures.replay()
        removed = removals.replay_removals()
    click.echo(f"{done} erased again, {kept} kept by a legal hold.")
    click.echo(f"{removed.again} removed from the public again.")
    if removed.unsaid:
        click.echo("Removed because words are back that had been taken out: " + ", ".join(removed.unsaid))
        click.echo("Have an operator take them out again, then make the petition public again.")


@retention.command("hold")
@click.argument("kind", type=click.Choice([kind.value for kind in HeldKind]))
@click.argument("named")
@click.option("--reason", required=True, help="Which proceeding; operators read it.")
def hold(kind: str, named: str, reason: str) -> None:
    """Keep a petition (NAMED by its number) or a person (by the address) for a legal proceeding."""
    with refusals():
        made = holding.begin_hold(SYSTEM, HeldKind(kind), named, reason=reason)
    click.echo(f"Hold {made.id} begins.")


@retention.command("holds")
def list_holds() -> None:
    """List the holds that run."""
    for row in holds():
        click.echo(f"{row.id:5}  {row.begun_at:%Y-%m-%d}  {row.kind.value} {row.label or row.subject_id}  {row.reason}")


@retention.command("release")
@click.argument("hold_id", type=int)
def release(hold_id: int) -> None:
    """End the hold with this number."""
    with refusals():
        holding.end_hold(SYSTEM, hold_id)
    click.echo(f"Hold {hold_id} is over.")


@person.command("export")
@click.argument("address")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
def export(address: str, out: Path) -> None:
    """Write what the portal keeps about the account with this ADDRESS.

    Make sure first that it is that person who asks.
    """
    with refusals():
        for table, count in people.export_person(address, out).items():
            click.echo(f"{table:24}  {count}")
    click.echo(f"Written to {out}. Delete it once it was handed over.")


@person.command("erase")
@click.argument("address")
@click.confirmation_option(prompt="This cannot be undone. Erase the account?")
def erase(address: str) -> None:
    """Erase the account with this ADDRESS, and print for its owner what law keeps and until when."""
    with refusals():
        told = people.erase_person(address)
    click.echo("\n".join(told.values()))
