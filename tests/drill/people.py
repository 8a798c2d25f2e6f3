"""What people do on a portal, in bulk, through its services; and what they keep at home."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from bench.casting.crowd import sign_in
from civicportal.accounts.models import AccountSession
from civicportal.accounts.queries import actor_for, get_person
from civicportal.app import create_app
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.receipts import file_of
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import file_draft
from civicportal.voting.models import Box
from civicportal.voting.queries.pages import box_called
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services import open_box, plan_box
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import Receipt, cast
from civicportal.voting.trackers import new_nonce
from config import from_env
from tests.factories.institutions import InstitutionFactory
from tests.processes import Stack
from worker import commands

BODY, SLUG = "drill", "drill"
TITLE, TEXT = "The lamps beside the stairs are dark", "They have been dark since last week. Please repair them. " * 12
AT_ONCE = 50


@dataclass
class People:
    """The people of one portal. `drawer`: where they keep their receipts; `numbers`: of what they have filed."""

    app: Flask
    drawer: Path
    ids: list[int] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    votes: list[Receipt] = field(default_factory=list)

    def come(self, count: int) -> None:
        """So many people with confirmed addresses, an institution, and a vote that is open to all of them."""
        with inside(self.app):
            InstitutionFactory(code=BODY)
            keys = sign_in(count)
            self.ids = list(current().scalars(select(AccountSession.person_id).order_by(AccountSession.person_id)))
            assert len(self.ids) == len(keys)
            box = plan_box(SYSTEM, slug=SLUG, question="Should the lamps be repaired?", language="en", opens_at=now(),
                           closes_at=now() + timedelta(days=7))
            open_box(box)
            make_batch(box)

    def act(self, count: int, *, keep: bool = False) -> None:
        """The next so many people file and vote; with `keep` they put the receipts of their filings into the drawer."""
        done = len(self.numbers)
        with inside(self.app):
            for group in _groups(self.ids[done:done + count]):
                self._file(group, keep=keep)
                self._vote(group)

    def count(self) -> None:
        """Bring what is cast into the log, signed, as the worker does every few minutes."""
        with inside(self.app):
            make_batch(self.box(), force=True)

    def box(self) -> Box:
        """The vote."""
        found = box_called(SLUG)
        assert found is not None
        return found

    def _file(self, people: Sequence[int], *, keep: bool) -> None:
        filed = []
        with atomic() as session:
            for person in people:
                actor = _actor(person)
                draft = drafts.start(actor, type="petition", locale="en")
                session.flush()
                drafts.save(actor, draft, title=f"{TITLE} ({secrets.token_hex(4)})", text=TEXT, wants_public=False,
                            institution_code=BODY)
                filed.append(file_draft(actor, draft, BODY))
        for petition in filed:
            self.numbers.append(petition.number)
            if keep:
                (self.drawer / f"receipt-{petition.number}.json").write_text(file_of(petition.receipt) or "")
        current().expunge_all()

    def _vote(self, people: Sequence[int]) -> None:
        box, choices = self.box(), ("yes", "no", "yes", "abstain")
        with atomic():
            for person in people:
                self.votes.append(cast(voter_of(_actor(person), box), box, choice=choices[person % 4],
                                       nonce=new_nonce()))
        current().expunge_all()


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """Act in a portal, and leave no connection to a database that is about to go."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def people_of(stack: Stack, drawer: Path) -> People:
    """The people of a stack, who act inside this process with the settings of one of its commands."""
    drawer.mkdir(exist_ok=True)
    return People(create_app(from_env(commands.environment(stack.env, "cli"), process="cli")), drawer)


def filed_at(app: Flask) -> tuple[int, str]:
    """How many filings a portal has, and when the newest was filed."""
    with inside(app):
        count, newest = current().execute(select(func.count(), func.max(Petition.filed_at))).one()
    return count, newest


def _actor(person: int) -> Actor:
    found = get_person(person)
    assert found is not None
    return actor_for(found)


def _groups(people: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(people), AT_ONCE):
        yield people[start:start + AT_ONCE]
