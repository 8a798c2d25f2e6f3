"""What is off now, and what was."""

from collections.abc import Sequence

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.switches.functions import Function
from civicportal.switches.models import Switch

SHOWN = 20


def all_off() -> dict[Function, Switch]:
    """The functions that were switched off by themselves, with the row that says why and until when."""
    rows = {row.function: row for row in current().scalars(select(Switch).where(Switch.ended_at.is_(None)))}
    return {function: rows[function] for function in Function if function in rows}


def why_off(function: Function) -> Switch | None:
    """The row that keeps a function from working now: its own, or the one of read-only mode; None when it works.

    Mail goes out in read-only mode: it only carries what was done before.
    """
    names = [function] if function is Function.MAIL else [function, Function.CHANGES]
    rows = current().scalars(
        select(Switch).where(Switch.function.in_(names), Switch.ended_at.is_(None))).all()
    return max(rows, key=lambda row: row.expected_end, default=None)


def past() -> Sequence[Switch]:
    """The last times that are over, the newest first."""
    return current().scalars(
        select(Switch).where(Switch.ended_at.is_not(None)).order_by(Switch.since.desc(), Switch.id.desc())
        .limit(SHOWN)).all()
