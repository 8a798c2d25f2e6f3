"""The only place that commits.

A service runs inside `atomic()`. At the outermost block what the request read before is forgotten and read again: on
SQLite in a transaction of its own under the write lock (BEGIN IMMEDIATE), on PostgreSQL by statements that see what has
been committed by then (READ COMMITTED). So a decision never rests on a stale row. Work that must wait for the commit
(telling the broker) is queued with `after_commit`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import inspect, literal_column, select
from sqlalchemy.orm import Session

from civicportal.core import dialect
from civicportal.extensions import db

_DEPTH = "atomic_depth"
_QUEUE = "after_commit"


def current() -> Session:
    """The SQLAlchemy session of this request or task."""
    return cast(Session, db.session())


@contextmanager
def atomic() -> Iterator[Session]:
    """Run a block as one transaction; nested blocks join the outer one.

    Yields the session. Commits when the outermost block ends, rolls back on any exception and lets it pass.
    """
    session = current()
    depth = session.info.get(_DEPTH, 0)
    if depth == 0:
        _begin(session)
    session.info[_DEPTH] = depth + 1
    try:
        yield session
        if depth == 0:
            session.commit()
    except BaseException:
        if depth == 0:
            session.rollback()
            session.info.pop(_QUEUE, None)
        raise
    finally:
        session.info[_DEPTH] = depth
    if depth == 0:
        _drain(session)


def _begin(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside atomic()")
    session.expire_all()
    dialect.begin_write(session)


def lock(row: Any) -> None:
    """Keep others from changing a row until the transaction ends, and read it again. Belongs inside `atomic()`.

    It is read by a statement of its own: one that waits for a lock sees the row as it is then, but what it joins as it
    was before. What was set on the row is written first: reading it again would forget that.
    """
    session, state = current(), inspect(row)
    session.flush()
    key = zip(state.mapper.primary_key, state.identity, strict=True)
    session.execute(select(literal_column("1")).where(*(column == value for column, value in key)).with_for_update())
    session.refresh(row)


def after_commit(work: Callable[[], Any]) -> None:
    """Run `work` once the present transaction has committed; forget it if that rolls back."""
    session = current()
    if not session.info.get(_DEPTH):
        raise RuntimeError("after_commit() needs atomic()")
    session.info.setdefault(_QUEUE, []).append(work)


def _drain(session: Session) -> None:
    queue: list[Callable[[], Any]] = session.info.pop(_QUEUE, [])
    for work in queue:
        work()
