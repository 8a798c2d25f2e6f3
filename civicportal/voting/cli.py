"""`flask voting`: exports, keys, thresholds."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from civicportal.core.commands import bar, refusals
from civicportal.core.i18n import timezone
from civicportal.core.permissions import SYSTEM
from civicportal.voting.models import Box, SigningKey
from civicportal.voting.notes import instant
from civicportal.voting.queries.pages import box_called
from civicportal.voting.queries.totals import public_as_of
from civicportal.voting.queries.trust import key_history
from civicportal.voting.services.continuing import continue_log
from civicportal.voting.services.export import Snapshot, export_box, signing_keys, snapshot
from civicportal.voting.services.keys import NoSigningKey
from civicportal.voting.services.log import HeadRefused
from civicportal.voting.services.regaining import give_up, regain
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
    box = _called(slug)
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


@voting.command("regain")
@click.argument("slug")
@click.option("--from", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder with the published files of the vote, the newest that anybody has.")
@click.argument("receipts", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def regain_leaves(slug: str, folder: Path, receipts: tuple[Path, ...]) -> None:
    """Bring back the ballots that the interrupted vote SLUG has lost, from published files and RECEIPTS of voters.

    The vote goes on when everything that was signed is back and nobody who has voted is missing from the roll.
    """
    box = _called(slug)
    with refusals(), _worker():
        done = regain(box, folder, receipts)
    click.echo(f"Ballots back, as they were signed: {done.leaves}.")
    if done.off_roll:
        click.echo(f"Voters who are not on the roll, and nobody can say who: {done.off_roll}. The vote stays "
                   f"interrupted. Give it up:\n  flask --app wsgi voting give-up {slug}")
        raise click.exceptions.Exit(1)
    click.echo("The vote goes on.")


@voting.command("give-up")
@click.argument("slug")
def give_up_vote(slug: str) -> None:
    """Declare the interrupted vote SLUG void. Its page says why, with the numbers; hold it again under another name."""
    box = _called(slug)
    with refusals():
        give_up(box)
    click.echo(f"The vote is void. Everybody can read why: {box.reason}")


@voting.command("continue-log")
@click.argument("name")
@click.option("--reason", required=True, help="Why; everybody can read it.")
def continue_lost_log(name: str, reason: str) -> None:
    """Go on with the log NAME, such as record, after its last entries were lost, as a new one. The break is public."""
    with refusals(), _worker():
        broken = continue_log(name, reason=reason)
    click.echo(f"{broken.carried} entries begin the new log. The page of the record shows the break and the last head "
               f"that is known outside.")


def _called(slug: str) -> Box:
    box = box_called(slug)
    if box is None or box.frozen is None:
        raise click.ClickException(f"There is no vote {slug} that has opened.")
    return box


@contextmanager
def _worker() -> Iterator[None]:
    """Commands that sign, or trust what was signed, need the settings of the worker, and files that can be read."""
    try:
        yield
    except (NoSigningKey, HeadRefused, OSError) as error:
        raise click.ClickException(f"{error}") from error


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
