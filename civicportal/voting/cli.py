"""`flask voting`: exports, keys, thresholds."""

import shlex
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from civicportal.core.commands import bar, refusals
from civicportal.core.i18n import timezone
from civicportal.core.permissions import SYSTEM
from civicportal.voting.models import SigningKey
from civicportal.voting.notes import instant
from civicportal.voting.queries.pages import box_called
from civicportal.voting.queries.totals import public_as_of
from civicportal.voting.queries.trust import key_history
from civicportal.voting.services.export import Snapshot, export_box, signing_keys, snapshot
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import PolicyKind

voting = AppGroup("voting", help="Votes and their public log.")
FOLDER = click.Path(file_okay=False, path_type=Path)
WITHHELD = {
    "until-close": "Ballots and counts follow when the vote has closed; heads and proofs are here.",
    "silence": "An election silence keeps back the newest ballots and counts; heads and proofs are here.",
}


@voting.command("export")
@click.argument("slug")
@click.option("--out", required=True, type=FOLDER, help="The folder to write to; made when it is not there.")
@click.option("--force", is_flag=True, help="Replace the files of an earlier export in that folder.")
def export(slug: str, out: Path, force: bool) -> None:
    """Write the public files of the vote SLUG, the same that its page offers, and say how to check them."""
    box = box_called(slug)
    if box is None or box.frozen is None:
        raise click.ClickException(f"There is no vote {slug} that has opened.")
    if public_as_of(box) is None:
        raise click.ClickException(f"No head of the vote {slug} is public yet. Try again in a minute.")
    with refusals(), bar("Ballots", snapshot(box).published) as advance:
        done = export_box(box, out, force=force, advance=advance)
    counted = sum(done.head.counts.values()) if done.head else 0
    click.echo(f"{len(done.names)} files in {out}: {done.published} ballots, {counted} of which count, "
               f"and {len(done.heads)} signed heads.")
    if done.withheld:
        click.echo(WITHHELD[done.withheld])
    _say_how_to_check(done, out)


def _say_how_to_check(done: Snapshot, out: Path) -> None:
    folder = shlex.quote(str(out))
    key = next(key["vkey"] for key in reversed(signing_keys(done.heads)) if key["from_head"])
    click.echo(f"Check them anywhere, without the portal:\n  python3 {folder}/verify.py {folder} --key {key}")
    click.echo("That key is only worth something if you know it from elsewhere: from an observer, from paper.")


@voting.command("keys")
def keys() -> None:
    """List the public keys that have signed, oldest first: those of the log, then those of receipts."""
    for key in key_history():
        click.echo(f"{key.purpose.value:8} {_span(key)}  {'endorsed' if key.endorsement else 'first':8}  {key.vkey}")


def _span(key: SigningKey) -> str:
    return f"{instant(key.first_used_at)} – {instant(key.retired_at) if key.retired_at else 'in use':20}"


@voting.command("policy")
@click.argument("scope")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in PolicyKind]),
              help="How the threshold is set: yes votes, per cent of those who may vote, or tasks a month.")
@click.option("--value", required=True, type=click.IntRange(min=1), help="The number, by kind.")
@click.option("--min-level", required=True, type=click.IntRange(1, 2),
              help="The level of identity its votes need: 1 a confirmed address, 2 a confirmed identity.")
@click.option("--reason", required=True, help="Why; everybody can read it.")
@click.option("--from", "in_force", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
              help="From when on it holds, on the portal's clocks; now, unless given.")
def policy(scope: str, kind: str, value: int, min_level: int, reason: str, in_force: datetime | None) -> None:
    """Set the next version of the threshold of SCOPE, such as forum. Votes that are open keep theirs."""
    at = in_force.replace(tzinfo=timezone()) if in_force else None
    with refusals():
        made = set_policy(SYSTEM, scope=scope, kind=PolicyKind(kind), value=value, min_level=min_level, reason=reason,
                          in_force_at=at)
    click.echo(f"Version {made.version} of the threshold of {scope} holds from {instant(made.in_force_at)} on.")
