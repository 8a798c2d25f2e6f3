"""Background work on votes. Each task calls one service; every one can run twice, late, or in several workers."""

from civicportal.core.tasks import task
from civicportal.voting.services import (
    batches,
    closing,
    electorates,
    keys,
    makeup,
    opening,
    rounds,
    silence,
    thresholds,
    trust,
)


@task("voting.open_due")
def open_due() -> None:
    """Open the votes whose time has come."""
    opening.open_due()


@task("voting.admit_newcomers")
def admit_newcomers() -> None:
    """Let those vote who were confirmed since, where the rule admits them."""
    electorates.admit_newcomers()


@task("voting.make_batches")
def make_batches() -> None:
    """Log the ballots that are due, and sign heads."""
    batches.make_batches()


@task("voting.keep_silences")
def keep_silences() -> None:
    """Extend the votes that would close in an election silence."""
    silence.keep_silences()


@task("voting.make_up")
def make_up() -> None:
    """Extend the votes that lose time while voting is switched off."""
    makeup.make_up()


@task("voting.close_due")
def close_due() -> None:
    """Close and count the votes whose time has come."""
    closing.close_due()


@task("voting.judge_due")
def judge_due() -> None:
    """Compare new heads with their thresholds."""
    thresholds.judge_due()


@task("voting.hold_rounds")
def hold_rounds() -> None:
    """Compare the votes of a month that has ended."""
    rounds.hold_rounds()


@task("voting.finish_due")
def finish_due() -> None:
    """Make counts final that have stood open to checks long enough."""
    closing.finish_due()


@task("voting.record_keys")
def record_keys() -> None:
    """Enter new signing keys into their public history."""
    keys.record_keys()


@task("voting.mail_heads")
def mail_heads() -> None:
    """Mail new heads to those who observe."""
    trust.mail_heads()


@task("voting.find_claims")
def find_claims() -> None:
    """Mark claims whose ballot has come into the log."""
    trust.find_claims()
