"""The control: a vote as Flask and the ORM do it out of the box, with the portal's own receipt at the end.

It looks the sign-in up as every page does, loads person and vote, adds a row, raises the counter of the vote, commits.
"""

from datetime import timedelta

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict
from civicportal.core.orm import created, intpk
from civicportal.core.permissions import Permission
from civicportal.core.transactions import atomic
from civicportal.core.web.access import leave_no_trace, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.voting.canonical import ballot_leaf
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.models import Box
from civicportal.voting.notes import promise, signers
from civicportal.voting.services import Receipt
from civicportal.voting.services.keys import portal_host
from civicportal.voting.states import KeyPurpose
from civicportal.voting.trackers import change_secret_of, revise_of, tracker_of

blueprint = Blueprint("control", __name__)


class ControlBase(DeclarativeBase):
    """Tables of their own, unknown to the portal."""


class ControlPoll(ControlBase):
    """A vote with its counter."""

    __tablename__ = "control_polls"

    id: Mapped[intpk]
    votes: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def slug(self) -> str:
        return f"control-{self.id}"


class ControlVote(ControlBase):
    """Who chose what, in one row."""

    __tablename__ = "control_votes"
    __table_args__ = (UniqueConstraint("poll_id", "person_id"),)

    id: Mapped[intpk]
    poll_id: Mapped[int] = mapped_column(ForeignKey("control_polls.id"))
    person_id: Mapped[int] = mapped_column(Integer)
    choice: Mapped[str] = mapped_column(String(40))
    tracker: Mapped[str] = mapped_column(String(64))
    at: Mapped[created]


@blueprint.post("/control/<int:poll_id>/vote")
@requires(Permission.VOTE_CAST)
def vote(poll_id: int) -> ResponseReturnValue:
    """Vote once; the answer is the receipt."""
    leave_no_trace()
    actor, nonce = require_actor(), bytes.fromhex(request.form["nonce"])
    with atomic() as session:
        poll = session.get_one(ControlPoll, poll_id)
        mine = select(ControlVote).where(ControlVote.poll_id == poll.id, ControlVote.person_id == actor.person_id)
        if session.scalar(mine):
            raise Conflict("You have already voted.")
        tracker = tracker_of(poll.slug, nonce)
        session.add(ControlVote(
            poll_id=poll.id, person_id=actor.person_id, choice=request.form["choice"], tracker=tracker))
        poll.votes += 1
    box, receipt = _receipt(poll, request.form["choice"], tracker, nonce)
    return seal(make_response(render_template("voting/receipt.html", box=box, receipt=receipt)))


def _receipt(poll: ControlPoll, choice: str, tracker: str, nonce: bytes) -> tuple[Box, Receipt]:
    """The portal's receipt of such a vote, with a promise signed as for a real one."""
    secret, by = change_secret_of(poll.slug, nonce), now() + timedelta(days=1)
    leaf = ballot_leaf(choice, tracker, revise=revise_of(secret))
    host = portal_host()
    signer = signers(settings().receipt_signing_keys, host, KeyPurpose.RECEIPT)[0]
    note = signer.sign(promise(host, f"votes/{poll.slug}", leaf_hash(leaf.encode()), by))
    box = Box(slug=poll.slug, question="Is this fast?", language="en", kind="yes_no_abstain", options=["yes", "no"])
    return box, Receipt(poll.slug, box.question, choice, tracker, leaf, note, by, secret, changed=False)
