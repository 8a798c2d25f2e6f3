"""`flask closures`: days on which offices are closed, or open after all."""

from datetime import datetime

import click
from flask.cli import AppGroup

from civicportal.core.commands import refusals
from civicportal.core.permissions import SYSTEM
from civicportal.deadlines import queries, services
from civicportal.deadlines.models import ClosureKind

closures = AppGroup("closures", help="Days on which offices are closed, or open after all.")
DAY = click.DateTime(formats=["%Y-%m-%d"])


@closures.command("add")
@click.argument("day", type=DAY)
@click.option("--name-ko", required=True, help="Name of the day in Korean.")
@click.option("--name-en", required=True, help="Name of the day in English.")
@click.option("--reason-ko", default="", help="Why, in Korean; everybody reads it. Needed when the day has begun.")
@click.option("--reason-en", default="", help="Why, in English.")
@click.option("--open", "is_open", is_flag=True, help="The day is open although the calendar says otherwise.")
def add(day: datetime, name_ko: str, name_en: str, reason_ko: str, reason_en: str, is_open: bool) -> None:
    """Declare DAY (YYYY-MM-DD) closed, or open with --open. Due dates already given do not change.

    A day that has begun waits until an operator confirms it on the portal.
    """
    kind = ClosureKind.OPEN if is_open else ClosureKind.CLOSED
    with refusals():
        closure = services.add_closure(SYSTEM, day=day.date(), name_ko=name_ko, name_en=name_en, kind=kind,
                                       reason_ko=reason_ko, reason_en=reason_en)
    click.echo(f"{day:%Y-%m-%d} {kind}" + (", waits until an operator confirms it" if closure.waiting else ""))


@closures.command("list")
def list_all() -> None:
    """List all entries that count and those that wait, earliest day first."""
    for row in sorted([*queries.closures(), *queries.waiting()], key=lambda row: row.day):
        click.echo(f"{row.day}  {row.kind:6}  {row.name_ko}  {row.name_en}{'  (waits)' if row.waiting else ''}")


@closures.command("remove")
@click.argument("day", type=DAY)
def remove(day: datetime) -> None:
    """Give DAY (YYYY-MM-DD) back to the calendar."""
    with refusals():
        services.remove_closure(SYSTEM, day=day.date())
    click.echo(f"{day:%Y-%m-%d} removed")
