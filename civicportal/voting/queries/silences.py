"""Election silences: which runs at an instant, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.voting.models import Silence


@dataclass(frozen=True)
class Quiet:
    """A half-open time in which no vote closes and no new totals are published.

    Silences that overlap or touch are one. `silence`: the one of them that runs longest.
    """

    starts_at: datetime
    ends_at: datetime
    silence: Silence


def silence_at(instant: datetime) -> Quiet | None:
    """The silence that covers `instant`, whether it runs, is over or is yet to come; None when there is none."""
    quiet: Quiet | None = None
    for silence in current().scalars(select(Silence).order_by(Silence.starts_at, Silence.id)):
        if quiet is None or silence.starts_at > quiet.ends_at:
            if quiet and instant < quiet.ends_at:
                break
            quiet = Quiet(silence.starts_at, silence.ends_at, silence)
        elif silence.ends_at > quiet.ends_at:
            quiet = Quiet(quiet.starts_at, silence.ends_at, silence)
    return quiet if quiet and quiet.starts_at <= instant < quiet.ends_at else None


def all_silences() -> Sequence[Silence]:
    """Every silence that was declared, the latest to begin first."""
    return current().scalars(select(Silence).order_by(Silence.starts_at.desc(), Silence.id.desc())).all()
