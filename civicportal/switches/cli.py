"""`flask switches`: for when the web is down, or is about to be."""

import click
from flask.cli import AppGroup

from civicportal.core.commands import refusals
from civicportal.core.i18n import moment_text
from civicportal.core.permissions import SYSTEM
from civicportal.switches import services
from civicportal.switches.functions import Function
from civicportal.switches.queries import all_off

switches = AppGroup("switches", help="Parts of the portal that can be switched off for a while.")
FUNCTION = click.Choice([function.value for function in Function])


@switches.command("list")
def list_all() -> None:
    """Say of each function whether it works."""
    with refusals():
        off = all_off()
        for function in Function:
            row = off.get(function)
            told = f"off until {moment_text(row.expected_end)}: {row.reason_en}" if row else "on"
            click.echo(f"{function.value:10}  {told}")


@switches.command("off")
@click.argument("function", type=FUNCTION)
@click.option("--minutes", type=int, required=True, help="How long it will take; people read until when.")
@click.option("--reason-ko", required=True, help="Why, in Korean; everybody reads it.")
@click.option("--reason-en", required=True, help="Why, in English; everybody reads it.")
def off(function: str, minutes: int, reason_ko: str, reason_en: str) -> None:
    """Switch FUNCTION off, or say anew why and until when. `changes` is read-only mode."""
    with refusals():
        row = services.switch_off(
            SYSTEM, Function(function), minutes=minutes, reason_ko=reason_ko, reason_en=reason_en)
        click.echo(f"{function} is off until {moment_text(row.expected_end)}.")


@switches.command("on")
@click.argument("function", type=FUNCTION)
def on(function: str) -> None:
    """Let FUNCTION work again."""
    with refusals():
        services.switch_on(SYSTEM, Function(function))
    click.echo(f"{function} is on.")
