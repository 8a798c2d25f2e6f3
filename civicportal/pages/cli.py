"""`flask demo load`: invented people, real institutions, petitions in every state, votes, a committee, and tasks."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from civicportal.accounts.services import load_people
from civicportal.committee.services.demo import load_committee
from civicportal.core import clock
from civicportal.forum.services.demo import load_tasks
from civicportal.institutions.queries import by_code
from civicportal.institutions.services.demo import load_demo
from civicportal.petitions.services.demo import load_petitions
from civicportal.voting.services.demo import BALLOTS, load_votes

demo = AppGroup("demo", help="Content for trying the portal out; development only.")
PEOPLE = Path(__file__).resolve().parents[1] / "accounts" / "demo" / "people.json"
LONG_AGO_DAYS = 120
PASSWORD = "try-the-portal"  # noqa: S105 - printed for everyone who starts a demo


@demo.command("load")
def load() -> None:
    """Load the demo content; what is there already stays as it is."""
    if current_app.config["SETTINGS"].production:
        raise click.ClickException("demo content exists in development only (PORTAL_MODE)")
    logging.getLogger("civicportal.core.tasks").setLevel(logging.ERROR)  # no broker yet: the sweeper will find it all
    click.echo("Institutions…")
    load_demo()
    click.echo("People…")
    with clock.at(clock.now() - timedelta(days=LONG_AGO_DAYS)):
        people = load_people(PEOPLE, PASSWORD, _institution_id)
    with click.progressbar(load_petitions(people), label="Petitions", length=40) as bar:
        for _title in bar:
            pass
    with click.progressbar(length=BALLOTS, label="Votes", width=40) as bar:
        load_votes(bar.update)
    for label, titles in (("Committee", load_committee(people)), ("Forum", load_tasks(people))):
        with click.progressbar(titles, label=label, width=40) as bar:
            for _title in bar:
                pass
    click.echo(f"The password of every demo account is {PASSWORD}")


@demo.command("accounts")
def accounts() -> None:
    """List the demo accounts that can sign in."""
    click.echo(f"Demo accounts, all with the password {PASSWORD}:")
    for person in json.loads(PEOPLE.read_text(encoding="utf-8")):
        if person["level"]:
            roles = ", ".join(" ".join(filter(None, (held["role"], held["institution"]))) for held in person["roles"])
            click.echo(f"  {person['address']:<32} {roles}")


def _institution_id(code: str) -> int:
    institution = by_code(code)
    if institution is None:
        raise click.ClickException(f"the demo institution {code} is missing")
    return institution.id
