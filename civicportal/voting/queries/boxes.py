"""Boxes that wait for the clock, what stands in the way of opening one, and what casting needs of a box."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from civicportal.accounts.console_provider import ConsoleProvider
from civicportal.core.configuration import identity_providers, settings
from civicportal.core.transactions import current
from civicportal.voting.models import Box, ThresholdPolicy
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.states import BoxState, Refusal, Secrecy


@dataclass(frozen=True)
class BallotBox:
    """What of a vote with secret ballots these and their receipts depend on. None of it changes once it is open."""

    id: int
    slug: str
    question: str
    language: str
    kind: str
    options: tuple[str, ...]
    secrecy: Secrecy
    min_level: int
    may_change: bool
    secret: str
    subject_path: str | None
    members: None = None


_FIELDS = [field.name for field in fields(BallotBox) if field.name != "members"]
BALLOT_BOX = select(*(getattr(Box, name) for name in _FIELDS)).where(Box.slug == bindparam("called"))


def ballot_box(slug: str) -> BallotBox | None:
    """The box with this slug, without the ORM."""
    row = current().connection().execute(BALLOT_BOX, {"called": slug}).first()
    return filled(row) if row else None


def filled(row: Row[Any]) -> BallotBox:
    """The box of a row of BALLOT_BOX."""
    return BallotBox(**{**{name: row._mapping[name] for name in _FIELDS}, "options": tuple(row.options)})


def due_to_open(at: datetime) -> Sequence[int]:
    """Ids of planned boxes whose time has come, the earliest first."""
    return current().scalars(
        select(Box.id).where(Box.state == BoxState.SCHEDULED, Box.opens_at <= at).order_by(Box.opens_at, Box.id)).all()


def admitting(at: datetime) -> Sequence[int]:
    """Ids of open boxes that admit who is confirmed later."""
    return current().scalars(
        select(Box.id).where(Box.state == BoxState.OPEN, Box.late_admission, Box.closes_at > at).order_by(Box.id)).all()


def refusal_of(box: Box, policy: ThresholdPolicy | None) -> Refusal | None:
    """Why the box must not open as things are now, under this version of its threshold; None when it may."""
    if policy is not None and box.min_level < policy.min_level:
        return Refusal.LEVEL
    if box.min_level > 1 and not offered_providers():
        return Refusal.PROVIDER
    return Refusal.SILENCE if silence_at(box.closes_at) else None


def offered_providers() -> frozenset[str]:
    """Names of the identity providers whose word counts. In production the one of the test desk never does."""
    twins = {ConsoleProvider.name} if settings().production else set()
    return identity_providers() - twins
