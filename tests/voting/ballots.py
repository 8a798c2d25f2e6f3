"""Ballots written as casting writes them, but by the dozen; threads; and a step that fails once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from civicportal.accounts.models import Person
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.canonical import ballot_leaf
from civicportal.voting.models import (
    Ballot,
    Box,
    BoxHead,
    ElectorateMember,
    LogLeaf,
    PendingBallot,
    RollEntry,
    ThresholdPolicy,
)
from civicportal.voting.services.opening import open_box, plan_box
from civicportal.voting.states import PolicyKind, Secrecy
from civicportal.voting.trackers import change_secret_of, new_nonce, parse_nonce, revise_of, tracker_of


def set_threshold(kind: PolicyKind, value: int, *, scope: str = "forum", version: int = 1) -> ThresholdPolicy:
    """A version of a threshold that has been in force for a year."""
    with atomic() as session:
        policy = ThresholdPolicy(scope=scope, version=version, kind=kind, value=value, min_level=1, reason="A rule.",
                                 in_force_at=now() - timedelta(days=365))
        session.add(policy)
    return policy


def open_by_name(*people: Person, **rules: Any) -> Box:
    """An open vote by name, of these members."""
    opens_at = now().replace(microsecond=0)
    box = plan_box(
        SYSTEM, **{"slug": "motion-1", "question": "Forward the task?", "language": "en", "secrecy": Secrecy.OPEN,
                   "opens_at": opens_at, "closes_at": opens_at + timedelta(days=7), **rules},
        members=[{"person_id": person.id, "name": person.name} for person in people])
    open_box(box)
    return box


def pend(box: Box, *choices: str) -> list[str]:
    """First ballots of so many voters who have not voted yet, pending; their nonces."""
    nonces = []
    with atomic() as session:
        voted = select(RollEntry.key).where(RollEntry.box_id == box.id)
        keys = session.scalars(select(ElectorateMember.key).where(
            ElectorateMember.box_id == box.id, ElectorateMember.key.not_in(voted))
            .order_by(func.random()).limit(len(choices))).all()
        assert len(keys) == len(choices), "the box has too few voters"
        for key, choice in zip(keys, choices, strict=True):
            nonces.append(new_nonce())
            session.add_all([RollEntry(box_id=box.id, key=key), _pending(box, nonces[-1], choice)])
    return nonces


def change(box: Box, nonce: str, choice: str) -> str:
    """A pending ballot that replaces the one with `nonce`; its own nonce."""
    new = new_nonce()
    with atomic() as session:
        session.add(_pending(box, new, choice, nonce))
    return new


def tracker(box: Box, nonce: str) -> str:
    return tracker_of(box.slug, parse_nonce(nonce))


def _pending(box: Box, nonce: str, choice: str, before: str | None = None) -> PendingBallot:
    secret = change_secret_of(box.slug, parse_nonce(nonce))
    former = {"supersedes": tracker(box, before), "secret": change_secret_of(box.slug, parse_nonce(before))} if (
        before) else {}
    leaf = ballot_leaf(choice, tracker(box, nonce), revise=revise_of(secret), **former)
    return PendingBallot(box_id=box.id, tracker=tracker(box, nonce), choice=choice, leaf=leaf,
                         supersedes=former.get("supersedes"))


def pending(box: Box) -> int:
    current().rollback()
    return len(current().scalars(select(PendingBallot.tracker).where(PendingBallot.box_id == box.id)).all())


def logged(box: Box) -> list[Ballot]:
    """Ballots in the log, in its order; each is where the log has its leaf."""
    current().rollback()
    found = current().scalars(select(Ballot).where(Ballot.box_id == box.id).order_by(Ballot.index)).all()
    leaves = current().scalars(
        select(LogLeaf.data).where(LogLeaf.log_id == box.log_id).order_by(LogLeaf.index)).all()
    assert len(found) == len(leaves)
    assert all(ballot.tracker in leaf for ballot, leaf in zip(found, leaves, strict=True))
    assert [ballot.index for ballot in found] == list(range(len(found)))
    return list(found)


def heads(box: Box) -> list[BoxHead]:
    current().rollback()
    return list(current().scalars(select(BoxHead).where(BoxHead.box_id == box.id).order_by(BoxHead.number)))


def counts(yes: int = 0, no: int = 0, abstain: int = 0) -> dict[str, int]:
    return {"yes": yes, "no": no, "abstain": abstain}


def at_once(app: Flask, *works: Callable[[], object]) -> list[BaseException]:
    """Do all of `works` in threads that start together; what they raised."""
    current().rollback()  # what the test itself has read must not keep the others waiting
    start, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                work()
            except BaseException as error:
                raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


class Killed(BaseException):
    """The process ends here: no handler of ours catches this, as none catches kill -9."""


@contextmanager
def killed_before_commit() -> Iterator[None]:
    """What the block wrote into the database is lost with the process."""
    try:
        with atomic():
            yield
            raise Killed
    except Killed:
        pass


def killed_before(monkeypatch: Any, module: Any, name: str) -> None:
    """The next call of a step ends the process, later ones go through."""
    real, calls = getattr(module, name), []

    def once(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        if len(calls) == 1:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, once)
