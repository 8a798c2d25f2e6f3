"""`flask referral`: trying the matcher out."""

import click
from flask import current_app
from flask.cli import AppGroup

from civicportal.core.i18n import speaking
from civicportal.institutions.queries import by_code, region_path
from civicportal.referral.services import suggest
from civicportal.referral.wording import reason_text

referral = AppGroup("referral", help="Which institution answers a text.")


@referral.command("suggest")
@click.argument("text")
@click.option("--region", help="Code of the place it is about.")
@click.option("--locale", help="Language of the answer; the portal's first one by default.")
def suggest_text(text: str, region: str | None, locale: str | None) -> None:
    """Print the institutions proposed for TEXT, how sure each is, and why."""
    locales = current_app.config["SETTINGS"].locales
    locale = locale or locales[0]
    if locale not in locales:
        raise click.BadParameter(f"choose one of {', '.join(locales)}", param_hint="--locale")
    if region and not region_path(region):
        raise click.BadParameter(f"there is no region {region}", param_hint="--region")
    found = suggest(text, region_code=region, kind="petition", locale=locale)
    if not found:
        click.echo("No institution found.")
    with speaking(locale):
        for suggestion in found:
            institution = by_code(suggestion.institution_code)
            name = institution.name(locale) if institution else ""
            click.echo(f"{suggestion.strength:8}  {suggestion.institution_code:24}  {name}")
            for reason in suggestion.reasons:
                click.echo(f"{'':10}{reason_text(reason)}")
