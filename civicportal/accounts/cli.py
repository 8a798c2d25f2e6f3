"""Commands about accounts."""

import click
from flask.cli import AppGroup

from civicportal.accounts import services
from civicportal.accounts.queries import confirmed_by_address
from civicportal.core.commands import refusals
from civicportal.core.permissions import SYSTEM, Role

accounts = AppGroup("accounts", help="People and their roles.")


@accounts.command("create-operator")
@click.option("--address", prompt="E-mail address", help="The operator's address; it counts as confirmed.")
@click.option("--name", prompt="Name", help="The operator's name.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="OPERATOR_PASSWORD",
              help="Better left to the prompt or to OPERATOR_PASSWORD.")
def create_operator(address: str, name: str, password: str) -> None:
    """Make an operator of the portal; an account that is there keeps its name and password."""
    with refusals():
        person = services.create_operator(address=address, name=name, password=password)
    click.echo(f"{person.address} is an operator.")


@accounts.command("reset-second-factor")
@click.argument("address")
def reset_second_factor(address: str) -> None:
    """Take the second factor off the account with this ADDRESS; the next sign-in sets up a new one."""
    with refusals():
        person = confirmed_by_address(address)
        if person is None:
            raise click.ClickException(f"{address} has no account.")
        services.reset_second_factor(SYSTEM, person)
    click.echo(f"{person.address} sets up a second factor at the next sign-in.")


@accounts.command("grant")
@click.argument("address")
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.CITIZEN]))
@click.argument("institution_id", type=int, required=False)
def grant(address: str, role: str, institution_id: int | None) -> None:
    """Give a ROLE to the account with this ADDRESS; roles at an institution need its INSTITUTION_ID."""
    with refusals():
        person = confirmed_by_address(address)
        if person is None:
            raise click.ClickException(f"{address} has no account.")
        services.grant_role(SYSTEM, person, Role(role), institution_id)
    click.echo(f"{person.address} is {role} now.")
