"""Votes: planned boxes, open ones with an electorate, and a process that may sign the public log."""

import base64
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import factory
from flask import Flask
from sqlalchemy import update

from civicportal.accounts.models import AddressIdentity, Person
from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic
from civicportal.voting.models import Box
from civicportal.voting.queries.voters import Voter, voter_of
from civicportal.voting.services.casting import Receipt, cast
from civicportal.voting.services.opening import open_box
from civicportal.voting.states import Secrecy, TieRule, Totals
from civicportal.voting.trackers import new_nonce
from tests.factories.accounts import PersonFactory
from tests.factories.base import PortalFactory

LOG_KEY = "test:" + base64.b64encode(b"a-log-key-that-only-tests-ever-u").decode()


class BoxFactory(PortalFactory):
    """A planned vote that opens in an hour."""

    class Meta:
        model = Box

    slug = factory.Sequence(lambda n: f"box-{n}")
    question = "Should the library open on Sundays?"
    language = "en"
    kind = "yes_no_abstain"
    options = ["yes", "no", "abstain"]
    secrecy = Secrecy.SECRET
    min_level = 1
    opens_at = factory.LazyFunction(lambda: now().replace(microsecond=0) + timedelta(hours=1))
    closes_at = factory.LazyAttribute(lambda box: box.opens_at + timedelta(days=7))
    may_change = True
    totals = Totals.LIVE
    tie = TieRule.NO_DECISION


class IdentityFactory(PortalFactory):
    class Meta:
        model = AddressIdentity

    rules_version = 1


def voters(count: int, **columns: Any) -> list[Person]:
    """People who may vote at level 1 (`level=2`: whose identity is confirmed as well)."""
    found = []
    for _number in range(count):
        person = PersonFactory(**columns)
        identity = IdentityFactory(digest=identity_digest(person.address))
        proof = {"provider": "console", "provider_subject": identity_digest(f"console:{person.id}")}
        with atomic() as session:
            session.execute(update(Person).where(Person.id == person.id).values(
                identity_id=identity.id, **(proof if person.level > 1 else {})))
        found.append(person)
    return found


def open_secret_box(people: list[Person] | int = 12, **columns: Any) -> Box:
    """A secret vote, opened at its time for `people` (or as many new ones) and all other voters there are."""
    if isinstance(people, int):
        voters(people)
    box = BoxFactory(**{"opens_at": now().replace(microsecond=0) - timedelta(minutes=1), **columns})
    with at(box.opens_at):
        open_box(box)
    return box


def citizen(person: Person, box: Box) -> Voter:
    """The person as a voter of the box."""
    return voter_of(actor_for(person), box)


def vote(person: Person, box: Box, choice: str = "yes", **given: Any) -> Receipt:
    """Cast a ballot with a new nonce (or the one given)."""
    return cast(citizen(person, box), box, choice=choice, **{"nonce": new_nonce(), **given})


@contextmanager
def as_worker(app: Flask, folder: Path) -> Iterator[None]:
    """Be a worker inside the block: with the key of the public log, and `folder` for its newest heads."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(
        before, process="worker", log_signing_key=LOG_KEY, log_heads_root=str(folder / "heads"))
    try:
        yield
    finally:
        app.config["SETTINGS"] = before
