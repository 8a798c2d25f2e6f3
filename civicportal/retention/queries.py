"""Holds that run, what is under one, and the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from civicportal.core.transactions import current
from civicportal.retention.models import HeldKind, LegalHold, RetentionRun

SHOWN = 50


def holds() -> Sequence[LegalHold]:
    """The holds that run, the newest first."""
    return current().scalars(
        select(LegalHold).where(LegalHold.ended_at.is_(None)).order_by(LegalHold.begun_at.desc(), LegalHold.id.desc())
    ).all()


def running_hold(hold_id: int) -> LegalHold | None:
    """A hold that runs."""
    return current().scalar(select(LegalHold).where(LegalHold.id == hold_id, LegalHold.ended_at.is_(None)))


def is_held(kind: HeldKind, subject_id: int) -> bool:
    """Whether a petition or person is under a hold by itself."""
    return current().scalar(held(kind).where(LegalHold.subject_id == subject_id)) is not None


def held(kind: HeldKind) -> Select[int]:
    """Ids of the petitions or people under a hold."""
    return select(LegalHold.subject_id).where(LegalHold.kind == kind, LegalHold.ended_at.is_(None))


def under_hold(kind: HeldKind, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The condition that what `column` names is under a hold; false for what names nothing."""
    return exists().where(
        LegalHold.kind == kind, LegalHold.ended_at.is_(None), LegalHold.subject_id == column)


def runs() -> Sequence[RetentionRun]:
    """The last turns in which something went, or that still run, the newest first."""
    return current().scalars(
        select(RetentionRun).where((RetentionRun.count > 0) | RetentionRun.finished_at.is_(None))
        .order_by(RetentionRun.id.desc()).limit(SHOWN)).all()


def last_finished() -> datetime | None:
    """When a turn last came to its end."""
    newest: ScalarSelect[datetime | None] = select(func.max(RetentionRun.finished_at)).scalar_subquery()
    return current().scalar(select(newest))
